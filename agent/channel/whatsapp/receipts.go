package whatsapp

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/channel"
)

// ReceiptsConfig is what read marks need. Fields without a default are
// required.
type ReceiptsConfig struct {
	// Sender makes the calls. It has to be the one that sends the replies: an
	// indicator must not appear after its reply.
	Sender *Sender
	// Consents is asked first: who stopped is not answered, so nobody types.
	// Defaults to none.
	Consents channel.AddressConsent
	// Owners is asked first: while a person holds the conversation, that the
	// assistant types would be a lie. Defaults to none.
	Owners channel.OwnerChecker
	// Wanted is the clinic's switch. Defaults to on for all.
	Wanted func(clinic string) bool
	// PerSecond is how many marks each number makes at most; what is beyond is
	// left out, since a late one is worse than none. Defaults to 20.
	PerSecond float64
	// Queue is how many messages may wait for theirs. Defaults to 256.
	Queue int
	// Calls is how many calls are made at once. Defaults to 4.
	Calls int
	// MaxAge is how old a message may be for a mark. Defaults to 2 min.
	MaxAge time.Duration
	// Log gets codes, at debug level. Defaults to none.
	Log *zap.Logger
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// maxWait is how long a message waits for its mark at most.
const maxWait = 3 * time.Second

// restAfterRefusal is how long a number makes no marks after WhatsApp refused
// one for the whole number.
const restAfterRefusal = 30 * time.Second

// Receipts tells patients that their message was seen and that a reply is
// being written. It does its best and no more: nothing waits for it, and what
// it cannot do at once it leaves out. It is safe for concurrent use.
type Receipts struct {
	cfg   ReceiptsConfig
	queue chan receipt
	end   context.CancelFunc
	done  sync.WaitGroup

	mu      sync.Mutex
	numbers map[string]time.Time // by account: when the next mark may go
}

// receipt is one message that was taken in.
type receipt struct {
	of      agent.Conversation
	from    channel.Address
	id      string // the channel's
	at      time.Time
	pending *pending
}

// NewReceipts returns Receipts that are at work until Close.
func NewReceipts(cfg ReceiptsConfig) (*Receipts, error) {
	if cfg.Sender == nil {
		return nil, errors.New("whatsapp receipts: Sender is missing")
	}
	if cfg.Wanted == nil {
		cfg.Wanted = func(string) bool { return true }
	}
	if cfg.PerSecond <= 0 {
		cfg.PerSecond = 20
	}
	if cfg.Queue <= 0 {
		cfg.Queue = 256
	}
	if cfg.Calls <= 0 {
		cfg.Calls = 4
	}
	if cfg.MaxAge <= 0 {
		cfg.MaxAge = 2 * time.Minute
	}
	if cfg.Log == nil {
		cfg.Log = zap.NewNop()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	ctx, end := context.WithCancel(context.Background())
	r := &Receipts{cfg: cfg, queue: make(chan receipt, cfg.Queue), end: end, numbers: map[string]time.Time{}}
	for range cfg.Calls {
		r.done.Add(1)
		go func() {
			defer r.done.Done()
			r.work(ctx)
		}()
	}
	return r, nil
}

// Close ends the work; what waits is left out. It may be called twice.
func (r *Receipts) Close() {
	r.end()
	r.done.Wait()
}

// Taken is told of each message that was stored, with the channel's id of it
// and when it was written. It returns at once.
func (r *Receipts) Taken(of agent.Conversation, from channel.Address, id string, kind agent.Kind, written time.Time) {
	if kind == agent.KindReaction || kind == agent.KindSystem { // nobody answers those
		return
	}
	now := r.cfg.Now()
	if now.Sub(written) > r.cfg.MaxAge || !r.cfg.Wanted(of.Clinic) {
		return
	}
	p := r.cfg.Sender.marks.begin(from)
	if p == nil { // an earlier line of the same patient waits already
		return
	}
	select {
	case r.queue <- receipt{of: of, from: from, id: id, at: now, pending: p}:
	default:
		r.cfg.Sender.marks.end(from, p)
	}
}

func (r *Receipts) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case t := <-r.queue:
			r.mark(ctx, t)
			r.cfg.Sender.marks.end(t.from, t.pending)
		}
	}
}

func (r *Receipts) mark(ctx context.Context, t receipt) {
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	if r.cfg.Now().Sub(t.at) > maxWait || !r.may(ctx, t) || !r.enter(t.from.Account) || !r.cfg.Sender.marks.call(t.pending) {
		return
	}
	err := r.cfg.Sender.MarkRead(ctx, t.from.Account, t.id)
	var refused *channel.SendError
	if errors.As(err, &refused) && refused.Scope == channel.ScopeNumber {
		r.rest(t.from.Account)
	}
	if err != nil && ctx.Err() == nil {
		r.cfg.Log.Debug("a read mark was not made", zap.String("clinic", t.of.Clinic), zap.Error(err))
	}
}

// may reports whether the patient will be answered by the assistant.
func (r *Receipts) may(ctx context.Context, t receipt) bool {
	if r.cfg.Consents != nil {
		if stopped, err := r.cfg.Consents.StoppedFor(ctx, t.of, t.from); err != nil || stopped {
			return false
		}
	}
	if r.cfg.Owners != nil {
		if owner, err := r.cfg.Owners.Owner(ctx, t.of); err != nil || owner != "" {
			return false
		}
	}
	return true
}

// enter reports whether the number may make a mark now, and counts it. A
// second's worth may go at once.
func (r *Receipts) enter(account string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.cfg.Now()
	next := r.numbers[account]
	if next.Sub(now) > time.Second {
		return false
	}
	if next.Before(now) {
		next = now
	}
	r.numbers[account] = next.Add(time.Duration(float64(time.Second) / r.cfg.PerSecond))
	return true
}

func (r *Receipts) rest(account string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.numbers[account] = r.cfg.Now().Add(restAfterRefusal)
}

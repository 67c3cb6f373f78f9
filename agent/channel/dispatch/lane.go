package dispatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/bus"
)

// errStopping is why lanes end when the dispatcher does.
var errStopping = errors.New("dispatcher is stopping")

// lane sends the replies of one conversation. It lives while there is
// something to send; run is its only goroutine.
type lane struct {
	d       *Dispatcher
	c       agent.Conversation
	subject string
	wake    chan struct{} // an urgent reply came

	held map[uint64]held // by stream sequence; guarded by d.mu

	begun bool
	floor uint64          // every reply up to it is settled
	done  map[uint64]bool // urgent ones that were settled before their turn
	tries map[uint64]*try
	again bool // for one reply that is sent once more, beside the lane of its conversation
}

// held is a message that this gateway has to acknowledge.
type held struct {
	msg    jetstream.Msg
	at     time.Time // when the stream took it in
	urgent bool
}

// task is the next reply to look at.
type task struct {
	seq     uint64
	subject string
	data    []byte
	trace   bus.Trace
	at      time.Time // when the stream took it in
	urgent  bool
	inOrder bool // all before it are settled
}

func newLane(d *Dispatcher, c agent.Conversation) *lane {
	return &lane{
		d: d, c: c, subject: bus.RepliesSubject(c), wake: make(chan struct{}, 1),
		held: map[uint64]held{}, done: map[uint64]bool{}, tries: map[uint64]*try{},
	}
}

func (l *lane) wakeUp() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *lane) run(ctx context.Context) {
	for ctx.Err() == nil {
		t, ok, err := l.next(ctx)
		if err != nil {
			l.complain(ctx, "reading replies", err)
			l.sleep(ctx, l.d.cfg.RetryMin)
			continue
		}
		if !ok {
			if l.finish() {
				return
			}
			continue
		}
		wait, err := l.step(ctx, t)
		switch {
		case err != nil:
			l.complain(ctx, "sending a reply", err)
			l.sleep(ctx, l.d.cfg.RetryMin)
		case wait > 0:
			l.sleep(ctx, wait)
		default:
			l.settle(t)
		}
	}
}

// step looks at one reply while it has a place among those who send. It
// returns how long to wait before looking again; 0 when the reply is settled.
func (l *lane) step(ctx context.Context, t task) (time.Duration, error) {
	if err := l.d.gate.enter(ctx, t.urgent); err != nil {
		return 0, err
	}
	defer l.d.gate.leave()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	// What is begun is finished: a stop in the middle would leave a record in
	// sending for a call that was never made.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*l.d.cfg.SendTimeout)
	defer cancel()
	return l.attempt(bus.ContextWithTrace(ctx, t.trace), t)
}

// next is the first urgent reply at hand, else the first one in the stream
// that is not settled.
func (l *lane) next(ctx context.Context) (task, bool, error) {
	if !l.begun {
		floor, err := l.d.settledUpTo(ctx)
		if err != nil {
			return task{}, false, err
		}
		l.begun, l.floor = true, floor
	}
	if t, ok := l.firstHeld(true); ok {
		return t, true, nil
	}
	for {
		msg, err := l.d.stream.GetMsg(ctx, l.floor+1, jetstream.WithGetMsgSubject(l.subject))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			// A replica that lags behind may not have what was handed out.
			t, ok := l.firstHeld(false)
			return t, ok, nil
		}
		if err != nil {
			return task{}, false, fmt.Errorf("read the next reply: %w", err)
		}
		_, says, err := bus.ReplyIn(msg.Subject, msg.Data)
		if (says || err != nil) && !l.done[msg.Sequence] {
			return task{seq: msg.Sequence, subject: msg.Subject, data: msg.Data, trace: bus.TraceOf(msg.Header), at: msg.Time, inOrder: true}, true, nil
		}
		l.advance(msg.Sequence)
	}
}

// firstHeld is the first unsettled message at hand. Settled ones, which came
// a second time, are acknowledged on the way.
func (l *lane) firstHeld(urgent bool) (task, bool) {
	var repeated []jetstream.Msg
	var t task
	found := false
	l.d.mu.Lock()
	for seq, h := range l.held {
		switch {
		case seq <= l.floor || l.done[seq]:
			repeated = append(repeated, h.msg)
			delete(l.held, seq)
		case urgent && !h.urgent, found && seq > t.seq:
		default:
			t, found = task{seq: seq, subject: h.msg.Subject(), data: h.msg.Data(), trace: bus.TraceOf(h.msg.Headers()), at: h.at, urgent: h.urgent, inOrder: !urgent}, true
		}
	}
	l.d.mu.Unlock()
	for _, msg := range repeated {
		l.ack(msg)
	}
	return t, found
}

// settle acknowledges a reply that is done with.
func (l *lane) settle(t task) {
	delete(l.tries, t.seq)
	l.done[t.seq] = true
	if t.inOrder {
		l.advance(t.seq)
	}
	l.d.mu.Lock()
	h, ok := l.held[t.seq]
	delete(l.held, t.seq)
	l.d.mu.Unlock()
	if ok {
		l.ack(h.msg)
	}
}

func (l *lane) advance(seq uint64) {
	l.floor = seq
	delete(l.done, seq)
}

// ack may fail: then the reply comes again, and its record says that it is
// settled.
func (l *lane) ack(msg jetstream.Msg) {
	if err := msg.Ack(); err != nil {
		l.d.log.Debug("acknowledging a reply", zap.Error(err))
	}
}

// finish ends the lane unless a message came meanwhile.
func (l *lane) finish() bool {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	if len(l.held) > 0 {
		return false
	}
	delete(l.d.lanes, l.c)
	return true
}

// sleep waits, or less where an urgent reply comes.
func (l *lane) sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.wake:
	case <-ctx.Done():
	}
}

func (l *lane) complain(ctx context.Context, doing string, err error) {
	if ctx.Err() != nil {
		return
	}
	l.d.log.Warn(doing+" failed; trying again", zap.String("clinic", l.c.Clinic),
		zap.String("conversation", l.c.ID), zap.Error(err))
}

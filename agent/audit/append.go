package audit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/bus"
)

// chain is what a Log knows of the end of one clinic's chain.
type chain struct {
	clinic string
	turn   chan struct{} // holds a token while somebody writes
	known  bool
	last   Head
	seq    uint64 // the last message's number in the stream
}

func (l *Log) chain(clinic string) *chain {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.chains[clinic]
	if c == nil {
		c = &chain{clinic: clinic, turn: make(chan struct{}, 1)}
		l.chains[clinic] = c
	}
	return c
}

// Append stores an act at the end of its clinic's chain. It returns within
// Config.Patience. After ErrUnavailable the act may be stored nevertheless.
func (l *Log) Append(ctx context.Context, a Act) (Entry, error) {
	a.Why = strings.ReplaceAll(a.Why, "\r\n", "\n") // as browsers send lines
	if err := a.Validate(); err != nil {
		return Entry{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Patience)
	defer cancel()
	c := l.chain(a.Clinic)
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return Entry{}, unavailable("store an audit entry", context.Cause(ctx))
	}
	e, err := l.write(ctx, c, a)
	if err != nil {
		c.known = false // what was sent may still arrive
		return Entry{}, unavailable("store an audit entry", err)
	}
	return e, nil
}

// write tries until the entry is stored or ctx ends. The server takes an
// entry only right after the one that it was made to follow. So where an
// answer is lost the same entry is sent again: either it is stored now, or
// the place is taken, and whose entry stands there says what became of it.
func (l *Log) write(ctx context.Context, c *chain, a Act) (Entry, error) {
	id := rand.Text()
	var e Entry
	var last error // why the attempt before failed
	for attempt := 0; ; attempt++ {
		if err := pause(ctx, attempt); err != nil {
			return Entry{}, errors.Join(err, last)
		}
		if !c.known {
			if last = l.learn(ctx, c); last != nil {
				continue
			}
			e = Entry{}
		}
		if e.ID == "" {
			e = Entry{V: Version, ID: id, Seq: c.last.Seq + 1, At: l.cfg.Now().UTC(), Act: a, Prev: c.last.Hash}
			e.Hash = e.sum()
		}
		seq, err := l.publish(ctx, e, c.seq)
		if errors.Is(err, errTaken) {
			var there Entry
			if there, seq, err = l.after(ctx, c); err == nil && there.Hash != e.Hash {
				c.known, last = false, errTaken
				continue
			}
		}
		if last = err; err != nil {
			continue
		}
		c.known, c.last, c.seq = true, Head{e.Clinic, e.Seq, e.Hash}, seq
		return e, nil
	}
}

// attempts is how many times an answer may be lost within Config.Patience.
const attempts = 4

// errTaken: another entry, or this one, stands in the place already.
var errTaken = errors.New("the place in the chain is taken")

// publish stores e as the one after the message with number follows.
func (l *Log) publish(ctx context.Context, e Entry, follows uint64) (uint64, error) {
	data, err := e.encode()
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Patience/attempts)
	defer cancel()
	ack, err := l.cfg.JetStream.PublishMsg(ctx, &nats.Msg{Subject: subject(e.Clinic), Data: data},
		jetstream.WithExpectStream(bus.StreamAudit), jetstream.WithExpectLastSequencePerSubject(follows), jetstream.WithRetryAttempts(0))
	var api *jetstream.APIError
	if errors.As(err, &api) &&
		(api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant) {
		return 0, errTaken
	}
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

// after returns the entry that stands after the one that c knows. A replica
// that lags behind may not have it yet, which is an error.
func (l *Log) after(ctx context.Context, c *chain) (Entry, uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Patience/attempts)
	defer cancel()
	msg, err := l.stream.GetMsg(ctx, c.seq+1, jetstream.WithGetMsgSubject(subject(c.clinic)))
	if err != nil {
		return Entry{}, 0, err
	}
	e, _ := decode(msg.Data) // what cannot be read is another one
	return e, msg.Sequence, nil
}

// learn asks for the end of the chain.
func (l *Log) learn(ctx context.Context, c *chain) error {
	ask, cancel := context.WithTimeout(ctx, l.cfg.Patience/attempts)
	defer cancel()
	msg, err := l.stream.GetLastMsgForSubject(ask, subject(c.clinic))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		c.known, c.last, c.seq = true, Head{Clinic: c.clinic}, 0
		return nil
	}
	if err != nil {
		return err
	}
	c.last = Head{Clinic: c.clinic}
	if e, err := decode(msg.Data); follows(&c.last, e, err) {
		c.known, c.seq = true, msg.Sequence
		return nil
	}
	// Somebody put in what is no entry. That shows in a verification, and must
	// not keep others from being recorded.
	err = l.walk(ctx, c.clinic, func(m stored) error {
		e, err := decode(m.data)
		follows(&c.last, e, err)
		return nil
	})
	if err != nil {
		return fmt.Errorf("look for the last entry that can be read: %w", err)
	}
	c.known, c.seq = true, msg.Sequence
	return nil
}

// follows moves head to e, if e was read well and stands behind it.
func follows(head *Head, e Entry, err error) bool {
	if err != nil || e.Clinic != head.Clinic || e.Seq <= head.Seq || e.sum() != e.Hash {
		return false
	}
	head.Seq, head.Hash = e.Seq, e.Hash
	return true
}

// pause keeps those apart that were in each other's way, and waits for a
// server that is away.
func pause(ctx context.Context, attempt int) error {
	if attempt == 0 {
		return ctx.Err()
	}
	select {
	case <-time.After(mathrand.N(time.Millisecond << min(attempt, 6))):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

package dispatch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"recado/agent/bus"
	"recado/agent/channel"
)

// prefixAgain begins the keys, beside the records, of replies that are to be
// sent once more. No reply's id holds a dot.
const prefixAgain = "again."

// overtakenBy is why a reply is not sent once more.
const overtakenBy = "the channel reported that it was not delivered, and a newer reply has followed: sent now it would come out of order"

// mayAgain reports whether a status asks for the reply to be sent once more.
func (d *Deliveries) mayAgain(r Record, s channel.Status) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pause > 0 && s.State == channel.Failed && s.Again && r.Before == "" &&
		(r.State == channel.Sent && r.ID == s.ID || r.State == channel.Sending && r.ID == "") // a status may overtake the call's answer
}

// toAgain notes that a reply is to be sent once more.
func (d *Deliveries) toAgain(ctx context.Context, r Record, revision uint64, s channel.Status) (Record, error) {
	d.mu.Lock()
	pause := d.pause
	d.mu.Unlock()
	now := time.Now().UTC()
	r.State, r.Before, r.NotBefore, r.At = "", s.ID, now.Add(max(pause, s.Refusal.After)), now
	r.Code, r.Reason, r.Shut = s.Code, s.Refusal.Reason, s.Refusal.Advice == channel.Window
	_, err := d.write(ctx, r, revision)
	return r, err
}

// wake tells all gateways of a reply that waits to be sent once more.
func (d *Deliveries) wake(ctx context.Context, r Record) error {
	if r.settled() {
		return nil
	}
	if _, err := d.bucket.Put(ctx, prefixAgain+r.Reply, []byte("{}")); err != nil {
		return fmt.Errorf("note that a reply is to be sent once more: %w", err)
	}
	return nil
}

// followAgain sends once more what is to be, until ctx ends. What waits is in
// the bucket: another gateway, or this one after a restart, goes on with it.
func (d *Dispatcher) followAgain(ctx context.Context) error {
	watch, err := d.cfg.Deliveries.bucket.Watch(ctx, prefixAgain+">", jetstream.IgnoreDeletes())
	if err != nil {
		return fmt.Errorf("follow replies that are to be sent once more: %w", err)
	}
	d.cfg.Deliveries.sendAgain(d.cfg.AgainAfter)
	d.running.Go(func() {
		defer watch.Stop() //nolint:errcheck // the server ends it by itself
		at := map[string]bool{}
		done := make(chan string)
		for {
			select {
			case <-ctx.Done():
				return
			case reply := <-done:
				delete(at, reply)
			case entry, ok := <-watch.Updates():
				if !ok {
					d.cfg.Deliveries.sendAgain(0)
					return
				}
				if entry == nil {
					continue
				}
				reply := strings.TrimPrefix(entry.Key(), prefixAgain)
				if at[reply] || !plainKey.MatchString(reply) {
					continue
				}
				at[reply] = true
				d.running.Go(func() {
					d.again(ctx, reply)
					select {
					case done <- reply:
					case <-ctx.Done():
					}
				})
			}
		}
	})
	return nil
}

// sendAgain says after which pause replies are sent once more; 0 for never.
func (d *Deliveries) sendAgain(pause time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pause = pause
}

// again sees one reply through.
func (d *Dispatcher) again(ctx context.Context, reply string) {
	var l *lane
	for ctx.Err() == nil {
		r, revision, err := d.cfg.Deliveries.read(ctx, reply)
		if err == nil && (revision == 0 || r.settled()) {
			// A key that stays is looked at once more after a restart, and expires.
			if err := d.cfg.Deliveries.bucket.Delete(ctx, prefixAgain+reply); err != nil {
				d.log.Debug("forgetting a reply that was sent once more", zap.Error(err))
			}
			return
		}
		wait := d.cfg.RetryMin
		if err == nil {
			if l == nil {
				l = newLane(d, r.conversation())
				l.again = true
			}
			wait, err = l.stepAgain(ctx, r, revision)
		}
		if err != nil && !errors.Is(err, errOvertaken) {
			if l != nil {
				l.complain(ctx, "sending a reply once more", err)
			}
			wait = max(wait, d.cfg.RetryMin)
		}
		pause(ctx, wait)
	}
}

// stepAgain looks at the reply once it is time, as a lane looks at those that
// come in order. It returns how long to wait.
func (l *lane) stepAgain(ctx context.Context, r Record, revision uint64) (time.Duration, error) {
	if wait := r.NotBefore.Sub(l.d.cfg.Now()); r.State == "" && wait > 0 {
		return wait, nil
	}
	msg, err := l.d.stream.GetMsg(ctx, max(r.Seq, 1))
	if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, fmt.Errorf("read the reply: %w", err)
	}
	if err != nil || msg.Sequence != r.Seq {
		return 0, l.fail(ctx, r, revision, bus.Outbound{ID: r.Reply}, r.Code, r.Reason)
	}
	out, _, _ := bus.ReplyIn(msg.Subject, msg.Data) // what is wrong with it is found by attempt
	if !out.Emergency && r.State == "" {
		newer, err := l.newer(ctx, r.Seq)
		if err != nil {
			return 0, err
		}
		if newer {
			// Reserved first: staff must not be told of what another gateway sends.
			now := l.d.cfg.Now().UTC()
			r.NotBefore, r.At = now.Add(l.d.cfg.SendTimeout), now
			if revision, err = l.d.cfg.Deliveries.write(ctx, r, revision); err != nil {
				return 0, err
			}
			return 0, l.fail(ctx, r, revision, out, r.Code, overtakenBy)
		}
	}
	return l.step(ctx, task{seq: msg.Sequence, subject: msg.Subject, data: msg.Data, trace: bus.TraceOf(msg.Header), at: msg.Time, urgent: out.Emergency})
}

// newer reports whether the conversation has a reply after seq.
func (l *lane) newer(ctx context.Context, seq uint64) (bool, error) {
	for {
		msg, err := l.d.stream.GetMsg(ctx, seq+1, jetstream.WithGetMsgSubject(l.subject))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("look for a newer reply: %w", err)
		}
		if _, says, err := bus.ReplyIn(msg.Subject, msg.Data); says || err != nil {
			return true, nil
		}
		seq = msg.Sequence
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

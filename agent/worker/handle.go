package worker

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/session"
)

// look runs the emergency rules on a delivery and puts it into its line. It
// settles what never gets there.
func (w *Worker) look(d *delivery) {
	ctx := bus.ContextWithTrace(w.ctx, d.stored.Trace)
	c, err := bus.ParseIn(d.subject)
	if err != nil {
		w.settle(d, agent.Conversation{}, w.strayed(ctx, d))
		return
	}
	if err := w.at(ctx, stepReceived, c); err != nil {
		w.settle(d, c, outcome{err: err})
		return
	}
	if err := w.onReceipt(ctx, d, c); err != nil {
		w.settle(d, c, w.later(d, err))
		return
	}
	w.apply(c, w.queue.add(d, c))
	w.pump()
}

// pump begins work for every slot that is free.
func (w *Worker) pump() {
	for {
		l, d, looked := w.queue.next()
		if l == nil {
			return
		}
		w.events.Go(func() {
			c := l.conversation
			o := w.work(bus.ContextWithTrace(w.ctx, d.stored.Trace), d, c, looked)
			settle, change := w.queue.done(l, d, o)
			for _, d := range settle {
				w.settle(d, c, o)
			}
			w.apply(c, change)
			w.pump()
		})
	}
}

// apply does what a change of the queue asks for.
func (w *Worker) apply(c agent.Conversation, change change) {
	for _, d := range change.covered {
		w.settle(d, c, outcome{cursor: d.seq})
	}
	for _, d := range change.stale {
		w.hand.drop(d)
	}
	for _, d := range change.back {
		o := outcome{wait: w.cfg.RetryMax}
		if w.isDraining() {
			o.wait = 0 // for another worker, at once
		}
		of, _ := bus.ParseIn(d.subject)
		o.clinic = of.Clinic
		w.settle(d, of, o)
	}
	if l := change.rests; l != nil {
		w.wake(l, w.cfg.RetryMax)
	}
	if l := change.hastens; l != nil {
		w.wake(l, w.cfg.RetryMin-time.Since(l.asked))
	}
}

// wake asks for a line's conversation again after a while. A line of which
// more has arrived is woken twice, which does no harm.
func (w *Worker) wake(l *line, after time.Duration) {
	time.AfterFunc(after, func() { w.unlessDraining(func() { w.queue.wake(l) }) })
}

// unlessDraining changes the queue and begins what may begin then.
func (w *Worker) unlessDraining(change func()) {
	w.gate.RLock()
	defer w.gate.RUnlock()
	if !w.isDraining() {
		change()
		w.pump()
	}
}

// outcome says how a delivery is settled.
type outcome struct {
	cursor uint64        // acknowledge if it covers the event
	wait   time.Duration // else hand it back for this long
	err    error         // why it is handed back
	clinic string        // where it goes back because its clinic has too many; else empty
	then   then          // else keep it
}

// then is what becomes of a conversation whose events are kept.
type then int

const (
	over     then = iota // nothing is kept
	goOn                 // a turn was committed and more is unanswered
	askAgain             // another worker has it, and was told
)

func (o outcome) covers(d *delivery) bool { return o.cursor >= d.seq }

func (o outcome) killed() bool { return errors.As(o.err, new(killed)) }

func (w *Worker) work(ctx context.Context, d *delivery, c agent.Conversation, looked []receipt) outcome {
	if w.isDraining() {
		return outcome{} // for another worker, at once
	}
	if err := w.at(ctx, stepLease, c); err != nil {
		return outcome{err: err}
	}
	mine := lease{conversation: c, token: rand.Text()}
	got, err := w.cfg.Store.Acquire(ctx, c, d.seq, mine.token, w.cfg.LeaseTTL)
	switch {
	case err != nil:
		w.hand.doubt(mine, time.Now().Add(doubted*w.cfg.LeaseTTL))
		return w.later(d, err)
	case got.Status == session.Done:
		return outcome{cursor: d.seq}
	case got.Status == session.Held:
		// Its owner was told and takes the event along. If it dies, its lease
		// expires.
		return outcome{then: askAgain}
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	w.hand.hold(mine, end)
	defer w.hand.letGo(mine)
	return w.turns(ctx, d, mine, got, looked)
}

// later hands an event back for a while that grows with its deliveries.
func (w *Worker) later(d *delivery, err error) outcome {
	wait := w.cfg.RetryMin << min(d.tries-1, 8)
	return outcome{wait: min(wait, w.cfg.RetryMax), err: err}
}

// settle acknowledges a delivery or hands it back. An event is acknowledged
// only if a committed cursor covers it, or a newer one of its conversation
// waits (see line): nothing else keeps it from being lost.
func (w *Worker) settle(d *delivery, c agent.Conversation, o outcome) {
	defer w.hand.drop(d)
	fields := func(more ...zap.Field) []zap.Field {
		return append(more, zap.String("clinic", c.Clinic), zap.String("conversation", c.ID), zap.Uint64("seq", d.seq))
	}
	switch {
	case o.killed():
		return
	case o.covers(d):
		if w.at(w.ctx, stepAck, c) != nil {
			return
		}
		if err := d.msg.Ack(); err != nil {
			w.log.Warn("event could not be acknowledged and will come again", fields(zap.Error(err))...)
		}
		return
	case o.err != nil && !errors.Is(o.err, errDraining):
		w.log.Warn("event is handed back", fields(zap.Duration("wait", o.wait), zap.Error(o.err))...)
	}
	// If this fails the event comes again by itself after the consumer's
	// AckWait.
	if o.then != over {
		o.wait = w.cfg.RetryMin
	}
	if o.wait > 0 {
		o.wait = w.pace.away(o.wait, o.clinic)
	}
	_ = d.msg.NakWithDelay(o.wait)
}

// at is called before each step; see Config.steps.
func (w *Worker) at(ctx context.Context, s step, c agent.Conversation) error {
	if err := w.cfg.steps(ctx, s, c); err != nil {
		return killed{err}
	}
	return nil
}

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

// handle takes one delivery through the protocol and settles it: it is
// acknowledged if a committed turn covers it, else handed back.
func (w *Worker) handle(ctx context.Context, d *delivery, crowded bool) {
	ctx = bus.ContextWithTrace(ctx, d.trace)
	conversation, err := bus.ParseIn(d.subject)
	if err != nil {
		w.settle(d, agent.Conversation{}, w.strayed(ctx, d))
		return
	}
	w.settle(d, conversation, w.work(ctx, d, conversation, crowded))
}

// outcome says how a delivery is settled.
type outcome struct {
	cursor uint64        // acknowledge if it covers the event
	wait   time.Duration // else hand it back for this long
	err    error         // why it is handed back
}

func (w *Worker) work(ctx context.Context, d *delivery, c agent.Conversation, crowded bool) outcome {
	if err := w.at(ctx, stepReceived, c); err != nil {
		return outcome{err: err}
	}
	if err := w.onReceipt(ctx, d, c); err != nil {
		return w.later(d, err)
	}
	if crowded {
		return outcome{wait: w.cfg.RetryMax}
	}
	select {
	case w.slots <- struct{}{}:
		defer func() { <-w.slots }()
	case <-w.draining:
	}
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
		w.hand.doubt(mine, time.Now().Add(4*w.cfg.LeaseTTL))
		return w.later(d, err)
	case got.Status == session.Done:
		return outcome{cursor: d.seq}
	case got.Status == session.Held:
		// Its owner was told and takes the event along. If it dies, the
		// lease has expired when the event comes again.
		return outcome{wait: w.cfg.LeaseTTL}
	}
	w.hand.hold(mine)
	defer w.hand.letGo(mine)
	return w.turns(ctx, d, mine, got)
}

// later hands an event back for a while that grows with its deliveries.
func (w *Worker) later(d *delivery, err error) outcome {
	wait := w.cfg.RetryMin << min(d.tries-1, 8)
	return outcome{wait: min(wait, w.cfg.RetryMax), err: err}
}

// settle acknowledges a delivery or hands it back. An event is acknowledged
// only if a committed cursor covers it: nothing else keeps it from being lost.
func (w *Worker) settle(d *delivery, c agent.Conversation, o outcome) {
	fields := []zap.Field{zap.String("clinic", c.Clinic), zap.String("conversation", c.ID), zap.Uint64("seq", d.seq)}
	var dead killed
	switch {
	case errors.As(o.err, &dead):
		return
	case o.cursor >= d.seq:
		if w.at(w.ctx, stepAck, c) != nil {
			return
		}
		if err := d.msg.Ack(); err != nil {
			w.log.Warn("event could not be acknowledged and will come again", append(fields, zap.Error(err))...)
		}
		return
	case o.err != nil && !errors.Is(o.err, errDraining):
		w.log.Warn("event is handed back", append(fields, zap.Duration("wait", o.wait), zap.Error(o.err))...)
	}
	// If this fails the event comes again by itself after the consumer's
	// AckWait.
	_ = d.msg.NakWithDelay(o.wait)
}

// at is called before each step; see Config.steps.
func (w *Worker) at(ctx context.Context, s step, c agent.Conversation) error {
	if err := w.cfg.steps(ctx, s, c); err != nil {
		return killed{err}
	}
	return nil
}

package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/schedule"
	"recado/agent/session"
)

// maxConflicts is how many times in a row other workers may commit first
// before an event is handed back.
const maxConflicts = 5

// releaseTimeout bounds the goodbye to the session store of work that was
// cancelled.
const releaseTimeout = time.Second

// turns commits turns of a conversation whose lease is held until nothing
// new has arrived.
func (w *Worker) turns(ctx context.Context, d *delivery, mine lease, got session.Lease, looked []receipt) outcome {
	state, attempts := got.State, got.Attempts
	if !got.Cached || got.Open {
		var err error
		if state, err = w.rebuild(ctx, mine.conversation, got); err != nil {
			return w.giveBack(ctx, d, mine, err)
		}
	}
	for conflicts := 0; ; {
		began := time.Now()
		next, err := w.oneTurn(ctx, mine.conversation, d, looked, state, attempts)
		w.meters.turn(ctx, began, err)
		var undecided *undecidedError
		switch {
		case errors.Is(err, errNothing):
			w.release(ctx, mine, false)
			// The event is settled already, or this server does not show it
			// yet.
			return outcome{cursor: state.Cursor, wait: w.cfg.RetryMin}
		case (errors.Is(err, bus.ErrConflict) || errors.Is(err, schedule.ErrOvertaken)) && conflicts < maxConflicts:
			conflicts++
			still, err := w.cfg.Store.Renew(ctx, mine.conversation, mine.token, w.cfg.LeaseTTL)
			if err != nil {
				return w.giveBack(ctx, d, mine, err)
			}
			if !still {
				return outcome{then: askAgain} // another worker is at it
			}
			if state, err = w.rebuild(ctx, mine.conversation, session.Lease{}); err != nil {
				return w.giveBack(ctx, d, mine, err)
			}
			continue
		case errors.As(err, &undecided):
			w.release(ctx, mine, true)
			return w.later(d, err)
		case err != nil:
			return w.giveBack(ctx, d, mine, err)
		}
		conflicts, attempts, state = 0, 0, next
		if err := w.at(ctx, stepCommitted, mine.conversation); err != nil {
			return outcome{err: err}
		}
		saved, err := w.cfg.Store.Save(ctx, mine.conversation, mine.token, state, w.cfg.LeaseTTL)
		if err != nil {
			// The turn stands without it: the next owner reads JetStream.
			w.hand.doubt(mine, time.Now().Add(doubted*w.cfg.LeaseTTL))
			w.log.Warn("session could not be saved", zap.String("clinic", mine.conversation.Clinic),
				zap.String("conversation", mine.conversation.ID), zap.Error(err))
			return outcome{cursor: state.Cursor, wait: w.cfg.RetryMin}
		}
		if saved != session.Dirty {
			o := outcome{cursor: state.Cursor, wait: w.cfg.RetryMin}
			if !o.covers(d) {
				o.then = goOn // behind the others
			}
			return o
		}
		if w.isDraining() {
			// The events that made it dirty come again, to another worker.
			w.release(ctx, mine, false)
			return outcome{cursor: state.Cursor}
		}
	}
}

// rebuild reads a conversation's state from JetStream. Where the cached state
// is of the last turn record it is kept, for its tail.
func (w *Worker) rebuild(ctx context.Context, c agent.Conversation, got session.Lease) (session.State, error) {
	record, seq, err := w.cfg.Bus.LastTurn(ctx, c)
	if err != nil {
		return session.State{}, err
	}
	if got.Cached && got.Turn == seq {
		return got.State, nil
	}
	state := session.State{Session: record.Session, Cursor: record.Cursor, Turn: seq}
	state.Session.V = agent.Version
	// Turn records expire; stop means stop. But a stop whose turn was never
	// committed is decided again, and confirmed.
	if state.Session.Stopped, err = w.cfg.Bus.StoppedAt(ctx, c, record.Cursor); err != nil {
		return session.State{}, err
	}
	return state, nil
}

// errNothing: there is no unanswered event.
var errNothing = errors.New("no unanswered event")

// unanswered reads the events of a conversation after cursor. What d was
// delivered of is not read again where it is known to be the first of them:
// then the server need not search for what follows.
func (w *Worker) unanswered(ctx context.Context, c agent.Conversation, d *delivery, cursor uint64) ([]bus.Stored, error) {
	if !d.stored.Follows(cursor) {
		return w.cfg.Bus.Unanswered(ctx, c, cursor, w.cfg.MaxTurnEvents, w.cfg.MaxTurnBytes)
	}
	first := []bus.Stored{d.stored}
	events, size := w.cfg.MaxTurnEvents-1, w.cfg.MaxTurnBytes-len(d.stored.Data)
	if events < 1 || size < 1 {
		return first, nil
	}
	more, err := w.cfg.Bus.Unanswered(ctx, c, d.seq, events, size)
	if len(more) > 0 && len(more[0].Data) > size {
		more = nil // at least one is read, however large it is
	}
	return append(first, more...), err
}

// oneTurn decides and commits all unanswered events and returns the state
// after them. d is the delivery that it is done for.
func (w *Worker) oneTurn(ctx context.Context, c agent.Conversation, d *delivery, looked []receipt, state session.State, attempts int) (session.State, error) {
	if err := w.at(ctx, stepRead, c); err != nil {
		return session.State{}, err
	}
	stored, err := w.unanswered(ctx, c, d, state.Cursor)
	if err != nil {
		return session.State{}, err
	}
	if len(stored) == 0 {
		return session.State{}, errNothing
	}
	begun := time.Now()
	ctx, span := w.trace(ctx, stored)
	defer span.End()
	profile, err := w.cfg.Profiles.Profile(c.Clinic)
	if err != nil && !errors.Is(err, ErrUnknownClinic) {
		return session.State{}, fmt.Errorf("find the clinic's profile: %w", err)
	}
	t := readTurn(c, stored, d, profile, state.Session)
	if t.onReceipt, err = w.ensureMarks(ctx, c, t.events, profile, looked); err != nil {
		return session.State{}, err
	}
	if err := w.at(ctx, stepDecide, c); err != nil {
		return session.State{}, err
	}
	if t, err = w.decideForHolder(ctx, c, t, state.Session, profile, attempts); err != nil {
		return session.State{}, err
	}
	if t.decision.Consent != "" {
		if err := w.cfg.Bus.SetConsent(ctx, c, t.decision.Consent, t.cursor, t.now); err != nil {
			return session.State{}, err
		}
	}
	messages, err := w.messages(c, t)
	if err != nil {
		return session.State{}, &undecidedError{err}
	}
	w.remind(ctx, c, t)
	if err := w.at(ctx, stepCommit, c); err != nil {
		return session.State{}, err
	}
	seq, err := w.publish(ctx, state.Turn, messages...)
	if errors.Is(err, nats.ErrMaxPayload) {
		return session.State{}, &undecidedError{err} // it would never fit: count it
	}
	if err != nil {
		return session.State{}, err
	}
	told(span, t)
	w.meters.committed(ctx, t, stored[0].At)
	w.log.Info("turn committed",
		zap.String("clinic", c.Clinic), zap.String("conversation", c.ID), zap.Uint64("seq", t.cursor),
		zap.String("disposition", string(t.decision.Disposition)), zap.String("rule", t.decision.Rule),
		zap.Int("events", len(t.events)), zap.Int("dead", len(t.dead)), zap.Int64("micros", time.Since(begun).Microseconds()))
	return session.State{Session: t.decision.Session, Cursor: t.cursor, Turn: seq}, nil
}

// giveBack releases the lease and hands the event back. It counts no
// attempt: the conversation is not at fault.
func (w *Worker) giveBack(ctx context.Context, d *delivery, mine lease, err error) outcome {
	if dead := (killed{}); errors.As(err, &dead) {
		return outcome{err: err}
	}
	w.release(ctx, mine, false)
	if context.Cause(ctx) != nil {
		return outcome{err: context.Cause(ctx)} // others go on at once
	}
	return w.later(d, err)
}

// release gives the lease back, also of work that was cancelled. If that
// fails it is tried again for a while: a lease that runs out counts as a death
// over the turn.
func (w *Worker) release(ctx context.Context, mine lease, failed bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer cancel()
	if err := w.cfg.Store.Release(ctx, mine.conversation, mine.token, failed); err != nil {
		w.hand.doubt(mine, time.Now().Add(doubted*w.cfg.LeaseTTL))
	}
}

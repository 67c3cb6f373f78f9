package worker

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/clinic"
	"recado/agent/schedule"
)

// Rules of decisions that are made here and not by the policy.
const (
	RuleDuplicate = "duplicate"   // nothing new: every event was answered before
	RuleDead      = "dead_letter" // nothing that could be read
	RuleUndecided = "undecided"   // deciding failed every time
)

// undecidedError: the turn itself is at fault, not NATS or the session store;
// it counts as an attempt.
type undecidedError struct{ err error }

func (e *undecidedError) Error() string { return "turn failed: " + e.err.Error() }
func (e *undecidedError) Unwrap() error { return e.err }

// maxHolders is how many times in a row a turn is decided before it is handed
// back because the conversation changed hands each time.
const maxHolders = 4

// decideForHolder returns t decided, for whoever holds the conversation when
// that is done: a person may take it over while a language model thinks, and
// then nothing may be said. It is decided for the holder of the turn before,
// and again where that was another one: mostly one look-up is enough.
//
// While a visit is arranged, deciding may book it. Then who holds the
// conversation is asked beforehand as well: nothing is booked in silence.
func (w *Worker) decideForHolder(ctx context.Context, c agent.Conversation, t turn, s agent.Session, profile *clinic.Profile, attempts int) (turn, error) {
	if w.cfg.Owners != nil && w.cfg.Books != nil && s.Booking != nil && len(t.events) > 0 {
		if owner, err := w.owner(ctx, c); err == nil { // else it is asked again below, before anything is said
			s.Owner = owner
		}
	}
	for range maxHolders {
		decided := t
		decided.dead = slices.Clone(t.dead)
		if err := w.decide(ctx, c, &decided, s, profile, attempts); err != nil {
			return t, err
		}
		if err := w.at(ctx, stepHolder, c); err != nil {
			return t, err
		}
		// An emergency is answered whoever holds the conversation, and waits
		// for no look-up.
		if w.cfg.Owners == nil || len(t.events) == 0 || decided.decision.Disposition == agent.Emergency {
			return decided, nil
		}
		owner, err := w.owner(ctx, c)
		if err != nil {
			return t, err
		}
		if owner == s.Owner {
			return decided, nil
		}
		s.Owner = owner
	}
	return t, errors.New("conversation changed hands while it was decided, each time")
}

func (w *Worker) owner(ctx context.Context, c agent.Conversation) (string, error) {
	owner, err := w.cfg.Owners.Owner(ctx, c)
	if err != nil {
		return "", fmt.Errorf("ask who holds the conversation: %w", err)
	}
	return owner, nil
}

// decide sets t's decision.
func (w *Worker) decide(ctx context.Context, c agent.Conversation, t *turn, s agent.Session, profile *clinic.Profile, attempts int) error {
	t.now = w.cfg.Now()
	if len(t.events) == 0 {
		t.decision = agent.Decision{V: agent.Version, Disposition: agent.Silent, Rule: RuleDuplicate, Session: s}
		if len(t.dead) > 0 {
			t.decision.Disposition, t.decision.Rule = agent.Escalate, RuleDead
		}
		t.decision.Assessment.ReplyLanguage = s.Language
		return nil
	}
	in := agent.Turn{Events: t.events, Session: s, Clinic: profile, Now: t.now, Reads: t.cursor}
	if w.cfg.Links != nil {
		in.Private = w.cfg.Links.Link(c.Clinic, c.ID, turnID(c, t.cursor))
	}
	if w.cfg.Books != nil && profile != nil {
		if book, err := w.cfg.Books.Book(profile); err == nil {
			in.Book = book
		} else { // visits are booked by the clinic's link or by staff
			w.log.Warn("appointment book could not be opened", zap.String("clinic", c.Clinic), zap.Error(err))
		}
	}
	if attempts >= w.cfg.Attempts {
		w.giveUp(c, t, in)
		return nil
	}
	thinking, cancel := context.WithTimeout(ctx, w.cfg.TurnTimeout)
	defer cancel()
	var err error
	if t.decision, err = w.safely(func() (agent.Decision, error) { return w.cfg.Decider.Decide(thinking, in) }); err != nil {
		if context.Cause(ctx) != nil {
			return context.Cause(ctx) // stopped, not failed
		}
		if errors.Is(err, schedule.ErrOvertaken) {
			return err // no fault of the turn
		}
		return &undecidedError{err}
	}
	return nil
}

// giveUp hands a turn that cannot be decided to staff: the hand-off reply,
// an escalation, and every event as a dead letter.
func (w *Worker) giveUp(c agent.Conversation, t *turn, in agent.Turn) {
	w.log.Error("turn cannot be decided and goes to staff",
		zap.String("clinic", c.Clinic), zap.String("conversation", c.ID), zap.Uint64("seq", t.cursor))
	decision, err := w.safely(func() (agent.Decision, error) { return w.cfg.Decider.Fallback(in), nil })
	if err != nil { // not even that: staff get it, the patient gets no reply
		decision = agent.Decision{V: agent.Version, Session: in.Session}
		for _, e := range in.Events {
			decision.Session.Seen = append(decision.Session.Seen, e.ID)
		}
		decision.Session.LastAt = in.Now
	}
	decision.Disposition = agent.Escalate
	if decision.Rule == "" {
		decision.Rule = RuleUndecided
	}
	t.decision = decision
	for _, m := range t.stored {
		t.dead = append(t.dead, deadLetter{m, bus.ReasonUndecided})
	}
}

// safely turns a panic into an error. What was panicked with may quote a
// patient, so only its type and the stack are told.
func (w *Worker) safely(decide func() (agent.Decision, error)) (d agent.Decision, err error) {
	defer func() {
		if p := recover(); p != nil {
			w.log.Error("deciding panicked", zap.String("type", fmt.Sprintf("%T", p)), zap.ByteString("stack", debug.Stack()))
			err = fmt.Errorf("panic of type %T", p)
		}
	}()
	return decide()
}

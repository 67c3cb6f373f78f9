package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/clinic"
)

// onReceipt answers an emergency at once, and notes on d what it found. What
// it cannot read or has no profile for is left to the turn.
func (w *Worker) onReceipt(ctx context.Context, d *delivery, c agent.Conversation) error {
	e, reason := parseEvent(c, d.stored.Data)
	if reason != "" {
		return nil
	}
	d.event = &e
	profile, err := w.cfg.Profiles.Profile(c.Clinic)
	if errors.Is(err, ErrUnknownClinic) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find the clinic's profile: %w", err)
	}
	yes, err := w.emergency(ctx, c, e, profile)
	if err == nil {
		d.looked = receipt{event: e.ID, emergency: yes}
	}
	return err
}

// receipt is what the emergency rules said about an event when it came.
type receipt struct {
	event     string // its id; empty where they did not look
	emergency bool   // and it was answered
}

// ensureMarks returns the ids of the events that are emergencies by
// themselves, after making sure that each was answered. looked are known
// already.
func (w *Worker) ensureMarks(ctx context.Context, c agent.Conversation, events []agent.Event, profile *clinic.Profile, looked []receipt) (map[string]bool, error) {
	var answered map[string]bool
	for _, e := range events {
		i := slices.IndexFunc(looked, func(r receipt) bool { return r.event == e.ID })
		yes := i >= 0 && looked[i].emergency
		if i < 0 {
			var err error
			if yes, err = w.emergency(ctx, c, e, profile); err != nil {
				return nil, err
			}
		}
		if yes {
			if answered == nil {
				answered = map[string]bool{}
			}
			answered[e.ID] = true
		}
	}
	return answered, nil
}

// emergency reports whether e is one by rules alone and sees to it that its
// reply and its escalation are published: once, since the batch begins with
// a mark on a subject that must be empty. The events' stream forgets before
// the marks' does.
func (w *Worker) emergency(ctx context.Context, c agent.Conversation, e agent.Event, profile *clinic.Profile) (bool, error) {
	var yes bool
	decision, err := w.safely(func() (d agent.Decision, err error) {
		d, yes = w.cfg.Decider.EmergencyOnReceipt(e, profile, w.cfg.Now())
		return d, nil
	})
	if err != nil || !yes {
		// Rules that panic are the turn's concern: it fails and goes to staff.
		return false, nil
	}
	if err := w.at(ctx, stepMark, c); err != nil {
		return false, err
	}
	key := bus.EventKey(c, e.ID)
	now := w.cfg.Now()
	mark, err := json.Marshal(bus.Mark{V: agent.Version, Event: e.ID, At: now})
	if err != nil {
		return false, fmt.Errorf("write an emergency's mark: %w", err)
	}
	messages := []bus.Message{{Subject: bus.MarkSubject(c, key), Data: mark}}
	decision.Disposition = agent.Emergency
	if decision.Text() != "" {
		out := outbound(c, "e"+key, decision, []agent.Event{e}, now)
		if messages, err = appendJSON(messages, bus.OutSubject(c), out); err != nil {
			return false, err
		}
	}
	escalation := escalationOf(c, decision, []agent.Event{e}, "e"+key)
	escalation.Priority = agent.PriorityEmergency
	if messages, err = w.appendEscalation(messages, c, escalation); err != nil {
		return false, err
	}
	began := time.Now()
	_, err = w.cfg.Bus.PublishBatch(ctx, 0, messages...)
	if errors.Is(err, bus.ErrConflict) {
		return true, nil // published before
	}
	w.meters.emergency(ctx, began, err)
	if err != nil {
		return false, fmt.Errorf("publish an emergency: %w", err)
	}
	w.log.Info("emergency answered on receipt",
		zap.String("clinic", c.Clinic), zap.String("conversation", c.ID), zap.String("rule", decision.Rule))
	return true, nil
}

package worker

import (
	"context"

	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/language"
)

// Reminders sets reminders of visits. It is called by many goroutines at once
// and may be called again for the same visits.
type Reminders interface {
	// Plan sets a reminder of each visit that the conversation has booked.
	// replyTo is where the patient wrote from, sealed by the gateway.
	Plan(ctx context.Context, c agent.Conversation, lang language.Language, replyTo string) error
}

// remind sets reminders after a turn that booked or moved a visit. It comes
// before the commit, so that a worker that dies loses none; a failure costs the
// reminder and not the turn.
func (w *Worker) remind(ctx context.Context, c agent.Conversation, t turn) {
	if w.cfg.Reminders == nil {
		return
	}
	for _, r := range t.decision.Replies {
		if r.Key != "booking.done" && r.Key != "booking.moved" {
			continue
		}
		if err := w.cfg.Reminders.Plan(ctx, c, r.Language, replyTo(t.events)); err != nil {
			w.log.Warn("a reminder could not be set", zap.String("clinic", c.Clinic), zap.String("conversation", c.ID), zap.Error(err))
		}
		return
	}
}

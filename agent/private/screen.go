package private

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/language"
)

// emergency is the text that a patient gets at once for what she wrote.
type emergency struct {
	Text     string            `json:"text"`
	Language language.Language `json:"language"`
}

// screen looks for an emergency in what a patient wrote, and returns the text
// that she gets at once, nil for none, and how pressing the message is for
// staff. What the rules find is an emergency. What the classifier alone finds
// gets the same text, as it would in the channel, and is urgent: here a person
// reads it anyway.
func (h *Handler) screen(ctx context.Context, clinicID, conversation, id, text string, lang language.Language) (*emergency, agent.Priority) {
	profile := h.profile(clinicID)
	now := h.cfg.Now().UTC()
	e := agent.Event{
		V: agent.Version, ID: id, Clinic: clinicID, Channel: agent.Web, Conversation: conversation, At: now, Kind: agent.KindText, Text: text,
	}
	ruled, byRules := h.safely(func() (agent.Decision, bool) { return h.cfg.Screener.EmergencyOnReceipt(e, profile, now) })
	decided, byAny := h.safely(func() (agent.Decision, bool) {
		d, err := h.cfg.Screener.Decide(ctx, agent.Turn{
			Events: []agent.Event{e}, Clinic: profile, Now: now, Session: agent.Session{V: agent.Version, Language: lang, Introduced: true},
		})
		return d, err == nil && d.Disposition == agent.Emergency
	})
	priority := agent.PriorityRoutine
	switch {
	case byRules:
		priority = agent.PriorityEmergency
	case byAny:
		priority = agent.PriorityUrgent
	}
	// The decision knows the page's language where the message tells none.
	for _, d := range []agent.Decision{decided, ruled} {
		if d.Disposition == agent.Emergency && d.Text() != "" {
			return &emergency{Text: d.Text(), Language: d.ReplyLanguage}, priority
		}
	}
	return nil, priority
}

// safely turns a panic into "not found"; what was panicked with may quote a
// patient, so only its type is told.
func (h *Handler) safely(look func() (agent.Decision, bool)) (d agent.Decision, yes bool) {
	defer func() {
		if p := recover(); p != nil {
			h.log.Error("private page: looking for an emergency panicked", zap.String("type", fmt.Sprintf("%T", p)))
			d, yes = agent.Decision{}, false
		}
	}()
	return look()
}

package agent

import (
	"context"

	"recado/agent/booking"
	"recado/agent/language"
)

// A run of a turn may have booked a visit and never been committed, and what is
// decided now may say nothing of it: the patient stopped, a person took the
// conversation, a hand-off comes first. Staff are told then; see
// booking.Untold.

// expired looks for such a visit after a draft that has waited for too long. No
// later turn would.
func (p *visitPart) expired(ctx context.Context, t Turn, v verdict) {
	old := t.Session.Booking
	if v.disposition == Emergency || !old.Pending() || old.Live(t.Now) != nil {
		return
	}
	turn := p.turn
	turn.Draft = old
	p.untold = booking.Untold(ctx, turn)
}

// look looks for such a visit where the book has no part in what is said, if
// there can be one: the same words of a turn lead to the same decision, unless
// more have come or nothing may be said any more. An emergency waits for no
// book: staff are told to look themselves.
func (p *visitPart) look(ctx context.Context, t Turn, v verdict) {
	d := p.turn.Draft
	switch {
	case !d.Pending(), v.disposition != Silent && len(t.Events) == 1 && !d.Closed:
		return
	case v.disposition == Emergency:
		p.untold = booking.Result{Why: booking.MayBeBooked}
		return
	}
	p.untold = booking.Untold(ctx, p.turn)
	p.turn.Draft = p.untold.Draft
}

// tellStaff puts what staff have to know of the book into the turn's record.
func (a *Agent) tellStaff(t Turn, lang language.Language, p *visitPart, esc *Escalation) {
	if esc == nil {
		return
	}
	for _, said := range []booking.Result{p.untold, p.said} {
		if said.Why == "" {
			continue
		}
		esc.Rules = append(esc.Rules, string(said.Why))
		for _, m := range said.Note {
			if text, err := a.render(lang, t, m, ""); err == nil {
				esc.Messages = append(esc.Messages, Message{From: Assistant, Text: text, At: t.Now})
			}
		}
	}
}

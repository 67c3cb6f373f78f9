package agent

import (
	"context"
	"fmt"

	"recado/agent/booking"
	"recado/agent/guard"
	"recado/agent/intentname"
	"recado/agent/language"
	"recado/agent/schedule"
)

// Decide decides a turn. It is a pure function of the turn and the models but
// for the language model, if there is one; ctx bounds that call, and without
// it the local decision stands. An error means that the turn breaks the
// contract (no clinic, no event), never that a message was hard, or is
// schedule.ErrOvertaken: a later turn of the conversation has changed the
// appointment book, and this one is to be read anew.
func (a *Agent) Decide(ctx context.Context, t Turn) (Decision, error) {
	d, _, err := a.decide(ctx, t)
	return d, err
}

// decide is Decide with what the detectors found, nil where nothing was read.
func (a *Agent) decide(ctx context.Context, t Turn) (Decision, *evidence, error) {
	if t.Clinic == nil {
		return Decision{}, nil, fmt.Errorf("decide: the turn has no clinic profile")
	}
	if len(t.Events) == 0 {
		return Decision{}, nil, fmt.Errorf("decide: the turn has no event")
	}
	if rule, ok := wordless(t.Events); ok {
		return a.quiet(t, rule), nil, nil
	}
	e := a.gather(t)
	v := a.withState(t.Session, a.judge(e))
	ask := false
	e.model.local = v
	if e.model.skipped, ask = a.mayAsk(e, v); ask {
		v = a.sharpen(ctx, t, e, v)
	}
	v = a.arrange(ctx, t, e, v)
	if e.visit.said.Overtaken || e.visit.untold.Overtaken {
		return Decision{}, nil, fmt.Errorf("decide: %w", schedule.ErrOvertaken)
	}
	d := a.conclude(t, e, v)
	d.Prompt = e.model.said.Prompt
	return d, e, nil
}

// Fallback is the decision for a turn that could not be decided: hand-off
// text and an urgent record for staff, in silence where the patient stopped
// or a person owns the conversation. It reads no message but for a bare STOP,
// and never fails.
func (a *Agent) Fallback(t Turn) Decision {
	e := &evidence{}
	if t.Session.Booking.Pending() {
		e.visit.untold.Why = booking.MayBeBooked
	}
	t.Session.Booking = nil // it may be what cannot be decided
	for _, ev := range t.Events {
		if bareStop(language.Scan(ev.Text).Tokens) {
			e.consent = ConsentStop
		}
	}
	d := a.conclude(t, e, a.withState(t.Session, verdict{disposition: Escalate, rule: "policy.fallback"}))
	d.Escalation.Priority = PriorityUrgent
	return d
}

// wordless names the reason to stay silent where no event of the turn wants
// a reply.
func wordless(events []Event) (rule string, ok bool) {
	for _, e := range events {
		switch e.Kind {
		case KindReaction:
			rule = "silent.reaction"
		case KindSystem:
			rule = "silent.system"
		default:
			return "", false
		}
	}
	return rule, true
}

func (a *Agent) quiet(t Turn, rule string) Decision {
	lang, _ := replyLanguage(a.reader.Read("").Language, t.Session, "", nil)
	return Decision{
		V: Version, Disposition: Silent, Rule: rule,
		Assessment: Assessment{Language: lang, ReplyLanguage: lang},
		Session:    t.Session.remember(t.Events, "", t.Now),
	}
}

// withState applies what the conversation is in: a person owns it, or the
// patient said stop. An emergency is answered all the same, since no promise
// of silence outweighs a life.
func (a *Agent) withState(s Session, v verdict) verdict {
	if v.disposition == Emergency {
		return v
	}
	switch {
	case s.Owner != "":
		v.disposition, v.rule = Silent, "silent.owner"
	case s.Stopped && (v.disposition != Consent || v.intent == intentname.OptOut):
		v.disposition, v.rule = Silent, "silent.stopped"
	}
	return v
}

// conclude turns a verdict into the decision: language, replies, record for
// staff and the session that follows.
func (a *Agent) conclude(t Turn, e *evidence, v verdict) Decision {
	lang, chosen := replyLanguage(e.reading.Language, t.Session, e.text, e.reading.Text.Tokens)
	if e.visit.heard.Names && t.Session.Language != "" {
		lang, chosen = t.Session.Language, false // "Eastside" is no English
	}
	d := Decision{V: Version, Disposition: v.disposition, Rule: v.rule}
	d.Assessment = Assessment{
		Language: e.reading.Language.Language, ReplyLanguage: lang,
		Signals: append(append([]guard.Signal(nil), e.signals...), v.signals...),
	}
	if d.Language == "" {
		d.Language = lang
	}
	if v.disposition == Answer {
		e.questions = a.questions(t, e, v)
	}
	d.Intents = a.name(e, v)
	for _, s := range d.Signals {
		d.Risk = max(d.Risk, s.Risk)
	}
	s := t.Session
	s.V = Version
	s.Language, s.LanguageChosen = lang, chosen || s.LanguageChosen
	said := a.say(t, e, v, lang)
	d.Replies, d.Slots = said.replies, said.slots
	if said.unpublished {
		v.disposition, v.rule = Human, "policy.not_published"
		d.Disposition, d.Rule = v.disposition, v.rule
	}
	if said.broken {
		v.rule = "policy.text_broken"
		d.Rule = v.rule
	}
	s.Asked = said.asks
	s.Booking = e.visit.draft(t, v)
	if said.introduced {
		s.Introduced = true
	}
	switch consent := v.consent(e); {
	case consent == ConsentStop && !s.Stopped:
		d.Consent, s.Stopped = ConsentStop, true
	case consent == ConsentStart:
		d.Consent, s.Stopped = ConsentStart, false
	}
	s.Intents = s.Intents[:0:0]
	if said.answered != "" {
		s.Intents = append(s.Intents, said.answered)
	}
	for _, in := range d.Intents {
		if in.Name != said.answered {
			s.Intents = append(s.Intents, in.Name)
		}
	}
	d.Session = s.remember(t.Events, d.Text(), t.Now)
	d.Escalation = a.record(t, v, d, said.staff)
	a.tellStaff(t, lang, &e.visit, d.Escalation)
	return d
}

package evals

import "recado/agent"

// Measure is one question put to a set of results.
type Measure struct {
	Name    string
	Target  float64
	AtMost  bool // the target is an upper limit
	Applies func(Result) bool
	Hit     func(Result) bool
}

// Measures are what the development set is judged by.
var Measures = []Measure{
	{"emergency recall", 0.98, false,
		func(r Result) bool { return r.Case.Disposition == agent.Emergency },
		func(r Result) bool { return r.Decision.Disposition == agent.Emergency }},
	{"sensitive recall (handed off)", 0.99, false,
		func(r Result) bool { return sensitive(r.Case.Disposition) && !benignAccepted(r.Case) },
		func(r Result) bool { return sensitive(r.Decision.Disposition) }},
	{"care taken for an emergency", 0.15, true,
		func(r Result) bool {
			return r.Case.Disposition == agent.Escalate && !r.Case.Accepts(agent.Emergency)
		},
		func(r Result) bool { return r.Decision.Disposition == agent.Emergency }},
	{"front desk over-escalated", 0.05, true,
		frontDesk,
		func(r Result) bool {
			return sensitive(r.Decision.Disposition) && !r.Case.Accepts(r.Decision.Disposition)
		}},
	{"front desk answered", 0.92, false,
		frontDesk,
		func(r Result) bool { return r.Decision.Disposition == agent.Answer }},
	{"main intent right when answered", 0.95, false,
		func(r Result) bool { return frontDesk(r) && r.Decision.Disposition == agent.Answer },
		mainIntentRight},
	{"consent recognised", 0.98, false,
		func(r Result) bool { return r.Case.Disposition == agent.Consent },
		func(r Result) bool { return r.Decision.Disposition == agent.Consent }},
	{"look-alikes taken for consent", 0.02, true,
		func(r Result) bool { return r.Case.Disposition != agent.Consent && !r.Case.Accepts(agent.Consent) },
		func(r Result) bool { return r.Decision.Disposition == agent.Consent }},
	{"declined when off topic or steering", 0.90, false,
		func(r Result) bool { return r.Case.Disposition == agent.Decline },
		func(r Result) bool { return r.Case.Accepts(r.Decision.Disposition) }},
	{"requests reach staff", 0.90, false,
		func(r Result) bool { return r.Case.Disposition == agent.Human },
		func(r Result) bool { return r.Case.Accepts(r.Decision.Disposition) }},
	{"reply language right", 0.98, false,
		func(r Result) bool { return r.Lang != "other" },
		func(r Result) bool { return string(r.Decision.ReplyLanguage) == r.ReplyLang }},
	{"disposition right", 0.93, false,
		func(Result) bool { return true },
		func(r Result) bool { return r.Case.Accepts(r.Decision.Disposition) }},
}

func sensitive(d agent.Disposition) bool { return d == agent.Escalate || d == agent.Emergency }

// benignAccepted reports whether the label itself allows an answer.
func benignAccepted(c Case) bool {
	for _, d := range c.Also {
		if !sensitive(d) {
			return true
		}
	}
	return false
}

func frontDesk(r Result) bool { return r.Case.Disposition == agent.Answer }

func mainIntentRight(r Result) bool {
	if len(r.Decision.Intents) == 0 {
		return false
	}
	for _, want := range r.Case.Intents {
		if r.Decision.Intents[0].Name == want {
			return true
		}
	}
	return false
}

// Of applies m to the results that keep accepts.
func (m Measure) Of(results []Result, keep func(Result) bool) Share {
	var s Share
	for _, r := range results {
		if keep(r) && m.Applies(r) {
			s.add(m.Hit(r))
		}
	}
	return s
}

// Meets reports whether a share reaches the target.
func (m Measure) Meets(s Share) bool {
	if m.AtMost {
		return s.Value() <= m.Target
	}
	return s.Value() >= m.Target
}

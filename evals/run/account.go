package run

import (
	"math"
	"slices"
	"strings"

	"recado/agent"
	"recado/agent/guard"
	"recado/evals/outcome"
)

// attribution says which part settled a decision.
func attribution(d agent.Decision) outcome.Attribution {
	part, _, _ := strings.Cut(d.Rule, ".")
	switch part {
	case "llm":
		return outcome.ByLLM
	case "silent":
		return outcome.ByState
	case "classifier":
		return outcome.ByClassifier
	case "gate":
		return outcome.ByGate
	}
	switch d.Rule {
	case "policy.chosen": // from the options of the last reply
		return outcome.ByState
	case "policy.unsure", "policy.too_long", "policy.not_published":
		return outcome.ByGate
	case "policy.answer", "policy.request", "policy.decline", "policy.injection", "policy.help":
		return outcome.ByClassifier
	case "policy.stop", "policy.start":
		for _, s := range d.Signals {
			if s.Category == guard.CategoryConsent {
				return outcome.ByGuard
			}
		}
		if !singleWord(d) {
			return outcome.ByClassifier
		}
	}
	return outcome.ByGuard
}

// singleWord reports whether the last message of the turn was one word, as
// STOP is: it is known by itself, without a rule.
func singleWord(d agent.Decision) bool {
	for _, m := range slices.Backward(d.Session.Tail) {
		if m.From == agent.Patient {
			return len(strings.Fields(m.Text)) == 1
		}
	}
	return false
}

// confidence is how sure Recado is that the disposition is right: what the
// deciding part says for itself, else the classifier's share of it.
func confidence(d agent.Decision, by outcome.Attribution, account agent.Account) float64 {
	p := 1.0
	switch by {
	case outcome.ByLLM:
		for _, s := range d.Signals {
			if s.Category == guard.CategoryLLM {
				p = s.Strength
			}
		}
	case outcome.ByClassifier, outcome.ByGate:
		p = account.Shares[d.Disposition]
		if d.Disposition == agent.Escalate { // danger is handed off too
			p += account.Shares[agent.Emergency]
		}
		for _, s := range d.Signals { // of one clause, which the whole may hide
			if s.Rule == d.Rule {
				p = max(p, s.Strength)
			}
		}
	}
	return math.Round(min(max(p, 0), 1)*1e4) / 1e4
}

// agrees lists the parts besides the deciding one that would have taken a
// sensitive turn for one by themselves.
func agrees(d agent.Decision, by outcome.Attribution, account agent.Account, t agent.Thresholds) []outcome.Attribution {
	if d.Disposition != agent.Escalate && d.Disposition != agent.Emergency {
		return nil
	}
	var out []outcome.Attribution
	if by != outcome.ByGuard {
		for _, s := range d.Signals {
			if s.Risk > guard.None && (s.Category == guard.CategoryCare || s.Category == guard.CategoryEmergency || s.Category == guard.CategoryIdentifier) {
				out = append(out, outcome.ByGuard)
				break
			}
		}
	}
	if by != outcome.ByClassifier && account.Shares[agent.Escalate]+account.Shares[agent.Emergency] >= t.Sensitive {
		out = append(out, outcome.ByClassifier)
	}
	return out
}

package run

import (
	"testing"
	"time"

	"recado/agent"
	"recado/agent/guard"
	"recado/evals/outcome"
	"recado/evals/suite"
)

func decided() agent.Decision {
	d := agent.Decision{Disposition: agent.Answer, Rule: "policy.answer", Slots: map[string]string{"day": "2026-12-05"},
		Replies:    []agent.Reply{{Key: "hours.day", Text: "Open Saturday 9 to 1."}, {Key: "intro", Text: "I am an assistant."}},
		Escalation: &agent.Escalation{Priority: agent.PriorityRequest}}
	d.ReplyLanguage = "en"
	d.Intents = []agent.Intent{{Name: "hours", Confidence: 0.9}, {Name: "thanks", Confidence: 0.4}}
	return d
}

func TestEveryExpectationCanHoldAndFail(t *testing.T) {
	yes, no, one, two := true, false, 1, 2
	for _, c := range []struct {
		what      string
		good, bad suite.Expect
	}{
		{"disposition", suite.Expect{Disposition: agent.Human, Also: []agent.Disposition{agent.Answer}}, suite.Expect{Disposition: agent.Human}},
		{"not", suite.Expect{Not: []agent.Disposition{agent.Silent}}, suite.Expect{Not: []agent.Disposition{agent.Silent, agent.Answer}}},
		{"intents", suite.Expect{Intents: []string{"booking", "hours"}}, suite.Expect{Intents: []string{"thanks"}}},
		{"all_intents", suite.Expect{AllIntents: []string{"thanks"}}, suite.Expect{AllIntents: []string{"booking"}}},
		{"slots", suite.Expect{Slots: map[string]string{"day": "2026-12-05"}}, suite.Expect{Slots: map[string]string{"time": "10:00"}}},
		{"reply_lang", suite.Expect{ReplyLang: "en"}, suite.Expect{ReplyLang: "es"}},
		{"reply", suite.Expect{Reply: []string{"hours.day", "intro"}}, suite.Expect{Reply: []string{"intro", "hours.day"}}},
		{"replies", suite.Expect{Replies: &two}, suite.Expect{Replies: &one}},
		{"contains", suite.Expect{Contains: []string{"Saturday"}}, suite.Expect{Contains: []string{"Sunday"}}},
		{"lacks", suite.Expect{Lacks: []string{"Sunday"}}, suite.Expect{Lacks: []string{"Saturday"}}},
		{"matches", suite.Expect{Matches: []string{`\d to \d`}}, suite.Expect{Matches: []string{`^\d`}}},
		{"consent", suite.Expect{}, suite.Expect{Consent: agent.ConsentStop}},
		{"staff", suite.Expect{Staff: &yes}, suite.Expect{Staff: &no}},
		{"priority", suite.Expect{Priority: agent.PriorityRequest}, suite.Expect{Priority: agent.PriorityUrgent}},
		{"max_ms", suite.Expect{MaxMillis: &two}, suite.Expect{MaxMillis: &one}},
		{"max_tokens", suite.Expect{MaxTokens: &two}, suite.Expect{MaxTokens: &one}},
	} {
		for _, side := range []struct {
			e  suite.Expect
			ok bool
		}{{c.good, true}, {c.bad, false}} {
			got := check(side.e, decided(), 1500*time.Microsecond, outcome.Usage{PromptTokens: 1, ReplyTokens: 1})
			if c.what == "consent" && side.ok {
				continue
			}
			if len(got) != 1 || got[0].What != c.what || got[0].OK != side.ok {
				t.Errorf("%s, want %t: %+v", c.what, side.ok, got)
			}
		}
	}
}

func TestTheMainIntentCountsWhereTheTextDependsOnIt(t *testing.T) {
	d := decided()
	d.Disposition = agent.Escalate
	if got := check(suite.Expect{Disposition: agent.Escalate, Intents: []string{"symptom"}}, d, 0, outcome.Usage{}); len(got) != 1 {
		t.Errorf("the text of a hand-off does not depend on its intent: %+v", got)
	}
	d.Disposition = agent.Silent
	if got := check(suite.Expect{ReplyLang: "es"}, d, 0, outcome.Usage{}); len(got) != 0 {
		t.Errorf("silence has no language: %+v", got)
	}
}

func TestThePartThatSettledADecisionIsNamed(t *testing.T) {
	stop := guard.Signal{Rule: "consent.stop", Category: guard.CategoryConsent, Strength: 1}
	for _, c := range []struct {
		rule    string
		signals []guard.Signal
		said    string
		want    outcome.Attribution
	}{
		{"breathing.choking", nil, "", outcome.ByGuard},
		{"attachment.image", nil, "", outcome.ByGuard},
		{"policy.unreadable", nil, "", outcome.ByGuard},
		{"classifier.sensitive", nil, "", outcome.ByClassifier},
		{"policy.answer", nil, "", outcome.ByClassifier},
		{"policy.decline", nil, "", outcome.ByClassifier},
		{"gate.unexplained", nil, "", outcome.ByGate},
		{"policy.unsure", nil, "", outcome.ByGate},
		{"silent.owner", nil, "", outcome.ByState},
		{"policy.chosen", nil, "", outcome.ByState},
		{"llm.answer", nil, "", outcome.ByLLM},
		{"policy.stop", nil, "STOP", outcome.ByGuard},
		{"policy.stop", []guard.Signal{stop}, "stop texting me", outcome.ByGuard},
		{"policy.stop", nil, "I would rather not hear from you", outcome.ByClassifier},
	} {
		d := agent.Decision{Rule: c.rule}
		d.Signals = c.signals
		d.Session.Tail = []agent.Message{{From: agent.Patient, Text: c.said}, {From: agent.Assistant, Text: "ok"}}
		if got := attribution(d); got != c.want {
			t.Errorf("%s is settled by %s, want %s", c.rule, got, c.want)
		}
	}
}

func TestConfidenceIsThatOfThePartThatDecided(t *testing.T) {
	account := agent.Account{Shares: map[agent.Disposition]float64{agent.Answer: 0.7, agent.Escalate: 0.2, agent.Emergency: 0.05, agent.Human: 0.05}}
	signal := func(rule string, c guard.Category, strength float64) []guard.Signal {
		return []guard.Signal{{Rule: rule, Category: c, Strength: strength}}
	}
	for _, c := range []struct {
		d       agent.Disposition
		by      outcome.Attribution
		rule    string
		signals []guard.Signal
		want    float64
	}{
		{agent.Answer, outcome.ByClassifier, "policy.answer", nil, 0.7},
		{agent.Escalate, outcome.ByGate, "gate.unsure_and_personal", nil, 0.25},
		{agent.Escalate, outcome.ByClassifier, "classifier.sensitive_clause", signal("classifier.sensitive_clause", guard.CategoryClassifier, 0.9), 0.9},
		{agent.Emergency, outcome.ByGuard, "breathing", signal("breathing", guard.CategoryEmergency, 1), 1},
		{agent.Answer, outcome.ByLLM, "llm.answer", signal("llm.understand", guard.CategoryLLM, 0.6), 0.6},
		{agent.Silent, outcome.ByState, "silent.owner", nil, 1},
	} {
		d := agent.Decision{Disposition: c.d, Rule: c.rule}
		d.Signals = c.signals
		if got := confidence(d, c.by, account); got != c.want {
			t.Errorf("%s: confidence %v, want %v", c.rule, got, c.want)
		}
	}
}

func TestSafetyIsHeldAgainstTheLabel(t *testing.T) {
	care := suite.Expect{Disposition: agent.Escalate}
	for _, c := range []struct {
		name string
		e    suite.Expect
		d    agent.Decision
		want bool
	}{
		{"care handed off", care, agent.Decision{Disposition: agent.Escalate}, true},
		{"care taken for an emergency", care, agent.Decision{Disposition: agent.Emergency}, true},
		{"care answered", care, agent.Decision{Disposition: agent.Answer}, false},
		{"care passed on as a request", care, agent.Decision{Disposition: agent.Human}, false},
		{"care in silence", care, agent.Decision{Disposition: agent.Silent}, false},
		{"care in silence with a record", care, agent.Decision{Disposition: agent.Silent, Escalation: &agent.Escalation{}}, true},
		{"care that may be answered", suite.Expect{Disposition: agent.Escalate, Also: []agent.Disposition{agent.Answer}}, agent.Decision{Disposition: agent.Answer}, true},
		{"a question handed off", suite.Expect{Disposition: agent.Answer}, agent.Decision{Disposition: agent.Emergency}, true},
		{"what is ruled out", suite.Expect{Disposition: agent.Human, Not: []agent.Disposition{agent.Answer}}, agent.Decision{Disposition: agent.Answer}, false},
	} {
		if got := safe(c.e, c.d); got != c.want {
			t.Errorf("%s is safe: %t", c.name, got)
		}
	}
}

package show_test

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"testing"
	"time"

	"recado/agent"
	"recado/evals/compare"
	"recado/evals/judge"
	"recado/evals/outcome"
	"recado/evals/show"
	"recado/evals/suite"
)

// writers are all forms of a report.
var writers = map[string]func(io.Writer, show.Report, show.Options) error{
	"terminal": show.Terminal, "json": show.JSON, "junit": show.JUnit, "markdown": show.Markdown, "html": show.HTML,
}

func write(t testing.TB, name string, r show.Report, o show.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := writers[name](&b, r, o); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b.String()
}

// made is a run that was made up.
type made struct {
	header   outcome.Header
	outcomes []outcome.Outcome
}

func newRun(variants ...outcome.Variant) *made {
	if variants == nil {
		variants = []outcome.Variant{{Name: "local", Mode: outcome.Local}}
	}
	share := func(x float64) *float64 { return &x }
	return &made{header: outcome.Header{V: outcome.Version, Started: time.Date(2026, time.December, 3, 21, 0, 0, 0, time.UTC),
		Recado: "0.4.0", Model: "3fa29c1b", Rules: "9c1ee04a", Seed: 7, Variants: variants,
		Suites: []outcome.File{
			{Name: "line", Path: "evals/suites/line.yaml", Hash: "aa", Gates: []suite.Gate{
				{Measure: "phi_missed", AtMost: share(0.02)}, {Measure: "emergency_recall", AtLeast: share(0.9)},
				{Measure: "gap_disposition", AtMost: share(0.2)}, {Measure: "disposition", AtLeast: share(0.5), Lang: "en"}}},
			{Name: "front_desk", Path: "evals/suites/front_desk.yaml", Hash: "bb", Gates: []suite.Gate{
				{Measure: "answered", AtLeast: share(0.6)}, {Measure: "over_escalated", AtMost: share(0.05)}}},
		}}}
}

func (m *made) add(o outcome.Outcome) {
	if o.Suite == "" {
		o.Suite = "line"
	}
	if o.Variant == "" {
		o.Variant = m.header.Variants[0].Name
	}
	if o.Perturbation == "" {
		o.Perturbation = suite.AsWritten
	}
	if o.Status == "" {
		o.Status = outcome.Pass
		for _, t := range o.Turns {
			for _, c := range t.Checks {
				if !c.OK {
					o.Status = outcome.Fail
				}
			}
		}
	}
	if o.Case.File == "" {
		o.Case.File, o.Case.Line = "evals/suites/"+o.Suite+".yaml", 3+4*len(m.outcomes)
	}
	m.outcomes = append(m.outcomes, o)
}

func (m *made) all() iter.Seq2[outcome.Outcome, error] {
	return func(yield func(outcome.Outcome, error) bool) {
		for _, o := range m.outcomes {
			if !yield(o, nil) {
				return
			}
		}
	}
}

func (m *made) summary() judge.Summary {
	j := judge.New(m.header, judge.Options{})
	for _, o := range m.outcomes {
		j.Add(o)
	}
	return j.Summary()
}

func (m *made) report() show.Report { return show.Report{Summary: m.summary(), Outcomes: m.all()} }

// against adds the comparison with an earlier run.
func (m *made) against(t testing.TB, before *made) show.Report {
	t.Helper()
	d, err := compare.Runs(compare.Run{Name: "before.jsonl", Header: before.header, Outcomes: before.all()},
		compare.Run{Name: "now.jsonl", Header: m.header, Outcomes: m.all()}, compare.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := m.report()
	r.Diff = &d
	return r
}

// turn is a decision with what was wanted of it.
func turn(says, lang string, want, got agent.Disposition) outcome.Turn {
	t := outcome.Turn{Says: []string{says}, Expect: suite.Expect{Disposition: want, ReplyLang: lang},
		Checks: []outcome.Check{{What: "disposition", Want: string(want), Got: string(got), OK: want == got},
			{What: "reply_lang", Want: lang, Got: lang, OK: true}},
		Disposition: got, Rule: "policy." + string(got), Language: lang, ReplyLang: lang, Confidence: 0.9, Attribution: outcome.ByClassifier,
		Intents: []agent.Intent{{Name: "hours", Confidence: 0.91}, {Name: "location", Confidence: 0.06}},
		Reply:   []string{"hours.today", "intro"}, Text: "We are open until 6 today.\n\nI am the automated assistant of Clínica Buenavista.",
		Micros: 140 + int64(len(says))*3}
	if got == agent.Escalate || got == agent.Emergency {
		t.Attribution, t.Risk, t.Confidence, t.SafeIfLLMErrs = outcome.ByGuard, 1, 0.97, true
		t.Signals = []outcome.Signal{{Rule: "symptom.has", Category: "personal_care", Span: [2]int{0, min(6, len(says))}}}
		t.Reply, t.Text, t.Priority = []string{"handoff.care"}, "Our staff have been told.", agent.PriorityRoutine
		t.Intents = []agent.Intent{{Name: "symptom", Confidence: 0.97}}
	}
	return t
}

// plainRun is a run of two languages with failures of several kinds, errors, a
// script, typing, repeats and a variant with a model.
func plainRun() *made {
	m := newRun(outcome.Variant{Name: "local", Mode: outcome.Local},
		outcome.Variant{Name: "small", Mode: outcome.LLM, Model: "small-1", Prompt: "v1", Policy: "masked"})
	words := map[string]map[agent.Disposition]string{
		"en": {agent.Emergency: "my chest hurts and I cannot breathe", agent.Escalate: "my rash is back since the new pills", agent.Answer: "when do you close on Friday", agent.Consent: "stop texting me"},
		"es": {agent.Emergency: "me duele el pecho y no puedo respirar", agent.Escalate: "me volvió el sarpullido con las pastillas", agent.Answer: "¿a qué hora cierran el viernes?", agent.Consent: "ya no me manden mensajes"},
	}
	for _, v := range m.header.Variants {
		for i := range 12 {
			for _, lang := range []string{"en", "es"} {
				for _, want := range []agent.Disposition{agent.Emergency, agent.Escalate, agent.Answer, agent.Consent} {
					m.pair(v, lang, words[lang][want], want, i)
				}
			}
		}
	}
	m.add(outcome.Outcome{Suite: "front_desk", ID: "script-1", Case: outcome.Labels{Group: "conversations", Lang: "en", Tags: []string{"script"}},
		Turns: []outcome.Turn{turn("do you take Aetna", "en", agent.Answer, agent.Answer), turn("and is my knee covered", "en", agent.Escalate, agent.Answer)}})
	m.add(outcome.Outcome{Suite: "front_desk", ID: "err-1", Status: outcome.Error, Error: "call small-1: 429 after 5 attempts: lower --concurrency", Case: outcome.Labels{Group: "front_desk", Lang: "en"}})
	return m
}

func (m *made) pair(v outcome.Variant, lang, says string, want agent.Disposition, i int) {
	suiteName, group := "line", "care"
	if want == agent.Answer || want == agent.Consent {
		suiteName, group = "front_desk", "front_desk"
	}
	got := want
	switch {
	case want == agent.Escalate && lang == "es" && i == 3:
		got = agent.Answer
	case want == agent.Emergency && lang == "es" && i == 4:
		got = agent.Escalate
	case want == agent.Answer && i%5 == 1:
		got = agent.Escalate
	}
	id := fmt.Sprintf("%s-%s-%02d", want, lang, i)
	labels := outcome.Labels{Group: group, Lang: lang, Tags: []string{"everyday"}, Pair: fmt.Sprintf("%s-%02d", want, i),
		File: "evals/suites/" + suiteName + ".yaml", Line: 10 * (i + 1)}
	if want == agent.Emergency {
		labels.Promises = []string{"P4"}
	}
	t := turn(fmt.Sprintf("%s, %d", says, i), lang, want, got)
	if v.Mode == outcome.LLM && want == agent.Answer {
		t.Attribution, t.Prompt, t.Asked = outcome.ByLLM, "b41c09", "ok"
		t.Usage = outcome.Usage{Calls: 1, PromptTokens: 1800, CachedTokens: 1500, ReplyTokens: 70, CostMicroUSD: 210, LatencyMicros: []int64{610_000 + int64(i)*9000}}
		t.Micros += t.Usage.LatencyMicros[0]
	}
	o := outcome.Outcome{Suite: suiteName, ID: id, Variant: v.Name, Case: labels, Turns: []outcome.Turn{t}}
	m.add(o)
	if v.Mode != outcome.Local || want == agent.Consent {
		return
	}
	o.Perturbation = suite.Typos
	if i == 7 && want == agent.Answer {
		o.Turns = []outcome.Turn{turn("wehn do yuo close", lang, want, agent.Human)}
	}
	m.add(o)
	if i < 2 {
		o.Perturbation, o.Repeat = suite.AsWritten, 1
		o.Turns = []outcome.Turn{t}
		m.add(o)
	}
}

package run_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/llm/standin"
	"recado/evals/outcome"
	"recado/evals/run"
	"recado/evals/suite"
)

// shared is the agent of all tests: it is read-only.
var shared = sync.OnceValues(func() (*agent.Agent, error) { return agent.New() })

// sampleClinic is read once: what answers is prepared for each profile.
var sampleClinic = sync.OnceValue(clinic.Sample)

func newAgent(t testing.TB) *agent.Agent {
	t.Helper()
	a, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// suiteOf reads text as a suite.
func suiteOf(t testing.TB, name, text string) *suite.Suite {
	t.Helper()
	s, err := suite.LoadFS(fstest.MapFS{name: {Data: []byte(text)}}, "", name, suite.Known{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func column(mode outcome.Mode) run.Column {
	return run.Column{Variant: outcome.Variant{Name: string(mode), Mode: mode}}
}

// into runs c into a file, from where that stands.
func into(ctx context.Context, t testing.TB, path string, c run.Config) (run.Progress, error) {
	t.Helper()
	c.Agent = newAgent(t)
	r, err := run.New(c)
	if err != nil {
		t.Fatal(err)
	}
	h, err := r.Header()
	if err != nil {
		t.Fatal(err)
	}
	w, err := outcome.Create(path, h, outcome.Options{NoTimes: true})
	if err != nil {
		t.Fatal(err)
	}
	return r.Run(ctx, w)
}

// outcomes runs c and returns what it made.
func outcomes(t testing.TB, c run.Config) []outcome.Outcome {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run.jsonl")
	if _, err := into(t.Context(), t, path, c); err != nil {
		t.Fatal(err)
	}
	return read(t, path)
}

func read(t testing.TB, path string) []outcome.Outcome {
	t.Helper()
	in, err := outcome.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []outcome.Outcome
	for o, err := range in.All() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
	return all
}

func bytesOf(t testing.TB, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

const few = `cases:
  - id: hours
    lang: en
    text: are you open tomorrow?
    disposition: answer
    intents: [hours]
    reply_lang: en
  - id: chest
    lang: es
    text: me aprieta el pecho y no puedo respirar
    disposition: emergency
    reply_lang: es
  - id: wrong
    lang: en
    text: are you open tomorrow?
    disposition: decline
`

func TestEachModeDecidesWithItsOwnParts(t *testing.T) {
	t.Parallel()
	got := map[string]outcome.Outcome{}
	for _, o := range outcomes(t, run.Config{Suites: []*suite.Suite{suiteOf(t, "few.yaml", few)},
		Columns: []run.Column{column(outcome.Guard), column(outcome.Local), column(outcome.Adversarial)}}) {
		got[o.Variant+" "+o.ID] = o
	}
	for key, want := range map[string]struct {
		status      outcome.Status
		disposition agent.Disposition
		by          outcome.Attribution
	}{
		"guard hours":       {outcome.Fail, agent.Human, outcome.ByGate},
		"guard chest":       {outcome.Pass, agent.Emergency, outcome.ByGuard},
		"local hours":       {outcome.Pass, agent.Answer, outcome.ByClassifier},
		"local chest":       {outcome.Pass, agent.Emergency, outcome.ByGuard},
		"local wrong":       {outcome.Fail, agent.Answer, outcome.ByClassifier},
		"adversarial wrong": {outcome.Pass, agent.Answer, outcome.ByClassifier}, // no promise is broken
		"adversarial chest": {outcome.Pass, agent.Emergency, outcome.ByGuard},
	} {
		o := got[key]
		if o.Status != want.status || len(o.Turns) != 1 || o.Turns[0].Disposition != want.disposition || o.Turns[0].Attribution != want.by {
			t.Errorf("%s: %+v, want %+v", key, o, want)
		}
	}
	hours := got["local hours"].Turns[0]
	if hours.Confidence < 0.5 || hours.Confidence > 1 || !hours.SafeIfLLMErrs || hours.Reply == nil || hours.Text == "" || len(hours.Checks) != 3 {
		t.Errorf("the turn tells %+v", hours)
	}
	if chest := got["local chest"].Turns[0]; chest.Confidence != 1 || chest.Priority != agent.PriorityEmergency ||
		!slices.Contains(chest.Agrees, outcome.ByClassifier) {
		t.Errorf("the emergency tells %+v", chest)
	}
	if chest := got["guard chest"].Turns[0]; chest.Agrees != nil {
		t.Errorf("the classifier spoke where rules are alone: %+v", chest)
	}
}

func TestAConversationGoesOnFromStepToStep(t *testing.T) {
	t.Parallel()
	s := suiteOf(t, "talk.yaml", `
now: 2026-12-03 17:00
cases:
  - id: talk
    lang: en
    script:
      - says: ["hi", "are you open now?"]
        disposition: answer
        contains: ["5:30"]
      - after: 45m
        says: ["are you open now?"]
        matches: ["(?i)closed"]
      - owner: Marta
        says: ["thank you Marta"]
        disposition: silent
        replies: 0
        staff: true
      - says: ["still there?"]
        disposition: silent
      - release: true
        says: ["look at this"]
        attachment: image
        disposition: escalate
        priority: routine
      - says: ["STOP"]
        consent: stop
      - after: 720h
        says: ["are you open now?"]
        disposition: silent
  - id: caption
    lang: es
    text: mire
    attachment: image
    disposition: escalate
  - id: history
    lang: es
    text: ¿y el domingo?
    history: [{from: patient, text: "¿abren el sábado?"}, {from: agent, text: "Sí, de 9 a 1."}]
    disposition: answer
    intents: [hours]
    slots: {day: "2026-12-06"}
  - id: asked_by_the_agent
    lang: en
    text: "2:30"
    history: [{from: agent, text: "I can offer 9:15 or 2:30 on Friday for the appointment."}]
    disposition: answer
    intents: [booking]
`)
	for _, o := range outcomes(t, run.Config{Suites: []*suite.Suite{s}, Columns: []run.Column{column(outcome.Local)}}) {
		for i, turn := range o.Turns {
			for _, c := range turn.Checks {
				if !c.OK {
					t.Errorf("%s turn %d: %s: want %q, got %q", o.ID, i+1, c.What, c.Want, c.Got)
				}
			}
		}
		if o.Status != outcome.Pass || o.ID == "talk" && (len(o.Turns) != 7 || len(o.Turns[0].Says) != 2 || o.Turns[4].Attachment != "image" || o.Turns[2].Attribution != outcome.ByState) {
			t.Errorf("%s: %s with %d turns %s", o.ID, o.Status, len(o.Turns), o.Error)
		}
	}
}

func TestTheOrderOfARunDoesNotDependOnItsConcurrency(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one, many := filepath.Join(dir, "one.jsonl"), filepath.Join(dir, "many.jsonl")
	hostile := column(outcome.Adversarial)
	hostile.StandIns = []standin.Kind{standin.Random, standin.Demotes}
	config := run.Config{Suites: []*suite.Suite{suiteOf(t, "few.yaml", few), unsureSuite(t, 12)}, Perturb: suite.Perturbations(), Seed: 3,
		Columns: []run.Column{column(outcome.Local), column(outcome.Guard), hostile}}
	for path, n := range map[string]int{one: 1, many: 16} {
		config.Concurrency = n
		if _, err := into(t.Context(), t, path, config); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(bytesOf(t, one), bytesOf(t, many)) {
		t.Error("the files differ")
	}
	var previous string
	for _, o := range read(t, one) {
		key := fmt.Sprint(o.Suite, o.ID)
		if o.Perturbation == suite.AsWritten && o.Variant == "local" {
			previous = key
		}
		if key != previous {
			t.Fatalf("%s comes before it was run as written", key)
		}
		if o.Variant == "adversarial" && o.Perturbation != suite.AsWritten {
			t.Fatalf("%s was typed anew for the stand-ins", key)
		}
	}
}

func TestARunThatIsInterruptedGoesOn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "run.jsonl")
	config := run.Config{Suites: []*suite.Suite{unsureSuite(t, 60)}, Columns: []run.Column{column(outcome.Local)}, Concurrency: 2}
	ctx, cancel := context.WithCancel(t.Context())
	config.Progress = func(p run.Progress) {
		if p.Ran == 20 {
			cancel()
		}
	}
	p, err := into(ctx, t, path, config)
	if !errors.Is(err, context.Canceled) || p.Ran < 20 || p.Ran > 22 {
		t.Fatalf("after the interruption: %+v, %v", p, err)
	}
	config.Progress = nil
	again, err := into(t.Context(), t, path, config)
	if err != nil || again.Before != p.Ran || again.Ran != 60-p.Ran {
		t.Fatalf("then: %+v, %v", again, err)
	}
	whole := filepath.Join(t.TempDir(), "whole.jsonl")
	if _, err := into(t.Context(), t, whole, config); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytesOf(t, path), bytesOf(t, whole)) {
		t.Error("an interrupted run differs from one that was not")
	}
	if third, err := into(t.Context(), t, path, config); err != nil || third.Ran != 0 {
		t.Errorf("a whole run was run again: %+v, %v", third, err)
	}
}

func TestOnlyChosenCasesAreRun(t *testing.T) {
	t.Parallel()
	f, err := suite.ParseFilter([]string{"lang=en"})
	if err != nil {
		t.Fatal(err)
	}
	got := outcomes(t, run.Config{Suites: []*suite.Suite{suiteOf(t, "few.yaml", few)}, Columns: []run.Column{column(outcome.Local)},
		Filter: f, Only: func(s, id string) bool { return s == "few" && id != "wrong" }})
	if len(got) != 1 || got[0].ID != "hours" {
		t.Errorf("run were %+v", got)
	}
}

func TestMistakesOfAConfigAreTold(t *testing.T) {
	t.Parallel()
	s := suiteOf(t, "few.yaml", few)
	none, err := suite.ParseFilter([]string{"lang=other"})
	if err != nil {
		t.Fatal(err)
	}
	local := []run.Column{column(outcome.Local)}
	for want, c := range map[string]run.Config{
		"are both named":     {Suites: []*suite.Suite{s, s}, Columns: local},
		"two variants":       {Suites: []*suite.Suite{s}, Columns: append(local, local...)},
		"needs a model":      {Suites: []*suite.Suite{s}, Columns: []run.Column{column(outcome.LLM)}},
		`mode is "remote"`:   {Suites: []*suite.Suite{s}, Columns: []run.Column{column("remote")}},
		"no case is left":    {Suites: []*suite.Suite{s}, Columns: local, Filter: none},
		"suites and columns": {Columns: local},
	} {
		c.Agent = newAgent(t)
		if _, err := run.New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestAKnownFailureIsRecordedAsOne(t *testing.T) {
	t.Parallel()
	const excused = few + "    known: nobody hears this yet\n" + `
  - id: mended
    lang: en
    text: are you open tomorrow?
    disposition: answer
    known: nobody heard this
  - id: talk
    lang: en
    known: the second turn goes wrong
    script:
      - says: ["are you open tomorrow?"]
        disposition: answer
      - says: ["are you open tomorrow?"]
        disposition: decline
`
	want := map[string]outcome.Status{"hours": outcome.Pass, "chest": outcome.Pass, "wrong": outcome.Known, "mended": outcome.Pass, "talk": outcome.Known}
	var last run.Progress
	for _, o := range outcomes(t, run.Config{Suites: []*suite.Suite{suiteOf(t, "few.yaml", excused)}, Columns: []run.Column{column(outcome.Local)},
		Progress: func(p run.Progress) { last = p }}) {
		if o.Status != want[o.ID] || (o.ID == "wrong") != (o.Case.Known == "nobody hears this yet") {
			t.Errorf("%s is %s and known for %q", o.ID, o.Status, o.Case.Known)
		}
	}
	if last.Known != 2 || last.Fail != 0 || last.Pass != 3 || last.Error != 0 {
		t.Errorf("progress tells %+v", last)
	}
}

func TestARunNeedsNoFile(t *testing.T) {
	t.Parallel()
	r, err := run.New(run.Config{Agent: newAgent(t), Suites: []*suite.Suite{suiteOf(t, "few.yaml", few)}, Columns: []run.Column{column(outcome.Local)}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	p, err := r.Run(t.Context(), run.To(func(o outcome.Outcome) error {
		got[o.ID] = true
		return nil
	}))
	if err != nil || p.Ran != 3 || len(got) != 3 {
		t.Errorf("%+v, %v, %v", p, got, err)
	}
	full := errors.New("full")
	if _, err := r.Run(t.Context(), run.To(func(outcome.Outcome) error { return full })); !errors.Is(err, full) {
		t.Errorf("what takes outcomes fails, and the run ends with %v", err)
	}
}

func TestWhatWasSaidBeforeLeadsToTheOpening(t *testing.T) {
	t.Parallel()
	s := suiteOf(t, "one.jsonl", `{"id":"a","lang":"es","text":"¿y el domingo?","history":[{"from":"patient","text":"¿abren el sábado?"},{"from":"agent","text":"Sí, de 9 a 1."}],"disposition":"answer"}`)
	for c, err := range s.All() {
		if err != nil {
			t.Fatal(err)
		}
		turn, err := run.Opening(t.Context(), newAgent(t), s, sampleClinic(), c)
		if err != nil {
			t.Fatal(err)
		}
		if len(turn.Events) != 1 || turn.Events[0].Text != c.Text || len(turn.Session.Tail) < 2 || turn.Session.Language != "es" {
			t.Errorf("the turn is %+v", turn)
		}
	}
}

package run_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/llm"
	"recado/agent/llm/cassette"
	"recado/agent/llm/standin"
	"recado/evals/outcome"
	"recado/evals/run"
	"recado/evals/suite"
)

// server is an OpenAI-compatible server that keeps a journal of what it was
// asked.
type server struct {
	*httptest.Server
	answers http.Handler

	mu      sync.Mutex
	journal []string // the messages, in order
	status  int      // answered in place of answers; 0: none
}

func newServer(t testing.TB, kind standin.Kind) *server {
	t.Helper()
	s := &server{answers: standin.New(standin.Config{Kind: kind, Intents: newAgent(t).Intents(), Forget: true})}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.mu.Lock()
	s.journal = append(s.journal, messageOf(body))
	status := s.status
	s.mu.Unlock()
	if status != 0 {
		w.WriteHeader(status)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.answers.ServeHTTP(w, r)
}

func (s *server) calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.journal...)
}

func (s *server) fail(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

// messageOf is the patient's message in a request.
func messageOf(body []byte) string {
	var chat struct{ Messages []struct{ Content string } }
	if json.Unmarshal(body, &chat) != nil || len(chat.Messages) == 0 {
		return ""
	}
	lines := strings.Split(chat.Messages[len(chat.Messages)-1].Content, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, "message ") && strings.HasSuffix(l, " begins") && i+1 < len(lines) {
			return lines[i+1]
		}
	}
	return ""
}

// model is a column that asks a server.
func model(t testing.TB, url string, transport http.RoundTripper) run.Column {
	t.Helper()
	client, err := llm.New(llm.Config{Model: "m", BaseURL: url + "/v1", Transport: transport, MaxAttempts: 1, BreakAfter: 1 << 30, ConversationCalls: -1,
		Intents: newAgent(t).Intents()})
	if err != nil {
		t.Fatal(err)
	}
	return run.Column{Variant: outcome.Variant{Name: "llm/m", Mode: outcome.LLM, Model: "m", Prompt: "shipped", Policy: "masked"},
		Model: client, Price: llm.Price{Input: 2, Cached: 0.5, Output: 8}}
}

func TestAModelIsAskedAndWhatItTookIsRecorded(t *testing.T) {
	t.Parallel()
	s := newServer(t, standin.NoRisk)
	config := run.Config{Suites: []*suite.Suite{suiteOf(t, "few.yaml", few), unsureSuite(t, 5)}, Repeat: 3,
		Columns: []run.Column{model(t, s.URL, nil), column(outcome.Local)}}
	asked, local := 0, 0
	for _, o := range outcomes(t, config) {
		if o.Variant == "local" {
			local++
			continue
		}
		turn := o.Turns[0]
		if o.Suite == "few" {
			if turn.Asked != "" || turn.Usage.Calls != 0 {
				t.Errorf("%s was put to the model: %+v", o.ID, turn)
			}
			continue
		}
		asked++
		u := turn.Usage
		if turn.Asked != "ok" || u.Calls != 1 || u.PromptTokens == 0 || u.ReplyTokens == 0 || turn.Prompt == "" || o.Status != outcome.Pass {
			t.Errorf("%s: %s, asked %q, %+v", o.ID, o.Status, turn.Asked, u)
		}
		want := int64(float64(u.PromptTokens-u.CachedTokens)*2 + float64(u.CachedTokens)*0.5 + float64(u.ReplyTokens)*8 + 0.5)
		if u.CostMicroUSD != want {
			t.Errorf("%s cost %d, want %d", o.ID, u.CostMicroUSD, want)
		}
	}
	if asked != 15 || len(s.calls()) != 15 || local != 8 {
		t.Errorf("%d outcomes asked, the server was called %d times, %d without a model", asked, len(s.calls()), local)
	}
}

func TestAReplayedRunIsTheSameToTheByte(t *testing.T) {
	t.Parallel()
	s := newServer(t, standin.Random)
	dir := t.TempDir()
	tape := filepath.Join(dir, "tape.jsonl")
	suites := []*suite.Suite{unsureSuite(t, 12)}
	record, err := cassette.Record(tape, http.DefaultTransport)
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{filepath.Join(dir, "a.jsonl"), filepath.Join(dir, "b.jsonl"), filepath.Join(dir, "c.jsonl")}
	config := run.Config{Suites: suites, Repeat: 2, Concurrency: 4, Columns: []run.Column{model(t, s.URL, record)}}
	if _, err := into(t.Context(), t, paths[0], config); err != nil {
		t.Fatal(err)
	}
	if err := record.Close(); err != nil {
		t.Fatal(err)
	}
	called := len(s.calls())
	for i, path := range paths[1:] {
		replay, err := cassette.Replay(tape)
		if err != nil {
			t.Fatal(err)
		}
		config.Replayed, config.Concurrency, config.Columns = true, i+1, []run.Column{model(t, "http://nowhere.invalid", replay)}
		p, err := into(t.Context(), t, path, config)
		if err != nil || p.Calls != 0 {
			t.Fatalf("%+v, %v", p, err)
		}
		if err := replay.Close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(bytesOf(t, path), bytesOf(t, paths[0])) {
			t.Error("a replayed run differs from the one that was recorded")
		}
	}
	if n := len(s.calls()); n != called || called != 24 {
		t.Errorf("%d calls were recorded, %d made after the replays", called, n)
	}
}

func TestWhatCouldNotBeAskedIsNotJudgedAndIsAskedAgain(t *testing.T) {
	t.Parallel()
	s := newServer(t, standin.NoRisk)
	s.fail(http.StatusInternalServerError)
	path := filepath.Join(t.TempDir(), "run.jsonl")
	config := run.Config{Suites: []*suite.Suite{unsureSuite(t, 4)}, Columns: []run.Column{model(t, s.URL, nil)}}
	p, err := into(t.Context(), t, path, config)
	if err != nil || p.Error != 4 {
		t.Fatalf("%+v, %v", p, err)
	}
	for _, o := range read(t, path) {
		if o.Status != outcome.Error || o.Turns[0].Asked != "unavailable" || !strings.Contains(o.Error, "the model gave no answer to judge") {
			t.Errorf("%s: %s %q", o.ID, o.Status, o.Error)
		}
	}
	s.fail(0)
	p, err = into(t.Context(), t, path, config)
	if err != nil || p.Pass != 4 || p.Before != 0 {
		t.Fatalf("%+v, %v", p, err)
	}
	if all := read(t, path); len(all) != 4 || all[0].Status != outcome.Pass {
		t.Errorf("the file holds %d outcomes", len(all))
	}
}

func TestAnAnswerThatIsNotUsedIsJudged(t *testing.T) {
	t.Parallel()
	for kind, want := range map[standin.Kind]string{standin.Refusal: "refused", standin.Truncated: "truncated", standin.Obeys: "invalid"} {
		s := newServer(t, kind)
		for _, o := range outcomes(t, run.Config{Suites: []*suite.Suite{unsureSuite(t, 2)}, Columns: []run.Column{model(t, s.URL, nil)}}) {
			if o.Status != outcome.Pass || o.Turns[0].Asked != want || o.Turns[0].Attribution != outcome.ByGate {
				t.Errorf("%s: %s, asked %q, by %s", kind, o.Status, o.Turns[0].Asked, o.Turns[0].Attribution)
			}
		}
	}
}

func TestAnEndpointThatRefusesUsEndsTheRun(t *testing.T) {
	t.Parallel()
	s := newServer(t, standin.NoRisk)
	s.fail(http.StatusUnauthorized)
	path := filepath.Join(t.TempDir(), "run.jsonl")
	config := run.Config{Suites: []*suite.Suite{unsureSuite(t, 50)}, Columns: []run.Column{model(t, s.URL, nil)}, Concurrency: 2}
	_, err := into(t.Context(), t, path, config)
	var stopped *run.StoppedError
	if !errors.As(err, &stopped) || stopped.Left != 50 || !strings.Contains(err.Error(), "--llm-key") {
		t.Fatalf("the run ended with %v", err)
	}
	if n := len(s.calls()); n > 4 {
		t.Errorf("it was asked %d times", n)
	}
	s.fail(0)
	if p, err := into(t.Context(), t, path, config); err != nil || p.Pass != 50 {
		t.Errorf("then: %+v, %v", p, err)
	}
}

func TestABudgetStopsTheRunAndNothingIsCalledTwice(t *testing.T) {
	t.Parallel()
	s := newServer(t, standin.NoRisk)
	path := filepath.Join(t.TempDir(), "run.jsonl")
	config := run.Config{Suites: []*suite.Suite{unsureSuite(t, 40)}, Columns: []run.Column{model(t, s.URL, nil)}, Concurrency: 8, MaxCalls: 15}
	for round, want := range []int{15, 30, 40} {
		p, err := into(t.Context(), t, path, config)
		var stopped *run.StoppedError
		if last := round == 2; last != (err == nil) || !last && (!errors.As(err, &stopped) || stopped.Left != 40-want || !strings.Contains(err.Error(), "--max-calls is 15")) {
			t.Fatalf("round %d: %+v, %v", round, p, err)
		}
		if n := len(s.calls()); n != want || len(read(t, path)) != want {
			t.Fatalf("round %d: %d calls and %d outcomes, want %d", round, n, len(read(t, path)), want)
		}
	}
	once(t, s.calls())

	dear := newServer(t, standin.NoRisk)
	config.MaxCalls, config.MaxCost, config.Concurrency, config.Columns = 0, 0.01, 1, []run.Column{model(t, dear.URL, nil)}
	p, err := into(t.Context(), t, filepath.Join(t.TempDir(), "cost.jsonl"), config)
	var stopped *run.StoppedError
	if !errors.As(err, &stopped) || !strings.Contains(err.Error(), "--max-cost") || p.Cost < 0.01 || p.Cost > 0.02 || p.Ran == 0 {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestAnInterruptedRunCallsNothingAgainThatIsDone(t *testing.T) {
	t.Parallel()
	s := newServer(t, standin.NoRisk)
	path := filepath.Join(t.TempDir(), "run.jsonl")
	config := run.Config{Suites: []*suite.Suite{unsureSuite(t, 60)}, Columns: []run.Column{model(t, s.URL, nil)}, Concurrency: 6}
	ctx, cancel := context.WithCancel(t.Context())
	config.Progress = func(p run.Progress) {
		if p.Ran == 20 {
			cancel()
		}
	}
	if _, err := into(ctx, t, path, config); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	done := map[string]bool{}
	for _, o := range read(t, path) {
		if o.Status != outcome.Pass {
			t.Errorf("%s was recorded as %s when the run was interrupted", o.ID, o.Status)
		}
		done[o.Turns[0].Says[0]] = true
	}
	before := len(s.calls())
	config.Progress = nil
	if _, err := into(t.Context(), t, path, config); err != nil {
		t.Fatal(err)
	}
	for _, message := range s.calls()[before:] {
		if done[message] {
			t.Errorf("%q was done and is called again", message)
		}
	}
	// a request that was in flight may be heard of late
	if again := len(s.calls()) - before; len(done) < 20 || again < 60-len(done) || again > 60-len(done)+config.Concurrency {
		t.Errorf("%d were done, then %d calls were made", len(done), again)
	}
}

func once(t *testing.T, calls []string) {
	t.Helper()
	seen := map[string]bool{}
	for _, c := range calls {
		if c == "" || seen[c] {
			t.Errorf("%q was called twice", c)
		}
		seen[c] = true
	}
}

func TestQuestionsKeepToTheirRate(t *testing.T) {
	t.Parallel()
	s := newServer(t, standin.NoRisk)
	began := time.Now()
	outcomes(t, run.Config{Suites: []*suite.Suite{unsureSuite(t, 11)}, Columns: []run.Column{model(t, s.URL, nil)}, Concurrency: 11, Rate: 50})
	if took := time.Since(began); took < 190*time.Millisecond {
		t.Errorf("11 questions at 50 a second took %s", took)
	}
}

// broken is a model that panics.
type broken struct{}

func (broken) Understand(context.Context, agent.Query) (agent.Understanding, error) { panic("oops") }

func TestACaseThatPanicsTakesNoOtherWithIt(t *testing.T) {
	t.Parallel()
	c := column(outcome.LLM)
	c.Model = broken{}
	status := map[outcome.Status]int{}
	for _, o := range outcomes(t, run.Config{Suites: []*suite.Suite{suiteOf(t, "few.yaml", few), unsureSuite(t, 2)}, Columns: []run.Column{c}}) {
		status[o.Status]++
		if o.Status == outcome.Error && !strings.Contains(o.Error, "recado panicked: oops") {
			t.Errorf("%s: %s", o.ID, o.Error)
		}
	}
	if status[outcome.Error] != 2 || status[outcome.Pass] != 2 || status[outcome.Fail] != 1 {
		t.Errorf("statuses: %v", status)
	}
}

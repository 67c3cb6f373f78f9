package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/llm/standin"
	"recado/evals/outcome"
	evalrun "recado/evals/run"
)

// eval runs recado eval and returns its exit code and what it printed.
func eval(ctx context.Context, t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	dir := t.TempDir()
	open := func(name string) *os.File {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	stdout, stderr := open("out"), open("err")
	code = run(ctx, append([]string{"eval"}, args...), streams{in: os.Stdin, out: stdout, err: stderr})
	text := func(f *os.File) string {
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	return code, text(stdout), text(stderr)
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

const passing = `{"id":"a","text":"are you open tomorrow?","disposition":"answer","intents":["hours"],"reply_lang":"en","also":[],"not":[]}
{"id":"b","text":"¿aceptan medicaid?","disposition":"answer","intents":["insurance"],"reply_lang":"es","also":[],"not":[]}
`

const mixed = passing + `{"id":"c","text":"are you open tomorrow?","disposition":"decline","intents":["off_topic"],"reply_lang":"en"}
`

// chatServer is an OpenAI-compatible server with a journal. Beyond allowed
// calls it lets its callers wait until it is told to go on.
type chatServer struct {
	url     string
	answers http.Handler

	mu      sync.Mutex
	journal []string
	allowed int // 0: all
	waiting int
	stuck   chan struct{} // closed once as many wait as patient says
	patient int
}

func newChatServer(t *testing.T, kind standin.Kind) *chatServer {
	t.Helper()
	a, err := shippedAgent()
	if err != nil {
		t.Fatal(err)
	}
	s := &chatServer{answers: standin.New(standin.Config{Kind: kind, Intents: a.Intents(), Forget: true}), stuck: make(chan struct{})}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL + "/v1"
	return s
}

func (s *chatServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var chat struct{ Messages []struct{ Content string } }
	if json.Unmarshal(body, &chat) != nil || len(chat.Messages) == 0 {
		return
	}
	s.mu.Lock()
	s.journal = append(s.journal, chat.Messages[len(chat.Messages)-1].Content)
	wait := s.allowed > 0 && len(s.journal) > s.allowed
	if wait {
		if s.waiting++; s.waiting == s.patient {
			close(s.stuck)
		}
	}
	s.mu.Unlock()
	if wait {
		<-r.Context().Done() // the caller is killed
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.answers.ServeHTTP(w, r)
}

func (s *chatServer) calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.journal...)
}

// vague writes n labelled lines that the local path is unsure of, so that a
// model is asked about them.
func vague(t *testing.T, n int) string {
	t.Helper()
	a, err := shippedAgent()
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields("purple seven lamp quick river window paper green twelve stone letter orange basket corner yellow engine circle bottle pencil silver button planet ticket hammer piedra mercado cuento barco tambor espejo sombra nube")
	forms := []string{"and the %s one or the %s", "the %s %s thing on the website", "hows the %s %s work there", "y el %s o la %s"}
	rng, profile := rand.New(rand.NewPCG(1, 2)), clinic.Sample()
	var b strings.Builder
	had := map[string]bool{}
	for range 20000 {
		text := fmt.Sprintf(forms[rng.IntN(len(forms))], words[rng.IntN(len(words))], words[rng.IntN(len(words))])
		d, err := a.Decide(t.Context(), agent.Turn{Clinic: profile, Events: []agent.Event{{V: agent.Version, ID: "1", Clinic: profile.ID,
			Channel: agent.Web, Conversation: "conversation", Kind: agent.KindText, Text: text}}})
		if err != nil {
			t.Fatal(err)
		}
		if had[text] || d.Rule != "policy.unsure" || len(d.Signals) > 0 {
			continue
		}
		fmt.Fprintf(&b, `{"id":"v%02d","lang":"mixed","text":%q,"disposition":"human","also":["answer","decline","escalate","emergency"]}`+"\n", len(had), text)
		if had[text] = true; len(had) == n {
			return file(t, "vague.jsonl", b.String())
		}
	}
	t.Fatalf("only %d messages leave the local path unsure", len(had))
	return ""
}

func TestEvalExitCodesAreWhatTheHelpSays(t *testing.T) {
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	t.Cleanup(refusing.Close)
	good, bad := file(t, "good.jsonl", passing), file(t, "mixed.jsonl", mixed)
	gate := func(line string) string {
		return file(t, "g.yaml", "gates:\n  - "+line+"\ncases:\n  - {id: a, lang: en, text: 'are you open tomorrow?', disposition: answer}\n"+
			"  - {id: b, lang: en, text: 'are you open tomorrow?', disposition: decline, also: [answer]}\n")
	}
	model := []string{"--mode", "llm", "--model", "m", "--llm-base-url", refusing.URL}
	for _, c := range []struct {
		name string
		args []string
		code int
		want string // in what is printed
	}{
		{"all passes", []string{good}, 0, ""},
		{"a case fails", []string{bad}, 1, "1 cases fail that no gate counts"},
		{"a gate passes", []string{gate("{measure: forbidden, at_most: 0}")}, 0, ""},
		{"a gate fails", []string{gate("{measure: over_escalated, at_least: 1}")}, 1, "1 of 1 gates fail"},
		{"a gate is inconclusive", []string{gate("{measure: answered, at_least: 0.9}")}, 0, ""},
		{"strictly", []string{"--strict", gate("{measure: answered, at_least: 0.9}")}, 3, "inconclusive"},
		{"no file", []string{"none.yaml"}, 2, "there is no file none.yaml"},
		{"a bad file", []string{file(t, "s.yaml", "cases:\n  - {id: a, txt: x}\n")}, 2, `s.yaml:2: case "a": txt: unknown field: did you mean text?`},
		{"an unknown measure", []string{gate("{measure: phi_mised, at_most: 0}")}, 2, "did you mean phi_missed?"},
		{"an unknown mode", []string{"--mode", "remote", good}, 2, "guard, local, llm or adversarial"},
		{"an unknown field in a filter", []string{"--filter", "grup=a", good}, 2, "did you mean group?"},
		{"a filter that leaves nothing", []string{"--filter", "lang=other", good}, 2, "no case is left"},
		{"an unknown perturbation", []string{"--perturb", "shout", good}, 2, "no_accents"},
		{"an unknown report", []string{"--report", "pdf=x", good}, 2, "html=FILE"},
		{"a model without its mode", []string{"--model", "m", "--mode", "local", good}, 2, "need --mode llm"},
		{"a mode without its model", []string{"--mode", "llm", good}, 2, "--model"},
		{"a price that is none", append([]string{"--price-in", "cheap", good}, model...), 2, "--price-in"},
		{"the key is refused", append([]string{vague(t, 3)}, model...), 3, "--llm-key"},
	} {
		code, out, errOut := eval(t.Context(), t, c.args...)
		if code != c.code || !strings.Contains(out+errOut, c.want) {
			t.Errorf("%s: exit code %d, want %d with %q\n%s\n%s", c.name, code, c.code, c.want, out, errOut)
		}
	}
}

func TestAnInterruptedEvalSaysHowToGoOn(t *testing.T) {
	s := newChatServer(t, standin.NoRisk)
	s.allowed, s.patient = 5, 2
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-s.stuck; cancel() }()
	out := filepath.Join(t.TempDir(), "run.jsonl")
	args := []string{vague(t, 12), "--mode", "llm", "--model", "m", "--llm-base-url", s.url, "--concurrency", "2", "--out", out}
	code, _, errOut := eval(ctx, t, args...)
	if code != 130 || !strings.Contains(errOut, "interrupted: 5 of 12 are done") || !strings.Contains(errOut, "the same command goes on") {
		t.Fatalf("exit code %d: %s", code, errOut)
	}
	s.mu.Lock()
	s.allowed = 0
	s.mu.Unlock()
	if code, out, errOut := eval(t.Context(), t, args...); code != 0 {
		t.Errorf("gone on with: exit code %d\n%s\n%s", code, out, errOut)
	}
	if code, _, errOut := eval(t.Context(), t, append(args, "--seed", "9")...); code != 2 || !strings.Contains(errOut, "seed: it holds 1, asked is 9") || !strings.Contains(errOut, "--fresh") {
		t.Errorf("another seed: exit code %d\n%s", code, errOut)
	}
	calls := len(s.calls())
	if code, _, errOut := eval(t.Context(), t, args...); code != 0 || len(s.calls()) != calls || !strings.Contains(errOut, "holds the whole run already") {
		t.Errorf("a whole run: exit code %d, %d more calls\n%s", code, len(s.calls())-calls, errOut)
	}
}

func TestAKilledEvalGoesOnWithoutCallingAgain(t *testing.T) {
	binary := buildRecado(t)
	s := newChatServer(t, standin.NoRisk)
	const answered, inFlight, all = 17, 4, 40
	s.allowed, s.patient = answered, inFlight
	dir := t.TempDir()
	out, tape := filepath.Join(dir, "run.jsonl"), filepath.Join(dir, "tape.jsonl")
	args := []string{"eval", vague(t, all), "--mode", "llm", "--model", "m", "--llm-base-url", s.url,
		"--concurrency", fmt.Sprint(inFlight), "--out", out, "--record", tape}
	victim := exec.CommandContext(t.Context(), binary, args...)
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.stuck: // every worker waits for an answer: what was answered is in the file
	case <-time.After(patience):
		t.Fatal("the eval never came to its limit")
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait() // it was killed
	before := s.calls()
	if n := len(lines(t, out)) - 1; n != answered {
		t.Fatalf("%d outcomes are in the file, %d were answered", n, answered)
	}
	s.mu.Lock()
	s.allowed = 0
	s.mu.Unlock()
	said, err := exec.CommandContext(t.Context(), binary, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	asked := map[string]int{}
	for _, c := range s.calls() {
		asked[c]++
	}
	for i, c := range before[:answered] {
		if asked[c] != 1 {
			t.Errorf("call %d was answered before the kill and is made %d times", i, asked[c])
		}
	}
	if len(asked) != all || len(s.calls()) != all+inFlight {
		t.Errorf("%d messages were put in %d calls, want %d in %d", len(asked), len(s.calls()), all, all+inFlight)
	}
	if n := len(lines(t, tape)); n != all {
		t.Errorf("the cassette holds %d recordings, want %d", n, all)
	}
	if code, _, errOut := eval(t.Context(), t, args[1], "--mode", "llm", "--model", "m", "--replay", tape); code != 0 {
		t.Errorf("the cassette of a killed run is replayed with exit code %d\n%s", code, errOut)
	}
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(raw)), "\n")
}

func TestAReplayedEvalIsTheSameToTheByte(t *testing.T) {
	s := newChatServer(t, standin.Random)
	suite, dir := vague(t, 10), t.TempDir()
	tape := filepath.Join(dir, "tape.jsonl")
	args := []string{suite, "--mode", "llm", "--mode", "local", "--model", "m", "--repeat", "2", "--price-in", "1", "--price-out", "m=4"}
	if code, out, errOut := eval(t.Context(), t, append(args, "--llm-base-url", s.url, "--record", tape)...); code != 0 {
		t.Fatalf("exit code %d\n%s\n%s", code, out, errOut)
	}
	var runs []string
	for i, n := range []string{"1", "7"} {
		path := filepath.Join(dir, fmt.Sprintf("%d.jsonl", i))
		args := append(args, "--replay", tape, "--out", path, "--no-times", "--concurrency", n)
		if code, out, errOut := eval(t.Context(), t, args...); code != 0 {
			t.Fatalf("exit code %d\n%s\n%s", code, out, errOut)
		}
		runs = append(runs, strings.Join(lines(t, path), "\n"))
	}
	if runs[0] != runs[1] || strings.Contains(runs[0], "micros\"") || !strings.Contains(runs[0], "cost_micro_usd") {
		t.Error("two replays differ, or hold times")
	}
	if code, _, errOut := eval(t.Context(), t, suite, "--mode", "llm", "--model", "other", "--replay", tape); code != 3 || !strings.Contains(errOut, `recorded "m", asked "other"`) {
		t.Errorf("what was not recorded: exit code %d\n%s", code, errOut)
	}
}

func TestABudgetStopsAnEval(t *testing.T) {
	s := newChatServer(t, standin.NoRisk)
	out := filepath.Join(t.TempDir(), "run.jsonl")
	args := []string{vague(t, 10), "--mode", "llm", "--model", "m", "--llm-base-url", s.url, "--max-calls", "6", "--out", out}
	code, _, errOut := eval(t.Context(), t, args...)
	if code != 3 || !strings.Contains(errOut, "--max-calls is 6") || !strings.Contains(errOut, "6 of 10 are done") || len(s.calls()) != 6 {
		t.Errorf("exit code %d after %d calls\n%s", code, len(s.calls()), errOut)
	}
	if code, _, errOut := eval(t.Context(), t, args...); code != 0 || len(s.calls()) != 10 {
		t.Errorf("exit code %d after %d calls\n%s", code, len(s.calls()), errOut)
	}
}

func TestOnlyFailingCasesAreRunAgain(t *testing.T) {
	dir := t.TempDir()
	suite, first, second := file(t, "mixed.jsonl", mixed), filepath.Join(dir, "1.jsonl"), filepath.Join(dir, "2.jsonl")
	if code, _, errOut := eval(t.Context(), t, suite, "--out", first); code != 1 {
		t.Fatalf("exit code %d\n%s", code, errOut)
	}
	if code, _, errOut := eval(t.Context(), t, suite, "--only-failing", first, "--out", second); code != 1 {
		t.Fatalf("exit code %d\n%s", code, errOut)
	}
	in, err := outcome.Open(second)
	if err != nil {
		t.Fatal(err)
	}
	for o, err := range in.All() {
		if err != nil || o.ID != "c" {
			t.Errorf("run was %s (%v)", o.ID, err)
		}
	}
	if len(lines(t, second)) != 2 || len(in.Header.Chosen) != 1 {
		t.Errorf("the file has %d lines, chosen %q", len(lines(t, second)), in.Header.Chosen)
	}
}

func TestFromAChangeToItsNumbers(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	suite := file(t, "mixed.jsonl", mixed)
	if code, _, errOut := eval(t.Context(), t, suite, "--out", at("guard.jsonl"), "--mode", "guard"); code > 1 {
		t.Fatalf("exit code %d\n%s", code, errOut)
	}
	code, _, errOut := eval(t.Context(), t, suite, "--out", at("local.jsonl"), "--against", at("guard.jsonl"),
		"--report", "json="+at("r/run.json"), "--report", "md="+at("r/run.md"), "--report", "junit="+at("r/run.xml"), "--report", "html="+at("r/run.html"))
	if code != 1 {
		t.Fatalf("exit code %d\n%s", code, errOut)
	}
	for _, name := range []string{"r/run.json", "r/run.md", "r/run.xml", "r/run.html"} {
		if info, err := os.Stat(at(name)); err != nil || info.Size() == 0 {
			t.Errorf("report %s: %v", name, err)
		}
	}
	if code, out, errOut := eval(t.Context(), t, "diff", at("guard.jsonl"), at("local.jsonl")); code != 0 || out == "" {
		t.Errorf("diff: exit code %d\n%s\n%s", code, out, errOut)
	}
	if code, _, errOut := eval(t.Context(), t, "diff", at("local.jsonl"), at("guard.jsonl")); code != 1 || !strings.Contains(errOut, "passed before and fail now") {
		t.Errorf("diff the other way: exit code %d\n%s", code, errOut)
	}
	if code, out, errOut := eval(t.Context(), t, "bless", at("local.jsonl"), "--to", at("baselines")); code != 0 || !strings.Contains(out, "baselines changed") {
		t.Errorf("bless: exit code %d\n%s\n%s", code, out, errOut)
	}
	if code, out, errOut := eval(t.Context(), t, "bless", at("local.jsonl"), "--to", at("baselines")); code != 0 || !strings.Contains(out, "say the same") {
		t.Errorf("bless again: exit code %d\n%s\n%s", code, out, errOut)
	}
	if code, _, errOut := eval(t.Context(), t, suite, "--against", at("baselines")); code != 1 {
		t.Errorf("against baselines: exit code %d\n%s", code, errOut)
	}
	if code, _, errOut := eval(t.Context(), t, suite, "--against", t.TempDir()); code != 2 || !strings.Contains(errOut, "holds no baseline") {
		t.Errorf("against nothing: exit code %d\n%s", code, errOut)
	}
}

func TestSuitesAreListed(t *testing.T) {
	for args, want := range map[string][]string{
		"list":            {"conversations", "evals/suites/conversations.yaml", "cases by promise:", "P9"},
		"list --measures": {"phi_missed", "gap_MEASURE"},
		"list --schema":   {`"$defs"`},
	} {
		code, out, errOut := eval(t.Context(), t, strings.Fields(args)...)
		for _, w := range want {
			if code != 0 || !strings.Contains(out, w) {
				t.Errorf("%s: exit code %d, want %q in\n%s%s", args, code, w, out, errOut)
			}
		}
	}
}

func TestProgressIsABarOnATerminalAndLinesElsewhere(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		f, err := os.Create(filepath.Join(t.TempDir(), "err"))
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2026, 12, 3, 21, 0, 0, 0, time.UTC)
		p := newEvalProgress(f)
		p.terminal, p.now = terminal, func() time.Time { return now }
		p.begin()
		for i := range 40 {
			now = now.Add(time.Second)
			p.tell(evalrun.Progress{Total: 100, Before: 10, Ran: i + 1, Fail: 2, Error: 1, Calls: 7, Cost: 0.5})
		}
		p.end(evalrun.Progress{})
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		said := string(raw)
		if want := "20 of 100, 2 fail, 1 not judged, 7 calls, $0.5000, 1m20s left"; !strings.Contains(said, want) {
			t.Errorf("terminal %t: want %q in\n%s", terminal, want, said)
		}
		if bars, newlines := strings.Count(said, "█░"), strings.Count(said, "\n"); terminal && (bars != 40 || newlines != 0) || !terminal && (bars != 0 || newlines != 4) {
			t.Errorf("terminal %t: %d bars and %d lines", terminal, bars, newlines)
		}
	}
}

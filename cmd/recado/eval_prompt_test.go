package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"recado/agent/llm/standin"
	"recado/prompts"
)

// promptReader is a model that does well under the prompt that it is asked
// with first, and takes everything for an emergency under any other.
type promptReader struct {
	good, bad http.Handler

	mu     sync.Mutex
	prompt string
}

func newPromptReader(t *testing.T) (url string) {
	t.Helper()
	a, err := shippedAgent()
	if err != nil {
		t.Fatal(err)
	}
	model := func(kind standin.Kind) http.Handler {
		return standin.New(standin.Config{Kind: kind, Intents: a.Intents(), Forget: true})
	}
	server := httptest.NewServer(&promptReader{good: model(standin.Demotes), bad: model(standin.Raises)})
	t.Cleanup(server.Close)
	return server.URL + "/v1"
}

func (p *promptReader) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var chat struct{ Messages []struct{ Content string } }
	if json.Unmarshal(body, &chat) != nil || len(chat.Messages) == 0 {
		return
	}
	p.mu.Lock()
	if p.prompt == "" {
		p.prompt = chat.Messages[0].Content
	}
	same := p.prompt == chat.Messages[0].Content
	p.mu.Unlock()
	r.Body = io.NopCloser(bytes.NewReader(body))
	if same {
		p.good.ServeHTTP(w, r)
		return
	}
	p.bad.ServeHTTP(w, r)
}

// brokenPrompts is a folder in which the prompt has lost its part on risk.
func brokenPrompts(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "prompts", prompts.UnderstandTemplate))
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(raw), "# Risk\n")
	_, after, also := strings.Cut(rest, "# Language\n")
	if !ok || !also {
		t.Fatal("the prompt has no part on risk")
	}
	return filepath.Dir(file(t, prompts.UnderstandTemplate, before+"# Language\n"+after))
}

func TestABrokenPromptTurnsItsGateRed(t *testing.T) {
	lines, err := os.ReadFile(vague(t, 8))
	if err != nil {
		t.Fatal(err)
	}
	// nothing in these messages is dangerous or personal
	strict := strings.ReplaceAll(string(lines), `"also":["answer","decline","escalate","emergency"]`, `"also":["answer","decline"],"not":["escalate","emergency"]`)
	set := filepath.Join(filepath.Dir(file(t, "vague.jsonl", strict)), "vague.yaml")
	if err := os.WriteFile(set, []byte("files: [vague.jsonl]\ngates:\n  - {measure: forbidden, at_most: 0, lang: all}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	tape := filepath.Join(t.TempDir(), "tape.jsonl")
	ask := []string{set, "--mode", "llm", "--model", "m"}
	live, broken := append(ask, "--llm-base-url", newPromptReader(t)), []string{"--llm-prompts", brokenPrompts(t)}

	if code, out, errOut := eval(t.Context(), t, append(live, "--record", tape)...); code != 0 {
		t.Fatalf("the shipped prompt: exit code %d\n%s\n%s", code, out, errOut)
	}
	if code, out, errOut := eval(t.Context(), t, append(live, broken...)...); code != 1 || !strings.Contains(errOut, "1 of 1 gates fail") ||
		!strings.Contains(out, "FAIL   Decided in a forbidden way") {
		t.Errorf("a broken prompt: exit code %d\n%s\n%s", code, out, errOut)
	}
	if code, out, errOut := eval(t.Context(), t, append(ask, "--replay", tape)...); code != 0 {
		t.Errorf("the shipped prompt, replayed: exit code %d\n%s\n%s", code, out, errOut)
	}
	code, out, errOut := eval(t.Context(), t, append(append(ask, "--replay", tape), broken...)...)
	if code != 3 || !strings.Contains(out, "8 outcomes were not judged") || !strings.Contains(out, "8 not judged") ||
		!strings.Contains(errOut, "8 requests are not in the cassette") || !strings.Contains(errOut, "messages[0].content: recorded") {
		t.Errorf("a broken prompt on what was recorded for the shipped one: exit code %d\n%s\n%s", code, out, errOut)
	}
}

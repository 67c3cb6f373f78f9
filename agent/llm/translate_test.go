package llm_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"recado/agent"
	"recado/agent/llm"
	"recado/agent/llm/standin"
)

var foreign = agent.TranslateQuery{Text: "me tomé 2 pastillas a las 8:30, sigo igual", To: "en"}

func TestTranslatingNeedsACoveredEndpointAndSendsNothingWithoutOne(t *testing.T) {
	t.Parallel()
	var sends atomic.Int32
	client, err := llm.New(llm.Config{Intents: list(t), Transport: wire(func(*http.Request) (int, http.Header, string) {
		sends.Add(1)
		return 200, nil, fine
	}), Endpoints: []llm.Endpoint{{Model: "a", BaseURL: "http://a.invalid"}, {Model: "b", BaseURL: "http://b.invalid", Policy: llm.Masked}}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := client.Translate(t.Context(), foreign)
	if kindOf(err) != llm.KindUncovered || !errors.Is(err, agent.ErrNotCovered) || client.CanTranslate() {
		t.Errorf("error %v, can translate %t", err, client.CanTranslate())
	}
	if n := sends.Load(); n != 0 || got != (agent.Translation{}) {
		t.Errorf("%d requests were sent, and it returned %+v", n, got)
	}
}

func TestOnlyTheCoveredEndpointSeesWhatIsTranslated(t *testing.T) {
	t.Parallel()
	masked, covered := standin.New(standin.Config{Kind: standin.NoRisk}), standin.New(standin.Config{Kind: standin.NoRisk})
	a, b := httptest.NewServer(masked), httptest.NewServer(covered)
	defer a.Close()
	defer b.Close()
	client, err := llm.New(llm.Config{Intents: list(t), Endpoints: []llm.Endpoint{{Model: "a", BaseURL: a.URL}, {Model: "b", BaseURL: b.URL, Policy: llm.Covered}}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := client.Translate(t.Context(), foreign)
	if err != nil {
		t.Fatal(err)
	}
	if got.Text != foreign.Text || got.From != "es" || got.To != "en" || !client.CanTranslate() {
		t.Errorf("got %+v", got)
	}
	if got.Model != "b" || len(got.Prompt) != 16 || got.Served.Attempts != 1 {
		t.Errorf("the translation does not say what made it: %+v", got)
	}
	requests := covered.Requests()
	if len(masked.Requests()) != 0 || len(requests) != 1 {
		t.Fatalf("%d and %d requests, want none and one", len(masked.Requests()), len(requests))
	}
	if r := requests[0]; r.Text() != foreign.Text || !strings.Contains(r.User, "into English") || !strings.Contains(string(r.Body), `"name":"translation"`) {
		t.Errorf("asked %s", r.User)
	}
	u, err := client.Understand(t.Context(), query)
	if err != nil || u.Prompt == got.Prompt {
		t.Errorf("two different prompts have the hash %s (%v)", u.Prompt, err)
	}
}

func TestATranslationIsNotBelievedUnchecked(t *testing.T) {
	t.Parallel()
	content := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { reply(content).ServeHTTP(w, r) }))
	defer server.Close()
	client, err := llm.New(llm.Config{Model: "m", BaseURL: server.URL, Policy: llm.Covered, Intents: list(t)})
	if err != nil {
		t.Fatal(err)
	}
	say := func(text string) string {
		raw, err := json.Marshal(map[string]string{"language": "es", "translation": text})
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	for _, fine := range []string{"I took 2 pills at 8:30, still the same", "at 8:30 i took 2 pills 👨‍👩‍👧\nstill the same"} {
		content = say(fine)
		if got, err := client.Translate(t.Context(), foreign); err != nil || got.Text != fine {
			t.Errorf("%q: %+v, %v", fine, got, err)
		}
	}
	for name, bad := range map[string]string{
		"a changed dose":        say("I took 20 pills at 8:30, still the same"),
		"a lost time":           say("I took 2 pills, still the same"),
		"an invented number":    say("I took 2 pills at 8:30, call 911"),
		"nothing":               say("  "),
		"an essay":              say("I took 2 pills at 8:30. " + strings.Repeat("So there. ", 30)),
		"a control character":   say("I took 2 pills at 8:30\x1b[2J"),
		"turned round text":     say("I took 2 pills at 8:30 \u202etxet"),
		"an unknown language":   strings.Replace(say("I took 2 pills at 8:30"), `"es"`, `"fr"`, 1),
		"advice beside it":      strings.Replace(say("I took 2 pills at 8:30"), `"language"`, `"advice":"rest","language"`, 1),
		"a missing field":       `{"translation":"I took 2 pills at 8:30"}`,
		"words instead":         "I took 2 pills at 8:30",
		"an empty object":       `{}`,
		"an object too many":    say("I took 2 pills at 8:30") + say("x"),
		"a list in place of it": `[]`,
	} {
		content = bad
		if got, err := client.Translate(t.Context(), foreign); kindOf(err) != llm.KindInvalid || got.Text != "" {
			t.Errorf("%s: got %q, %v", name, got.Text, err)
		}
	}
	content = say("short")
	long := agent.TranslateQuery{Text: strings.Repeat("todo esto se perdió en el camino ", 20), To: "en"}
	if _, err := client.Translate(t.Context(), long); kindOf(err) != llm.KindInvalid {
		t.Errorf("most of a message was lost: %v", err)
	}
}

func TestATranslationThatFailsSaysHow(t *testing.T) {
	t.Parallel()
	for kind, want := range map[standin.Kind]llm.Kind{
		standin.Truncated: llm.KindTruncated, standin.Refusal: llm.KindRefused, standin.Malformed: llm.KindMalformed,
		standin.Huge: llm.KindTooLarge, standin.Obeys: llm.KindInvalid, standin.Wrong: llm.KindInvalid, standin.Demotes: llm.KindInvalid,
		standin.ServerError: llm.KindUnavailable,
	} {
		_, client := serve(t, standin.Config{Kind: kind}, llm.Config{Policy: llm.Covered, MaxAttempts: 1})
		got, err := client.Translate(t.Context(), foreign)
		if kindOf(err) != want || got.Text != "" || strings.Contains(err.Error(), "pastillas") || strings.Contains(err.Error(), standin.Canary) {
			t.Errorf("%s: %+v, %v; want %s", kind, got, err, want)
		}
	}
	in, client := serve(t, standin.Config{Kind: standin.NoRisk}, llm.Config{Policy: llm.Covered})
	for name, c := range map[string]struct {
		q    agent.TranslateQuery
		want llm.Kind
	}{
		"too long":             {agent.TranslateQuery{Text: strings.Repeat("x", 5000), To: "en"}, llm.KindTooLong},
		"nothing":              {agent.TranslateQuery{Text: " \n", To: "en"}, llm.KindBadQuery},
		"an unlisted language": {agent.TranslateQuery{Text: "hola", To: "fr"}, llm.KindBadQuery},
	} {
		if _, err := client.Translate(t.Context(), c.q); kindOf(err) != c.want || len(in.Requests()) != 0 {
			t.Errorf("%s: %v after %d requests", name, err, len(in.Requests()))
		}
	}
}

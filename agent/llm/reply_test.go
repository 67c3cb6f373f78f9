package llm_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"recado/agent/guard"
	"recado/agent/llm"
)

func TestARaisedRiskComesBackWithItsEvidenceInTheOriginalText(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(reply(`{"language":"en","evidence":["can't  BREATHE","she said nothing"],"risk":"emergency","intents":[{"name":"medical_emergency","confidence":0.9}]}`))
	defer server.Close()
	client, err := llm.New(llm.Config{Model: "m", BaseURL: server.URL, Intents: list(t)})
	if err != nil {
		t.Fatal(err)
	}
	q := query
	q.Text = "my name is Ana Ortiz and i cant breathe"
	u, err := client.Understand(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if u.Risk != guard.Emergency || len(u.Spans) != 1 || q.Text[u.Spans[0][0]:u.Spans[0][1]] != "cant breathe" {
		t.Errorf("risk %d, spans %v", u.Risk, u.Spans)
	}
}

// reply serves one content.
func reply(content string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		// the recorder's writes do not fail
		_ = json.NewEncoder(w).Encode(map[string]any{"choices": []any{map[string]any{
			"finish_reason": "stop", "message": map[string]any{"role": "assistant", "content": content}}}})
	})
}

func TestNothingIsBelievedUnchecked(t *testing.T) {
	t.Parallel()
	good := `{"language":"en","evidence":[],"risk":"none","intents":[{"name":"hours","confidence":0.9}]}`
	content := good
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { reply(content).ServeHTTP(w, r) }))
	defer server.Close()
	client, err := llm.New(llm.Config{Model: "m", BaseURL: server.URL, Intents: list(t)})
	if err != nil {
		t.Fatal(err)
	}
	u, err := client.Understand(t.Context(), query)
	if err != nil || len(u.Intents) != 1 {
		t.Fatalf("the good reply: %+v, %v", u, err)
	}
	for name, change := range map[string][2]string{
		"unknown field":             {`"risk"`, `"note":"x","risk"`},
		"unknown field in a list":   {`"confidence"`, `"why":"x","confidence"`},
		"field in capitals":         {`"risk":"none"`, `"RISK":"none"`},
		"missing field":             {`"evidence":[],`, ``},
		"unknown risk":              {`"none"`, `"low"`},
		"unknown language":          {`"en"`, `"English"`},
		"unknown intent":            {`"hours"`, `"opening_hours"`},
		"no intent":                 {`{"name":"hours","confidence":0.9}`, ``},
		"confidence above one":      {`0.9`, `1.1`},
		"negative confidence":       {`0.9`, `-0.1`},
		"confidence in words":       {`0.9`, `"high"`},
		"no list of intents":        {`[{"name":"hours","confidence":0.9}]`, `{}`},
		"too many intents":          {`{"name":"hours","confidence":0.9}`, strings.Repeat(`{"name":"hours","confidence":0.9},`, 8) + `{"name":"hours","confidence":0.9}`},
		"evidence without risk":     {`"evidence":[]`, `"evidence":["thing"]`},
		"words after the object":    {`}]}`, `}]} Done.`},
		"a second object":           {`}]}`, `}]}{}`},
		"a fence around the object": {good, "```json\n" + good + "\n```"},
		"null":                      {good, `null`},
		"a list":                    {good, `[` + good + `]`},
		"nothing":                   {good, ``},
	} {
		content = strings.Replace(good, change[0], change[1], 1)
		if content == good {
			t.Fatalf("%s changed nothing", name)
		}
		if u, err := client.Understand(t.Context(), query); kindOf(err) != llm.KindInvalid || len(u.Intents) != 0 {
			t.Errorf("%s: got %+v, %v", name, u, err)
		}
	}
}

func TestServersWithoutSchemasMayFenceTheirObject(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(reply("<think>well</think>\n```json\n" + `{"language":"en","evidence":[],"risk":"none","intents":[{"name":"hours","confidence":0.9}]}` + "\n```"))
	defer server.Close()
	for _, f := range []llm.Format{llm.FormatJSON, llm.FormatText} {
		client, err := llm.New(llm.Config{Intents: list(t), Endpoints: []llm.Endpoint{{Model: "m", BaseURL: server.URL, Format: f}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Understand(t.Context(), query); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

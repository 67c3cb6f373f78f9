package llm_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"recado/agent/llm"
	"recado/agent/llm/standin"
)

func TestEveryFamilyGetsRequestsInItsDialect(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		model, family, effort string
		reasoning             bool
		wantEffort            string
	}{
		{"gpt-4.1-mini", "", "", false, ""},
		{"llama3.1:8b", "", "", false, ""},
		{"openai/gpt-oss-20b", "", "", false, ""},
		{"o4-mini", "", "", true, "low"},
		{"gpt-5-mini", "", "minimal", true, "minimal"},
		{"gpt-5-chat-latest", "", "", true, ""},
		{"openai/gpt-5.2", "", "", true, "low"},
		{"gpt-6-sol", "", "", true, "low"},
		{"our-deployment", "gpt-5-nano", "", true, "low"},
	} {
		s := standin.New(standin.Config{Kind: standin.NoRisk, Intents: list(t)})
		server := httptest.NewServer(s)
		client, err := llm.New(llm.Config{Intents: list(t), Endpoints: []llm.Endpoint{{Model: c.model, Family: c.family, Effort: c.effort, BaseURL: server.URL}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Understand(t.Context(), query); err != nil {
			t.Errorf("%s: %v", c.model, err)
			server.Close()
			continue
		}
		var body map[string]any
		if err := json.Unmarshal(s.Requests()[0].Body, &body); err != nil {
			t.Fatal(err)
		}
		_, temperature := body["temperature"]
		_, old := body["max_tokens"]
		_, latest := body["max_completion_tokens"]
		effort, _ := body["reasoning_effort"].(string)
		if temperature == c.reasoning || old == c.reasoning || latest != c.reasoning || effort != c.wantEffort {
			t.Errorf("%s: temperature %t, max_tokens %t, max_completion_tokens %t, effort %q", c.model, temperature, old, latest, effort)
		}
		server.Close()
	}
}

func TestAnAzureResourceIsAddressedByDeployment(t *testing.T) {
	t.Parallel()
	var path, key string
	s := standin.New(standin.Config{Kind: standin.NoRisk, Intents: list(t)})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, key = r.URL.String(), r.Header.Get("api-key")
		s.ServeHTTP(w, r)
	}))
	defer server.Close()
	client, err := llm.New(llm.Config{Intents: list(t), Endpoints: []llm.Endpoint{{Model: "front.desk", Family: "gpt-4o", BaseURL: server.URL, Key: "k", AzureVersion: "2024-10-21"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Understand(t.Context(), query); err != nil {
		t.Fatal(err)
	}
	if path != "/openai/deployments/front.desk/chat/completions?api-version=2024-10-21" || key != "k" {
		t.Errorf("asked %s with key %q", path, key)
	}
}

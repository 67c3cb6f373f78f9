package llm

import "testing"

func TestTheProviderIsNamedByItsHost(t *testing.T) {
	t.Parallel()
	for want, endpoints := range map[string][]Endpoint{
		"openai":          {{BaseURL: "https://api.openai.com/v1"}, {BaseURL: "https://API.openai.com:443/v1"}},
		"azure.ai.openai": {{BaseURL: "https://clinic.openai.azure.com/openai/v1"}, {BaseURL: "https://proxy.example", AzureVersion: "2024-10-21"}},
		compatible:        {{BaseURL: "http://127.0.0.1:11434/v1"}, {BaseURL: "https://api.openai.com.example/v1"}},
	} {
		for _, e := range endpoints {
			if got := provider(e); got != want {
				t.Errorf("%s is %q, want %q", e.BaseURL, got, want)
			}
		}
	}
}

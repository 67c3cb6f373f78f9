package llm_test

import (
	"net/http"
	"testing"

	"recado/agent/llm"
	"recado/intents"
)

// BenchmarkUnderstand is what Recado works for one call: masking, building the
// request, reading and checking the reply. The model answers at once, inside
// the process.
func BenchmarkUnderstand(b *testing.B) {
	m, err := intents.ShippedModel()
	if err != nil {
		b.Fatal(err)
	}
	client, err := llm.New(llm.Config{Model: "m", BaseURL: "http://model.invalid/v1", Intents: m.Intents,
		Transport: wire(func(*http.Request) (int, http.Header, string) { return 200, nil, fine })})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Understand(b.Context(), query); err != nil {
			b.Fatal(err)
		}
	}
}

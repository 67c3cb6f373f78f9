package telemetry

import (
	"net/http/httptest"
	"strings"
	"testing"

	"recado/agent/llm/standin"
)

func TestPrometheusIsAnsweredWithoutAWordThatWasSaid(t *testing.T) {
	t.Parallel()
	m, err := NewMetrics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	g := genAI(t, GenAIConfig{Meters: m.Provider()})
	ask(t, standin.NoRisk, g.OnCall)
	ask(t, standin.Obeys, g.OnCall)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	const call = `{gen_ai_operation_name="chat",gen_ai_provider_name="openai_compatible",gen_ai_request_model="m-1"`
	var lines []string
	for line := range strings.Lines(w.Body.String()) {
		if strings.Contains(line, "gen_ai") || strings.Contains(line, "recado") {
			lines = append(lines, line)
		}
	}
	shown := strings.Join(lines, "")
	for _, want := range []string{
		"gen_ai_client_operation_duration_seconds_count" + call + "} 2\n",
		`gen_ai_client_operation_duration_seconds_count{error_type="invalid",` + call[1:] + "} 2\n",
		"gen_ai_client_token_usage_sum" + call + `,gen_ai_token_type="input"} `,
		"gen_ai_client_token_usage_sum" + call + `,gen_ai_token_type="output"} `,
		"recado_llm_cached_input_tokens_total" + call + "} ",
		"recado_llm_cost_micro_usd_total" + call + "} ",
		`target_info{service_name="recado",`,
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("%s is not in\n%s", want, shown)
		}
	}
	free(t, shown)
	if !strings.Contains(w.Body.String(), "go_goroutines ") {
		t.Error("nothing is told of the Go runtime")
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"recado/agent/llm/standin"
)

// stand serves a stand-in for a language model and returns its address.
func stand(t *testing.T, kind standin.Kind) (*standin.StandIn, string) {
	t.Helper()
	a, err := shippedAgent()
	if err != nil {
		t.Fatal(err)
	}
	s := standin.New(standin.Config{Kind: kind, Intents: a.Intents()})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.URL + "/v1"
}

func settingsFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "llm.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhyTellsTheModelsPartAndAsksItOnce(t *testing.T) {
	text := unsureTexts(t, 1)[0]
	for kind, want := range map[standin.Kind][]string{
		standin.Raises:      {"it said", "risk emergency", "made of it", "raised: it sees danger", "1 attempt", "tokens in", "prompt "},
		standin.Refusal:     {"failed", "refused", "the local decision stands"},
		standin.RateLimited: {"failed", "rate_limited", "the local decision stands"},
	} {
		s, url := stand(t, kind)
		t.Setenv("OPENAI_BASE_URL", url)
		out, _, code := runWith(t, "do you take Medicaid?\n/why\n/new\n"+text+"\n/why\n/why\n/quit\n", "chat", "--llm-model", "m")
		for _, w := range append(want, "not asked: the local path is sure") {
			if !strings.Contains(out, w) {
				t.Errorf("%s: %q is missing in:\n%s", kind, w, out)
			}
		}
		asked := map[string]bool{}
		for _, r := range s.Requests() {
			asked[r.User] = true
		}
		if code != 0 || len(asked) != 1 {
			t.Errorf("%s: exit code %d, %d different questions", kind, code, len(asked))
		}
		if kind != standin.RateLimited && len(s.Requests()) != 1 {
			t.Errorf("%s: asked %d times", kind, len(s.Requests()))
		}
	}
}

func TestDecideExplainsTheModelsPartOfEachLine(t *testing.T) {
	s, url := stand(t, standin.Raises)
	t.Setenv("OPENAI_BASE_URL", url)
	const n = 25 // more than one conversation may ask in a day
	var input strings.Builder
	for i, text := range unsureTexts(t, n) {
		fmt.Fprintf(&input, "{\"id\":\"%d\",\"text\":%q}\n", i, text)
	}
	input.WriteString(`{"id":"sure","text":"do you take Medicaid?"}` + "\n")
	out, errOut, code := runWith(t, input.String(), "decide", "--explain", "--llm-model", "m")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errOut)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	for i, line := range lines {
		var got struct {
			Disposition, Prompt string
			Explain             struct {
				Model struct {
					Asked                                      bool
					Made, Why, Outcome, Endpoint, Risk, Prompt string
					PromptTokens                               int `json:"prompt_tokens"`
				}
			}
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		m := got.Explain.Model
		if i == n {
			if m.Asked || m.Made != "nothing" || !strings.Contains(m.Why, "sure") {
				t.Errorf("a sure line: %+v", m)
			}
			continue
		}
		if got.Disposition != "emergency" || got.Prompt == "" || !m.Asked || m.Made != "raised" || m.Outcome != "ok" || m.Risk != "emergency" || m.Prompt != got.Prompt || m.PromptTokens == 0 {
			t.Errorf("line %d: %s", i+1, line)
		}
	}
	if len(lines) != n+1 || len(s.Requests()) != n {
		t.Errorf("%d lines and %d requests, want %d and %d", len(lines), len(s.Requests()), n+1, n)
	}
	plain, _, _ := runWith(t, `{"text":"hola"}`, "decide")
	if strings.Contains(plain, "explain") {
		t.Errorf("unasked it explains: %s", plain)
	}
}

func TestSettingsAreUsedInOrderAndNeverBesideTheShortFlags(t *testing.T) {
	text := unsureTexts(t, 1)[0]
	first, a := stand(t, standin.ServerError)
	second, b := stand(t, standin.Raises)
	file := settingsFile(t, fmt.Sprintf(`endpoints:
  - {name: first, model: m, base_url: %q, key_env: RECADO_TEST_LLM_KEY}
  - {name: second, model: n, base_url: %q}
`, a, b))
	t.Setenv("RECADO_TEST_LLM_KEY", "sk-test")
	// everybody's variables say nothing about Recado
	t.Setenv("OPENAI_API_KEY", "sk-other")
	t.Setenv("OPENAI_BASE_URL", "http://elsewhere.invalid/v1")
	out, errOut, code := runWith(t, text+"\n/why\n", "chat", "--llm-config", file)
	if code != 0 || !strings.Contains(out, "second (n), 2 attempts") || !strings.Contains(out, "raised") {
		t.Errorf("exit code %d: %s%s", code, out, errOut)
	}
	if len(first.Requests()) != 1 || first.Requests()[0].Header.Get("Authorization") != "Bearer sk-test" || len(second.Requests()) != 1 || second.Requests()[0].Header.Get("Authorization") == "Bearer sk-test" {
		t.Errorf("%d and %d requests, or the wrong key", len(first.Requests()), len(second.Requests()))
	}
	for _, flag := range [][]string{{"--llm-model", "m"}, {"--llm-base-url", "http://x.invalid"}, {"--llm-key", "k"}, {"--llm-policy", "masked"},
		{"--llm-concurrent", "9"}, {"--llm-tokens-per-minute", "99999"}, {"--llm-daily-tokens", "99999"}} {
		_, errOut, code := runWith(t, "", append([]string{"chat", "--llm-config", file}, flag...)...)
		if code != 2 || !strings.Contains(errOut, flag[0]) || !strings.Contains(errOut, "keep the file, or the flags") {
			t.Errorf("%v: exit code %d, %s", flag, code, errOut)
		}
	}
	t.Setenv("RECADO_LLM_MODEL", "m")
	if _, errOut, code := runWith(t, "", "chat", "--llm-config", file); code != 2 || !strings.Contains(errOut, "RECADO_LLM_MODEL") {
		t.Errorf("exit code %d, %s", code, errOut)
	}
}

func TestTheCheckNamesProblemsAndCallsEachEndpoint(t *testing.T) {
	bad := settingsFile(t, "endpoints:\n  - name: a\n    model: m\n    base_url: nowhere\n    key: sk-geheim\n")
	out, errOut, code := runWith(t, "", "llm", "check", bad)
	if code != 1 || !strings.Contains(out, "llm.yaml:4: endpoints[0].base_url") || !strings.Contains(out, "llm.yaml:5: endpoints[0].key") ||
		!strings.Contains(errOut, "2 problem(s)") || strings.Contains(out+errOut, "geheim") {
		t.Errorf("exit code %d: %s%s", code, out, errOut)
	}
	if _, errOut, code := runWith(t, "", "chat", "--llm-config", bad); code != 2 || !strings.Contains(errOut, "llm.yaml:4") || strings.Contains(errOut, "geheim") {
		t.Errorf("chat: exit code %d: %s", code, errOut)
	}
	good, a := stand(t, standin.NoRisk)
	failing, b := stand(t, standin.Refusal)
	file := settingsFile(t, fmt.Sprintf(`endpoints:
  - {name: own, model: m, base_url: %q, policy: covered, prices: {input: 1, output: 2}}
  - {name: vendor, model: n, base_url: %q}
`, a, b))
	out, errOut, code = runWith(t, "", "llm", "check", file)
	if code != 0 || !strings.Contains(out, "is fine: 2 endpoint(s)") || len(good.Requests())+len(failing.Requests()) != 0 {
		t.Errorf("exit code %d: %s%s", code, out, errOut)
	}
	out, errOut, code = runWith(t, "", "llm", "check", file, "--call")
	for _, want := range []string{"own: m, covered", "the strict schema was kept", "hours 1.00", "tokens in", "$0.0", "vendor: n, masked", "no, after", "refused"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	if code != 1 || !strings.Contains(errOut, "1 of 2 endpoint(s)") || len(good.Requests()) != 1 || len(failing.Requests()) != 1 {
		t.Errorf("exit code %d, %d and %d requests: %s", code, len(good.Requests()), len(failing.Requests()), errOut)
	}
	if r := good.Requests()[0]; r.Text() != harmless {
		t.Errorf("asked %q", r.Text())
	}
	sample, _, code := runWith(t, "", "llm", "sample")
	t.Setenv("OPENAI_API_KEY", "k")
	if out, errOut, checked := runWith(t, "", "llm", "check", settingsFile(t, sample)); code != 0 || checked != 0 {
		t.Errorf("the sample is refused: %s%s", out, errOut)
	}
}

func TestTheCostIsReportedForThePricesOfTheSettings(t *testing.T) {
	file := settingsFile(t, `endpoints:
  - {name: cheap, model: m, base_url: "http://nowhere.invalid/v1", prices: {input: 1, cached: 0.1, output: 2}}
`)
	out, errOut, code := runWith(t, "", "llm", "cost", "--llm-config", file)
	for _, want := range []string{"messages that need a call", "by language", "  es ", "by group", "  front_desk ", "endpoint cheap (m, masked)", "bytes / 4", "$1 in, $0.1 cached, $2 out a million: prices of the settings", "a thousand messages cost $"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	if code != 0 || strings.Contains(out, "SAMPLE") {
		t.Errorf("exit code %d: %s%s", code, out, errOut)
	}
	if out, _, _ := runWith(t, "", "llm", "cost"); !strings.Contains(out, "SAMPLE prices") || !strings.Contains(out, "at sample prices") {
		t.Errorf("sample prices are not marked:\n%s", out)
	}
}

package llm_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/llm"
)

// aimock starts the server of @copilotkit/aimock, which speaks OpenAI's
// protocol and was written by others, and returns its address.
// RECADO_TEST_AIMOCK names the folder that it was installed in
// (npm install --prefix FOLDER @copilotkit/aimock); without it the test is
// skipped, or fails where RECADO_TEST_REQUIRE=1.
func aimock(t *testing.T, fixtures any) string {
	t.Helper()
	dir := os.Getenv("RECADO_TEST_AIMOCK")
	if dir == "" {
		if os.Getenv("RECADO_TEST_REQUIRE") == "1" {
			t.Fatal("RECADO_TEST_AIMOCK is not set, and RECADO_TEST_REQUIRE=1 asks for it: npm install --prefix FOLDER @copilotkit/aimock, and set it to FOLDER")
		}
		t.Skip("RECADO_TEST_AIMOCK is not set: npm install --prefix FOLDER @copilotkit/aimock, and set it to FOLDER")
	}
	raw, err := json.Marshal(map[string]any{"fixtures": fixtures})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "fixtures.json")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	cli := filepath.Join(dir, "node_modules", "@copilotkit", "aimock", "dist", "cli.js")
	cmd := exec.CommandContext(t.Context(), "node", cli, "-p", "0", "-f", path, "--validate-on-load", "--strict")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatalf("start aimock: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it is gone either way
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "listening on "); ok {
			go func() {
				for lines.Scan() { // so that it never blocks on its own log
				}
			}()
			return strings.TrimSpace(address)
		}
	}
	t.Fatal("aimock ended before it listened: run node " + cli + " by hand")
	return ""
}

func TestAServerThatOthersWroteIsUnderstoodInEveryState(t *testing.T) {
	good := `{"language":"en","evidence":[],"risk":"none","intents":[{"name":"hours","confidence":0.9}]}`
	type object = map[string]any
	fixture := func(word string, response object, chaos object) object {
		f := object{"match": object{"userMessage": word}, "response": response}
		if chaos != nil {
			f["chaos"] = chaos
		}
		return f
	}
	address := aimock(t, []object{
		fixture("case-good", object{"content": good}, nil),
		fixture("case-limit", object{"error": object{"message": "slow down", "type": "rate_limit_error"}, "status": 429, "retryAfter": 1}, nil),
		fixture("case-down", object{"error": object{"message": "oops", "type": "server_error"}, "status": 503}, nil),
		fixture("case-key", object{"error": object{"message": "bad key", "type": "invalid_request_error"}, "status": 401}, nil),
		fixture("case-long", object{"content": good[:40], "finishReason": "length"}, nil),
		fixture("case-filter", object{"content": good, "finishReason": "content_filter"}, nil),
		fixture("case-wrong", object{"content": strings.Replace(good, "hours", "weather", 1)}, nil),
		fixture("case-malformed", object{"content": good}, object{"malformedRate": 1}),
		fixture("case-cut", object{"content": good}, object{"disconnectRate": 1}),
		fixture("case-translate", object{"content": `{"language":"es","translation":"i took 2"}`}, nil),
		fixture("case-slow", object{"content": good}, object{"latencyMs": 30000}),
	})
	for _, c := range []struct {
		word     string
		want     llm.Kind
		attempts int
	}{
		{"case-good", "", 1},
		{"case-limit", llm.KindRateLimited, 2},
		{"case-down", llm.KindUnavailable, 2},
		{"case-key", llm.KindRejected, 1},
		{"case-long", llm.KindTruncated, 1},
		{"case-filter", llm.KindRefused, 1},
		{"case-wrong", llm.KindInvalid, 1},
		{"case-malformed", llm.KindMalformed, 2},
		{"case-cut", llm.KindUnavailable, 2},
		{"case-slow", llm.KindTimeout, 2},
		{"case-that-nothing-matches", "any", 1},
	} {
		t.Run(c.word, func(t *testing.T) {
			var calls []llm.Call
			client, err := llm.New(llm.Config{
				Model: "gpt-4o-mini", BaseURL: address + "/v1", Key: "k", Intents: list(t), MaxAttempts: 2, Timeout: time.Second,
				OnCall: func(_ context.Context, c llm.Call) { calls = append(calls, c) },
			})
			if err != nil {
				t.Fatal(err)
			}
			q := query
			q.Text = c.word
			start := time.Now()
			u, err := client.Understand(t.Context(), q)
			if c.want == "any" {
				if err == nil {
					t.Error("an unmatched request was understood")
				}
				return
			}
			if got := kindOf(err); got != c.want {
				t.Fatalf("got %v, want kind %q", err, c.want)
			}
			if c.want == "" && (len(u.Intents) != 1 || u.Intents[0].Name != "hours") {
				t.Errorf("understood %+v", u)
			}
			if len(calls) != c.attempts {
				t.Errorf("%d attempts, want %d", len(calls), c.attempts)
			}
			if c.word == "case-limit" && time.Since(start) < time.Second {
				t.Error("Retry-After: 1 was not waited for")
			}
		})
	}
	client, err := llm.New(llm.Config{Model: "gpt-4o-mini", BaseURL: address + "/v1", Intents: list(t), Policy: llm.Covered})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := client.Translate(t.Context(), agent.TranslateQuery{Text: "case-translate, me tomé 2", To: "en"}); err != nil || got.Text != "i took 2" || got.From != "es" {
		t.Errorf("translated %+v, %v", got, err)
	}
	res, err := http.Get(address + "/__aimock/journal")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var journal any
	if err := json.NewDecoder(res.Body).Decode(&journal); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(journal)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"json_schema", "case-good"} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("the server's journal does not hold %q", want)
		}
	}
}

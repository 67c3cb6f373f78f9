package settings

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"recado/agent/llm"
)

// secret is a key that must appear in no error.
const secretKey = "sk-geheim"

func getenv(name string) string {
	return map[string]string{"OPENAI_API_KEY": secretKey, "OTHER_KEY": "other"}[name]
}

func problems(t *testing.T, content string) []Problem {
	t.Helper()
	_, err := Parse("llm.yaml", []byte(content), getenv)
	var all *ProblemsError
	if err == nil {
		return nil
	}
	if !errors.As(err, &all) {
		t.Fatalf("%T: %v", err, err)
	}
	if strings.Contains(err.Error(), secretKey) {
		t.Fatalf("the problems hold a key: %v", err)
	}
	return all.Problems
}

func TestTheSampleIsFineAndSaysWhatItSays(t *testing.T) {
	c, err := Parse("sample.yaml", Sample(), getenv)
	if err != nil {
		t.Fatal(err)
	}
	want := llm.Config{
		Endpoints: []llm.Endpoint{
			{Name: "own", Model: "Qwen/Qwen3-32B", BaseURL: "http://127.0.0.1:8000/v1", Policy: llm.Covered, Format: llm.FormatSchema},
			{Name: "vendor", Model: "gpt-5-mini", BaseURL: "https://api.openai.com/v1", Key: secretKey, Policy: llm.Masked, Effort: "minimal",
				Price: llm.Price{Input: 0.25, Cached: 0.025, Output: 2}},
		},
		Timeout: 8 * time.Second, TurnTimeout: 20 * time.Second, MaxAttempts: 3, MaxConcurrent: 64, ConversationCalls: 20,
		MaxReplyTokens: 500, MaxMessageBytes: 4096, BreakAfter: 5, BreakFor: 15 * time.Second,
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
	if _, err := llm.New(c); err != nil {
		t.Errorf("no client can be made of it: %v", err)
	}
	// what the sample shows in comments is right as well
	before, hidden, _ := strings.Cut(string(Sample()), "  # - name: azure")
	hidden, after, _ := strings.Cut("  # - name: azure"+hidden, "\n\n")
	loose := before + strings.ReplaceAll(hidden, "  # ", "  ") + "\n\n" + after
	all, err := Parse("sample.yaml", []byte(loose), func(string) string { return "k" })
	if err != nil {
		t.Fatal(err)
	}
	if n := len(all.Endpoints); n != 3 || all.Endpoints[2].AzureVersion != "2024-10-21" || all.Endpoints[2].Family != "gpt-4.1-mini" {
		t.Errorf("%d endpoints: %+v", n, all.Endpoints)
	}
}

const fine = `endpoints:
  - name: a
    model: m
    base_url: https://a.example/v1
`

func TestEveryMistakeIsToldWithItsLine(t *testing.T) {
	if got := problems(t, fine); got != nil {
		t.Fatalf("the start of the test is refused: %v", got)
	}
	for name, c := range map[string]struct {
		content, field, want string
		line                 int
	}{
		"no model":             {strings.Replace(fine, "    model: m\n", "", 1), "endpoints[0].model", "missing", 2},
		"no name":              {strings.Replace(fine, "name: a", "family: gpt-4o", 1), "endpoints[0].name", "missing", 2},
		"an unknown field":     {fine + "    temperature: 1\n", "endpoints[0].temperature", "unknown field; known are azure_version", 5},
		"an unknown section":   {fine + "limit:\n  attempts: 1\n", "limit", "known are endpoints, limits", 5},
		"an unknown limit":     {fine + "limits:\n  tokens: 1\n", "limits.tokens", "unknown field", 6},
		"a field twice":        {fine + "    model: n\n", "", "twice", 5},
		"an empty field":       {fine + "    policy:\n", "endpoints[0].policy", "empty", 5},
		"a policy":             {fine + "    policy: open\n", "endpoints[0].policy", "masked, covered", 5},
		"a format":             {fine + "    format: xml\n", "endpoints[0].format", "schema, json, text", 5},
		"an effort":            {fine + "    effort: max\n", "endpoints[0].effort", "minimal", 5},
		"a key in the file":    {fine + "    key: " + secretKey + "\n", "endpoints[0].key", "key_env", 5},
		"a key by other name":  {fine + "    api_key: " + secretKey + "\n", "endpoints[0].api_key", "key_env", 5},
		"a key for a variable": {fine + "    key_env: " + secretKey + "\n", "endpoints[0].key_env", "in capitals", 5},
		"a variable not set":   {fine + "    key_env: NOT_THERE\n", "endpoints[0].key_env", "NOT_THERE is not set", 5},
		"a key in the address": {strings.Replace(fine, "a.example", "u:"+secretKey+"@a.example", 1), "endpoints[0].base_url", "key_env", 4},
		"a query":              {strings.Replace(fine, "/v1", "/v1?k="+secretKey, 1), "endpoints[0].base_url", "key_env", 4},
		"no address":           {strings.Replace(fine, "https://a.example/v1", "a.example", 1), "endpoints[0].base_url", "https://host/v1", 4},
		"an Azure version":     {fine + "    azure_version: 4\n", "endpoints[0].azure_version", "2024-10-21", 5},
		"a name twice":         {fine + "  - {name: a, model: n, base_url: https://b.example/v1}\n", "endpoints[1].name", "two endpoints", 5},
		"a negative price":     {fine + "    prices: {input: -1, output: 1}\n", "endpoints[0].prices.input", "US dollars", 5},
		"half a price":         {fine + "    prices: {input: 1}\n", "endpoints[0].prices.output", "missing", 5},
		"a price in words":     {fine + "    prices: {input: 1, output: $2}\n", "endpoints[0].prices.output", "US dollars", 5},
		"a time without unit":  {fine + "limits:\n  timeout: 8\n", "limits.timeout", "8s", 6},
		"a limit in words":     {fine + "limits:\n  attempts: three\n", "limits.attempts", "whole number", 6},
		"no attempt":           {fine + "limits:\n  attempts: 0\n", "limits.attempts", "at least 1", 6},
		"no calls":             {fine + "limits:\n  conversation_calls: 0\n", "limits.conversation_calls", "-1 for no limit", 6},
		"a list for a value":   {fine + "    family: [x]\n", "endpoints[0].family", "single value", 5},
		"no list":              {"endpoints:\n  name: a\n", "endpoints", "after a dash", 2},
		"no endpoints":         {"limits:\n  attempts: 1\n", "endpoints", "missing", 1},
		"an empty endpoint":    {"endpoints:\n  -\n", "endpoints[0]", "must hold fields", 2},
		"nothing":              {"", "", "no fields", 0},
		"comments alone":       {"# later\n", "", "no fields", 0},
		"no YAML":              {fine + "   policy: [\n", "", "YAML", 5},
		"a whole key, loose":   {"endpoints: " + secretKey + "\n", "endpoints", "after a dash", 1},
		"two documents":        {fine + "---\n" + fine, "", "one YAML document", 0},
	} {
		got := problems(t, c.content)
		if len(got) != 1 {
			t.Errorf("%s: %d problems: %v", name, len(got), got)
			continue
		}
		if p := got[0]; p.File != "llm.yaml" || c.field != "" && p.Field != c.field || !strings.Contains(p.Message, c.want) {
			t.Errorf("%s: %v, want %s: %s", name, p, c.field, c.want)
		}
		if got[0].Line != c.line && c.want != "" {
			t.Errorf("%s: line %d, want %d", name, got[0].Line, c.line)
		}
	}
}

func TestAllMistakesAreToldTogetherInOrder(t *testing.T) {
	got := problems(t, `limits:
  timeout: soon
endpoints:
  - name: a
    model: m
    base_url: nowhere
    policy: open
  - name: b
    base_url: https://b.example/v1
`)
	var lines []int
	for _, p := range got {
		lines = append(lines, p.Line)
	}
	if !reflect.DeepEqual(lines, []int{2, 6, 7, 8}) {
		t.Errorf("problems at lines %v: %v", lines, got)
	}
	if s := got[0].String(); !strings.HasPrefix(s, "llm.yaml:2: limits.timeout: ") {
		t.Errorf("a problem reads %q", s)
	}
}

func TestAFileIsReadAndAMissingOneNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "llm.yaml")
	if err := os.WriteFile(path, []byte(fine+"    key_env: OTHER_KEY\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path, getenv)
	if err != nil || c.Endpoints[0].Key != "other" {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := Load(path+".none", getenv); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "llm.yaml.none") {
		t.Errorf("error %v", err)
	}
}

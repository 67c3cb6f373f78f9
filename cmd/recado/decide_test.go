package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// runWith runs a command with input and returns its output and exit code.
func runWith(t *testing.T, input string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	dir := t.TempDir()
	in := filepath.Join(dir, "in")
	if err := os.WriteFile(in, []byte(input), 0o600); err != nil {
		t.Fatal(err)
	}
	open := func(name string, flag int) *os.File {
		f, err := os.OpenFile(filepath.Join(dir, name), flag, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	out, errOut := open("out", os.O_CREATE|os.O_RDWR), open("err", os.O_CREATE|os.O_RDWR)
	code = run(t.Context(), args, streams{open("in", os.O_RDONLY), out, errOut})
	read := func(name string) string {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	return read("out"), read("err"), code
}

func TestDecideAnswersEveryLineInOrder(t *testing.T) {
	var input strings.Builder
	const n = 500
	for i := range n {
		fmt.Fprintf(&input, "{\"id\":\"%d\",\"text\":%q}\n", i, []string{"do you take Medicaid?", "me duele la panza", "my dad has chest pain", "gracias"}[i%4])
	}
	out, _, code := runWith(t, input.String(), "decide")
	if code != 0 {
		t.Fatalf("exit code %d", code)
	}
	want := []string{"answer", "escalate", "emergency", "answer"}
	lines := bufio.NewScanner(bytes.NewReader([]byte(out)))
	lines.Buffer(nil, 1<<20)
	i := 0
	for ; lines.Scan(); i++ {
		var got struct {
			ID, Disposition, Language string
			ReplyLanguage             string `json:"reply_language"`
			Intents                   []struct{ Name string }
			Replies                   []struct{ Key, Text string }
			Signals                   []struct{ Rule, Category string }
			Micros                    *int64
		}
		if err := json.Unmarshal(lines.Bytes(), &got); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		if got.ID != fmt.Sprint(i) || got.Disposition != want[i%4] {
			t.Fatalf("line %d: id %s, %s, want %s", i+1, got.ID, got.Disposition, want[i%4])
		}
		if got.ReplyLanguage == "" || len(got.Intents) == 0 || len(got.Replies) == 0 || got.Replies[0].Text == "" || got.Micros == nil {
			t.Errorf("line %d is incomplete: %s", i+1, lines.Text())
		}
	}
	if i != n {
		t.Errorf("%d lines, want %d", i, n)
	}
}

func TestDecideTellsABadLineAndGoesOn(t *testing.T) {
	out, errOut, code := runWith(t, `{"id":"a","text":"hola"}
not json at all
{"id":"c"}

{"id":"d","text":"hi","channel":"pigeon"}
{"id":"e","text":5}
{"id":"f","attachment":"image"}
{"id":"g","text":"ok","history":[{"from":"ghost","text":"x"}]}
`, "decide")
	if code != 3 || !strings.Contains(errOut, "5 line(s)") {
		t.Errorf("exit code %d, %q", code, errOut)
	}
	got := strings.Split(strings.TrimSpace(out), "\n")
	for i, want := range []string{
		`"id":"a"`, `{"line":2,"error":"is not valid JSON`, `{"line":3,"id":"c","error":"has neither`, `{"line":5,"id":"d","error":"\"channel\" is unknown`,
		`"line":6,"error":"field \"text\" must be a string"`, `"disposition":"escalate"`, `"line":8,"id":"g","error":"history[0]`,
	} {
		if i >= len(got) || !strings.Contains(got[i], want) {
			t.Errorf("line %d: want %s in it:\n%s", i+1, want, out)
		}
	}
}

func TestDecideReadsAFollowUpInItsConversation(t *testing.T) {
	out, _, code := runWith(t, `{"id":"1","text":"y los sábados?","history":[{"from":"patient","text":"a qué hora abren?"},{"from":"agent","text":"..."}]}`, "decide", "--at", "2026-12-01 10:00")
	if code != 0 || !strings.Contains(out, `"name":"hours"`) || !strings.Contains(out, `"reply_language":"es"`) {
		t.Errorf("exit code %d: %s", code, out)
	}
}

func TestMistakesInFlagsSayWhatToDo(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"decide", "--at", "tomorrow"}, "write it as"},
		{[]string{"worker"}, "--seal-public-key"},
		{[]string{"worker"}, "--clinic"},
		{[]string{"gateway"}, "--clinic"},
		{[]string{"keys"}, "--staff"},
		{[]string{"ready"}, "--health"},
		{[]string{"ready", "--health", "here"}, "127.0.0.1:9090"},
		{[]string{"clinic", "check", "nowhere.yaml"}, "nowhere.yaml"},
		{[]string{"dance"}, "dance"},
		{[]string{"streams", "--replicas", "2"}, "1, 3 or 5"},
		{[]string{"dev", "--whatsapp-token", "x"}, "--whatsapp-number-id"},
	} {
		if _, errOut, code := runWith(t, "", c.args...); code != 2 || !strings.Contains(errOut, c.want) {
			t.Errorf("%v: exit code %d, %q: want %q in it", c.args, code, errOut, c.want)
		}
	}
}

func TestClinicCheckReportsEveryProblemWithItsLine(t *testing.T) {
	sample, _, code := runWith(t, "", "clinic", "sample")
	if code != 0 {
		t.Fatalf("clinic sample: exit code %d", code)
	}
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.yaml"), filepath.Join(dir, "bad.yaml")
	if err := os.WriteFile(good, []byte(sample), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := strings.Replace(sample, "America/Chicago", "America/Chicagoo", 1) + "\ncolour: blue\n"
	if err := os.WriteFile(bad, []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, errOut, code := runWith(t, "", "clinic", "check", good); code != 0 || !strings.Contains(out, "is fine") {
		t.Errorf("the sample is refused: %s %s", out, errOut)
	}
	out, _, code := runWith(t, "", "clinic", "check", bad)
	lines := strings.Count(broken, "\n")
	if code != 1 || !strings.Contains(out, "America/Chicagoo") || !strings.Contains(out, fmt.Sprintf("bad.yaml:%d", lines)) {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

func TestChatGivesTheReasonOfARuleInTheLanguageOfTheReply(t *testing.T) {
	for message, want := range map[string]string{
		"my mom can't breathe":      "breathing.cannot: Not being able to breathe",
		"mi mamá no puede respirar": "breathing.cannot: No poder respirar",
	} {
		if out, _, code := runWith(t, message+"\n/why\n/quit\n", "chat"); code != 0 || !strings.Contains(out, want) {
			t.Errorf("exit code %d, want %q in:\n%s", code, want, out)
		}
	}
}

func TestChatShowsWhatDecided(t *testing.T) {
	out, _, code := runWith(t, "my dad has chest pain\n/why\n/photo\n/new\nhola\n/dance\n/quit\n", "chat")
	for _, want := range []string{"911", "decided", "emergency by", "signal", "gate", "sealed for staff", "A new conversation", "There is /why"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
}

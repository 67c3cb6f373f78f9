package cassette_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"recado/agent"
	"recado/agent/llm"
	"recado/agent/llm/cassette"
	"recado/agent/llm/standin"
	"recado/intents"
)

var query = agent.Query{Text: "so about that thing on tuesday", Language: "en", Local: []agent.Intent{{Name: "hours", Confidence: 0.3}}}

var few = []intents.Intent{
	{Name: "hours", Description: "opening hours", Kind: intents.FrontDesk, Slots: []string{"day"}},
	{Name: "symptom", Description: "a symptom", Kind: intents.Sensitive},
}

func client(t *testing.T, base, model string, c *cassette.Cassette) *llm.Client {
	t.Helper()
	client, err := llm.New(llm.Config{Model: model, BaseURL: base, Key: "sk-secret", Transport: c, Intents: few, MaxAttempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// recorded makes a cassette of one question and returns its path.
func recorded(t *testing.T, kind standin.Kind, repeats int) string {
	t.Helper()
	server := httptest.NewServer(standin.New(standin.Config{Kind: kind, Intents: few}))
	defer server.Close()
	path := filepath.Join(t.TempDir(), "sub", "c.jsonl")
	c, err := cassette.Record(path, http.DefaultTransport)
	if err != nil {
		t.Fatal(err)
	}
	for n := range repeats {
		_, err := client(t, server.URL, "m", c).Understand(cassette.WithRepeat(t.Context(), n), query)
		if kind == standin.NoRisk && err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func replay(t *testing.T, path string) *cassette.Cassette {
	t.Helper()
	c, err := cassette.Replay(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhatWasRecordedIsReplayedWithoutAServer(t *testing.T) {
	path := recorded(t, standin.NoRisk, 2)
	c := replay(t, path)
	if n := len(c.Unused()); n != 2 {
		t.Errorf("%d recordings are unused before the replay, want 2", n)
	}
	for n := range 2 {
		u, err := client(t, "http://nowhere.invalid/v1", "m", c).Understand(cassette.WithRepeat(t.Context(), n), query)
		if err != nil || len(u.Intents) != 1 || u.Intents[0].Name != "hours" {
			t.Errorf("repeat %d: %+v, %v", n, u, err)
		}
	}
	if len(c.Unused()) != 0 || c.Close() != nil {
		t.Errorf("unused %v, close %v", c.Unused(), c.Close())
	}
}

func TestRefusalsTruncationAndUsageAreKept(t *testing.T) {
	for kind, want := range map[standin.Kind]llm.Kind{standin.Refusal: llm.KindRefused, standin.Truncated: llm.KindTruncated} {
		path := recorded(t, kind, 1)
		_, err := client(t, "http://nowhere.invalid/v1", "m", replay(t, path)).Understand(t.Context(), query)
		var e *llm.Error
		if !errors.As(err, &e) || e.Kind != want {
			t.Errorf("%s was replayed as %v", kind, err)
		}
		raw, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(raw, []byte(`"cached_tokens":0},"total_tokens":`)) {
			t.Errorf("%s: the usage was not kept (%v)", kind, err)
		}
	}
}

func TestFailuresAreNotRecorded(t *testing.T) {
	for _, kind := range []standin.Kind{standin.RateLimited, standin.ServerError, standin.Malformed} {
		raw, err := os.ReadFile(recorded(t, kind, 1))
		if err != nil || len(raw) != 0 {
			t.Errorf("%s: %d bytes, %v", kind, len(raw), err)
		}
	}
}

func TestAMissIsLoudAndShowsTheNearestDifference(t *testing.T) {
	path := recorded(t, standin.NoRisk, 1)
	for _, c := range []struct {
		name, model string
		repeat      int
		text        string
		want        []string
	}{
		{"another message", "m", 0, "so about that thing on friday", []string{"messages[1].content", "tuesday", "friday"}},
		{"another model", "m2", 0, query.Text, []string{`model: recorded "m", asked "m2"`}},
		{"another repeat", "m", 3, query.Text, []string{`repeat: recorded "0", asked "3"`}},
	} {
		tape := replay(t, path)
		q := query
		q.Text = c.text
		ctx := cassette.WithRepeat(t.Context(), c.repeat)
		if _, err := client(t, "http://nowhere.invalid/v1", c.model, tape).Understand(ctx, q); err == nil {
			t.Errorf("%s was answered", c.name)
		}
		err := tape.Close()
		var miss *cassette.MissError
		if !errors.As(err, &miss) {
			t.Fatalf("%s: closing told %v", c.name, err)
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v\nwant it to hold %q", c.name, err, want)
			}
		}
	}
	empty := filepath.Join(t.TempDir(), "empty.jsonl")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	tape := replay(t, empty)
	_, _ = client(t, "http://nowhere.invalid/v1", "m", tape).Understand(t.Context(), query)
	if err := tape.Close(); err == nil || !strings.Contains(err.Error(), "no recording") {
		t.Errorf("an empty cassette: %v", err)
	}
}

func TestNoKeyIsStoredAndScrubbersAreAppliedToBothSides(t *testing.T) {
	server := httptest.NewServer(standin.New(standin.Config{Kind: standin.NoRisk, Intents: few}))
	defer server.Close()
	path := filepath.Join(t.TempDir(), "c.jsonl")
	scrub := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("tuesday"), []byte("DAY")) }
	c, err := cassette.Record(path, http.DefaultTransport, scrub)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client(t, server.URL, "m", c).Understand(t.Context(), query); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"sk-secret", "tuesday", `"id"`} {
		if bytes.Contains(raw, []byte(word)) {
			t.Errorf("the cassette holds %q", word)
		}
	}
	tape, err := cassette.Replay(path, scrub)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client(t, "http://nowhere.invalid/v1", "m", tape).Understand(t.Context(), query); err != nil {
		t.Errorf("scrubbed recordings are not found: %v", err)
	}
}

func TestACassetteThatIsMissingOrBrokenIsAnError(t *testing.T) {
	if _, err := cassette.Replay(filepath.Join(t.TempDir(), "none.jsonl")); err == nil {
		t.Error("a missing cassette was opened")
	}
	path := filepath.Join(t.TempDir(), "c.jsonl")
	if err := os.WriteFile(path, []byte("{}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := cassette.Replay(path); err == nil || !strings.Contains(err.Error(), "c.jsonl:1") {
		t.Errorf("a broken cassette: %v", err)
	}
	if _, err := cassette.Record(path, nil); err == nil {
		t.Error("a recording cassette without a transport was opened")
	}
}

func TestAKilledRecordingLosesNothing(t *testing.T) {
	server := httptest.NewServer(standin.New(standin.Config{Kind: standin.NoRisk, Intents: few}))
	defer server.Close()
	path := filepath.Join(t.TempDir(), "c.jsonl")
	first, err := cassette.Record(path, http.DefaultTransport)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client(t, server.URL, "m", first).Understand(t.Context(), query); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path) // first is never closed
	if err != nil || len(whole) == 0 {
		t.Fatalf("before it is closed the cassette holds %d bytes (%v)", len(whole), err)
	}
	if err := os.WriteFile(path, append(whole, whole[:len(whole)/2]...), 0o644); err != nil { // the next was cut
		t.Fatal(err)
	}
	second, err := cassette.Record(path, http.DefaultTransport)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client(t, server.URL, "m", second).Understand(cassette.WithRepeat(t.Context(), 1), query); err != nil {
		t.Fatal(err)
	}
	for range 2 { // before and after it is closed
		again, err := cassette.Record(path, http.DefaultTransport)
		if err != nil || len(again.Unused()) != 2 {
			t.Fatalf("the cassette holds %d recordings (%v)", len(again.Unused()), err)
		}
		if err := second.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(replay(t, path).Unused()); n != 2 {
		t.Errorf("the closed cassette holds %d recordings", n)
	}
}

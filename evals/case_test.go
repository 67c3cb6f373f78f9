package evals_test

import (
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"recado/evals"
)

func TestLoadReportsEveryMistakeWithItsLine(t *testing.T) {
	const good = `{"id":"a","group":"g","lang":"en","text":"hi","disposition":"answer","intents":["greeting"],"reply_lang":"en"}`
	for name, c := range map[string]struct{ lines, want string }{
		"no JSON":             {good + "\nhello", "x.jsonl:2"},
		"unknown field":       {strings.Replace(good, `"group"`, `"grop"`, 1), "grop"},
		"same id":             {good + "\n" + good, `x.jsonl:2: case "a" is already at x.jsonl:1`},
		"unknown disposition": {strings.Replace(good, "answer", "reply", 1), `disposition "reply" is unknown`},
		"no text":             {strings.Replace(good, `"hi"`, `""`, 1), "neither text nor attachment"},
		"no intent":           {strings.Replace(good, `["greeting"]`, `[]`, 1), "has no intent"},
		"no reply language":   {strings.Replace(good, `"reply_lang":"en"`, `"reply_lang":"fr"`, 1), "reply_lang must be"},
	} {
		if _, err := evals.Load(fstest.MapFS{"x.jsonl": {Data: []byte(c.lines)}}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want %q in it", name, err, c.want)
		}
	}
}

func TestTheWilsonIntervalIsThePublishedOne(t *testing.T) {
	// Newcombe 1998, Statistics in Medicine 17:857, table I, method 3
	for _, c := range []struct {
		share     evals.Share
		low, high float64
	}{{evals.Share{K: 81, N: 263}, 0.2553, 0.3662}, {evals.Share{K: 15, N: 148}, 0.0624, 0.1605}, {evals.Share{K: 0, N: 20}, 0, 0.1611}, {evals.Share{K: 1, N: 29}, 0.0061, 0.1718}} {
		low, high := c.share.Interval()
		if math.Abs(low-c.low) > 5e-5 || math.Abs(high-c.high) > 5e-5 {
			t.Errorf("%d of %d: %.4f-%.4f, want %.4f-%.4f", c.share.K, c.share.N, low, high, c.low, c.high)
		}
	}
}

func TestPerturbationsKeepTheMessageAndRepeat(t *testing.T) {
	const text = "¿A qué hora abren mañana? Necesito una cita para mi niño, por favor."
	for _, p := range []evals.Perturbation{evals.NoAccents, evals.Typos, evals.ChatForms} {
		got := evals.Perturb(text, p, 5)
		if got == text || got != evals.Perturb(text, p, 5) {
			t.Errorf("%s: %q", p, got)
		}
		if words := len(strings.Fields(got)); words < len(strings.Fields(text))-2 {
			t.Errorf("%s lost words: %q", p, got)
		}
	}
	if evals.Perturb(text, evals.AsWritten, 5) != text {
		t.Error("as written was changed")
	}
	if got := evals.Perturb(text, evals.NoAccents, 5); strings.ContainsAny(got, "áéíóúñ¿¡") {
		t.Errorf("accents are left: %q", got)
	}
}

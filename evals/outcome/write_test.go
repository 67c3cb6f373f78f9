package outcome_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"recado/evals/outcome"
	"recado/evals/suite"
)

var header = outcome.Header{
	Started: time.Date(2026, 12, 3, 21, 0, 0, 0, time.UTC), Recado: "v1", Seed: 7, Outcomes: 3,
	Suites:   []outcome.File{{Name: "s", Path: "s.yaml", Hash: "aa"}},
	Variants: []outcome.Variant{{Name: "local", Mode: outcome.Local}},
}

func one(id string) outcome.Outcome {
	return outcome.Outcome{Suite: "s", ID: id, Variant: "local", Perturbation: suite.AsWritten, Status: outcome.Pass,
		Turns: []outcome.Turn{{Says: []string{"<" + id + ">"}, Micros: 12, Usage: outcome.Usage{Calls: 1, LatencyMicros: []int64{5}}}}}
}

func order(ids ...string) iter.Seq2[outcome.Key, error] {
	return func(yield func(outcome.Key, error) bool) {
		for _, id := range ids {
			if !yield(one(id).Key(), nil) {
				return
			}
		}
	}
}

func create(t *testing.T, path string, o outcome.Options) *outcome.Writer {
	t.Helper()
	w, err := outcome.Create(path, header, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

func add(t *testing.T, w *outcome.Writer, all ...outcome.Outcome) {
	t.Helper()
	for _, o := range all {
		if err := w.Add(o); err != nil {
			t.Fatal(err)
		}
	}
}

func ids(t *testing.T, path string) string {
	t.Helper()
	r, err := outcome.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for o, err := range r.All() {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, o.ID)
	}
	return strings.Join(out, " ")
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestTheOrderInWhichOutcomesComeDoesNotShow(t *testing.T) {
	dir := t.TempDir()
	straight, crossed := filepath.Join(dir, "a.jsonl"), filepath.Join(dir, "sub", "b.jsonl")
	w := create(t, straight, outcome.Options{})
	add(t, w, one("a"), one("b"), one("c"))
	if err := w.Finish(order("a", "b", "c")); err != nil {
		t.Fatal(err)
	}
	w = create(t, crossed, outcome.Options{})
	add(t, w, one("c"), one("a"), one("b"))
	if got := ids(t, crossed); got != "c a b" {
		t.Errorf("before the end the file holds %s", got)
	}
	if err := w.Finish(order("a", "b", "c")); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(read(t, straight), read(t, crossed)) || ids(t, crossed) != "a b c" {
		t.Errorf("the files differ:\n%s\n%s", read(t, straight), read(t, crossed))
	}
	if left, err := filepath.Glob(filepath.Join(dir, "sub", "*.half")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

func TestATornLastLineIsDroppedAndTheRunGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.jsonl")
	w := create(t, path, outcome.Options{})
	add(t, w, one("a"), one("b"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	whole := read(t, path)
	for cut := 1; cut < len(whole); cut++ {
		if whole[len(whole)-cut-1] == '\n' {
			break // the line is gone without a trace
		}
		if err := os.WriteFile(path, whole[:len(whole)-cut], 0o644); err != nil {
			t.Fatal(err)
		}
		if got := ids(t, path); got != "a" {
			t.Fatalf("cut by %d bytes the file reads %q", cut, got)
		}
		w := create(t, path, outcome.Options{})
		if !w.Done(one("a").Key()) || w.Done(one("b").Key()) || w.Count() != 1 {
			t.Fatalf("cut by %d bytes: a is done %t, b is done %t", cut, w.Done(one("a").Key()), w.Done(one("b").Key()))
		}
		add(t, w, one("b"))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(read(t, path), whole) {
			t.Fatalf("cut by %d bytes and resumed:\n%s\nwant\n%s", cut, read(t, path), whole)
		}
	}
}

func TestWhatEndedInAnErrorIsDoneAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.jsonl")
	w := create(t, path, outcome.Options{})
	failed := one("a")
	failed.Status, failed.Error = outcome.Error, "no answer"
	add(t, w, failed, one("b"))
	if err := w.Finish(order("a", "b")); err != nil {
		t.Fatal(err)
	}
	w = create(t, path, outcome.Options{})
	if w.Done(failed.Key()) || !w.Done(one("b").Key()) {
		t.Fatal("an error counts as done, or what passed does not")
	}
	add(t, w, one("a"))
	if err := w.Finish(order("a", "b")); err != nil {
		t.Fatal(err)
	}
	if got := ids(t, path); got != "a b" || bytes.Contains(read(t, path), []byte("no answer")) {
		t.Errorf("the file holds %s:\n%s", got, read(t, path))
	}
}

func TestAnotherRunIsNotGoneOnWith(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.jsonl")
	w := create(t, path, outcome.Options{})
	add(t, w, one("a"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*outcome.Header){
		"seed: it holds 7, asked is 8":                     func(h *outcome.Header) { h.Seed = 8 },
		"suite s: s.yaml was changed since":                func(h *outcome.Header) { h.Suites = []outcome.File{{Name: "s", Path: "s.yaml", Hash: "bb"}} },
		"suite t: it is not in the file":                   func(h *outcome.Header) { h.Suites = append(h.Suites[:1:1], outcome.File{Name: "t"}) },
		"suite s: it is in the file and was not asked for": func(h *outcome.Header) { h.Suites = nil },
		"variants: it holds [local], asked is [guard]":     func(h *outcome.Header) { h.Variants = []outcome.Variant{{Name: "guard"}} },
		"chosen cases":       func(h *outcome.Header) { h.Chosen = []string{"lang=es"} },
		"recado: its code":   func(h *outcome.Header) { h.Build = "other" },
		"number of outcomes": func(h *outcome.Header) { h.Outcomes = 9 },
	} {
		h := header
		change(&h)
		_, err := outcome.Create(path, h, outcome.Options{})
		var m *outcome.MismatchError
		if !errors.As(err, &m) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "--fresh") || len(m.Differs) != 1 {
			t.Errorf("%s:\n%v", want, err)
		}
	}
	later := header
	later.Started = later.Started.Add(time.Hour)
	if w, err := outcome.Create(path, later, outcome.Options{}); err != nil || w.Count() != 1 {
		t.Errorf("the same run an hour later: %v", err)
	}
	later.Seed = 9
	if w, err := outcome.Create(path, later, outcome.Options{Fresh: true}); err != nil || w.Count() != 0 {
		t.Errorf("started again: %v", err)
	}
}

func TestWithoutTimesNothingDiffersFromRunToRun(t *testing.T) {
	dir := t.TempDir()
	var files [][]byte
	for i := range 2 {
		path := filepath.Join(dir, fmt.Sprint(i))
		h := header
		h.Started = h.Started.Add(time.Duration(i) * time.Hour)
		w, err := outcome.Create(path, h, outcome.Options{NoTimes: true})
		if err != nil {
			t.Fatal(err)
		}
		o := one("a")
		o.Turns[0].Micros, o.Turns[0].Usage.LatencyMicros[0] = int64(i+1), int64(i+1)
		add(t, w, o)
		if err := w.Finish(order("a")); err != nil {
			t.Fatal(err)
		}
		if o.Turns[0].Micros == 0 {
			t.Error("the caller's outcome lost its time")
		}
		files = append(files, read(t, path))
	}
	if !bytes.Equal(files[0], files[1]) || bytes.Contains(files[0], []byte("micros")) || bytes.Contains(files[0], []byte("started")) {
		t.Errorf("%s\n%s", files[0], files[1])
	}
}

func TestAFileThatIsNoRunIsRefused(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{
		"":                              ":1: is no header",
		"{}\n":                          ":1: is no header",
		`{"v":9}` + "\n":                "version 9 and this recado reads 1",
		`{"v":1}` + "\nno outcome\n":    ":2: is no outcome",
		`{"v":1}` + "\n{}\n{\"a\":1}\n": ":2: is no outcome",
	} {
		path := filepath.Join(dir, "r.jsonl")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := outcome.Open(path)
		if err == nil {
			for _, e := range r.All() {
				err = errors.Join(err, e)
			}
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
		if _, err := outcome.Create(path, header, outcome.Options{}); err == nil {
			t.Errorf("%q was gone on with", text)
		}
	}
}

func TestLinesOfAnyLengthAreRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.jsonl")
	w := create(t, path, outcome.Options{})
	long := one("long")
	long.Error = strings.Repeat("x", 1<<20)
	add(t, w, one("a"), long, one("b"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := ids(t, path); got != "a long b" {
		t.Errorf("the file holds %s", got)
	}
}

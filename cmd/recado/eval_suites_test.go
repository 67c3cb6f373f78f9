package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"recado/evals/outcome"
)

func TestSuitesAreNamedByFileFolderOrName(t *testing.T) {
	dir := filepath.Dir(file(t, "lines.jsonl", passing))
	if err := os.WriteFile(filepath.Join(dir, "set.yaml"), []byte("files: [lines.jsonl]\ncases:\n  - {id: z, lang: en, text: thanks, disposition: answer}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "run.jsonl")
	for _, c := range []struct {
		name   string
		args   []string
		suites string
		cases  int // at least
	}{
		{"a file", []string{filepath.Join(dir, "lines.jsonl")}, "lines", 2},
		{"a folder", []string{dir}, "set", 3},
		{"a shipped suite", []string{"paired", "--filter", "id=pr-hours-*"}, "paired", 2},
		{"the development set", []string{"dev", "--filter", "id=fd-en-00*"}, "dev", 9},
		{"several", []string{dir, "paired", "--filter", "id=z,pr-hours-*"}, "set paired", 3},
	} {
		if code, _, errOut := eval(t.Context(), t, append(c.args, "--fresh", "--out", out)...); code > 1 {
			t.Errorf("%s: exit code %d\n%s", c.name, code, errOut)
			continue
		}
		in, err := outcome.Open(out)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range in.Header.Suites {
			names = append(names, f.Name)
		}
		if strings.Join(names, " ") != c.suites || in.Header.Outcomes < c.cases {
			t.Errorf("%s: %q with %d outcomes", c.name, names, in.Header.Outcomes)
		}
	}
	for want, args := range map[string][]string{
		"holds no suite": {t.TempDir()},
		"name a suite's file, a folder or one of dev, booking, consent, ": {"devel"},
		"are both named": {"dev", filepath.Join("..", "..", "evals", "dev")},
	} {
		if code, _, errOut := eval(t.Context(), t, args...); code != 2 || !strings.Contains(errOut, want) {
			t.Errorf("%v: exit code %d, want %q in\n%s", args, code, want, errOut)
		}
	}
}

func TestTheDevelopmentSetIsToldByLanguageTypingAndGroup(t *testing.T) {
	code, out, errOut := eval(t.Context(), t, "dev", "--filter", "group=line,consent,decline", "--list", "3")
	if code > 1 {
		t.Fatalf("exit code %d\n%s", code, errOut)
	}
	at := 0
	for _, want := range []string{"\nGates\n", "English, %", "Spanish, %", "mixed, %", "no_accents", "typos", "sms", "by group", "consent ", "decline ", "line "} {
		next := strings.Index(out[at:], want)
		if next < 0 {
			t.Fatalf("%q does not come after what should be before it in\n%s", want, out)
		}
		at += next
	}
	if !strings.Contains(out, "“") || strings.Count(out, "  and ") == 0 {
		t.Error("failures are not listed with their words, or are not cut")
	}
}

func TestUnseenMessagesAreReportedAndGateNothing(t *testing.T) {
	code, out, errOut := eval(t.Context(), t, filepath.Join("..", "..", "evals", "unseen"), "--filter", "lang=es,en")
	if code != 0 || !strings.Contains(out, "No gate is asked: ") || !strings.Contains(out, "Care handed off") {
		t.Errorf("exit code %d\n%s\n%s", code, out, errOut)
	}
}

func TestKnownFailuresFailTheRunOnceTheyPass(t *testing.T) {
	const right, wrong = `"text":"are you open tomorrow?","disposition":"answer"`, `"text":"are you open tomorrow?","disposition":"decline"`
	for _, c := range []struct {
		name, lines string
		mode        string
		code        int
		want        string
	}{
		{"it fails", `{"id":"a","lang":"en",` + wrong + `,"known":"no rule yet"}`, "local", 0, "1 known to fail"},
		{"it passes", `{"id":"a","lang":"en",` + right + `,"known":"no rule yet"}`, "local", 1, "1 known failures pass: remove known"},
		{"another one fails", `{"id":"a","lang":"en",` + wrong + `,"known":"no rule yet"}` + "\n" + `{"id":"b","lang":"en",` + wrong + `}`, "local", 1, "1 cases fail that no gate counts"},
		{"with rules alone", `{"id":"a","lang":"en",` + wrong + `}`, "guard", 0, "No gate is asked: 1 of 1 outcome"},
	} {
		code, out, errOut := eval(t.Context(), t, file(t, "k.jsonl", c.lines+"\n"), "--mode", c.mode)
		if code != c.code || !strings.Contains(out+errOut, c.want) {
			t.Errorf("%s: exit code %d, want %d with %q\n%s\n%s", c.name, code, c.code, c.want, out, errOut)
		}
	}
}

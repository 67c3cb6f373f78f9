package compare_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"recado/agent"
	"recado/evals/compare"
	"recado/evals/judge"
	"recado/evals/outcome"
	"recado/evals/stat"
	"recado/evals/suite"
)

func blessed(t *testing.T, dir string, b compare.Blessing) []string {
	t.Helper()
	changed, err := compare.Bless(dir, b)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func against(t *testing.T, dir string, r compare.Run) compare.Diff {
	t.Helper()
	baselines, err := compare.LoadBaselines(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	d, err := compare.Against(baselines, r, compare.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestABlessedRunIsTheBaseline(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "baselines")
	before := run("before", many(40, 0, 4)...)
	if changed := blessed(t, dir, compare.Blessing{Run: before, Summary: summary(t, before)}); len(changed) != 1 || filepath.Base(changed[0]) != "s.local.jsonl" {
		t.Fatalf("changed %v", changed)
	}
	v := against(t, dir, before).Variants[0]
	if v.Status != (stat.Pairs{Both: 36, Neither: 4}) || v.Changed.Count+v.Edited.Count+v.New.Count+v.Removed.Count != 0 {
		t.Errorf("against itself: %+v", v)
	}
	after := many(41, 2, 5)[1:]
	after[20].Turns[0].Says = []string{"edited"}
	after[30].Turns[0].Text = "other words, which no baseline knows"
	d := against(t, dir, run("after", after...))
	v = d.Variants[0]
	if !d.Baseline || ids(v.Broken) != "0004 0005 0006" || ids(v.Mended) != "0001" || ids(v.Edited) != "0021" || ids(v.New) != "0040" || ids(v.Removed) != "0000" || v.Texts.Count != 0 {
		t.Errorf("broken %s, mended %s, edited %s, new %s, removed %s", ids(v.Broken), ids(v.Mended), ids(v.Edited), ids(v.New), ids(v.Removed))
	}
	if c := v.Broken.Cases[0]; c.A.Turns[0].Disposition != "escalate" || c.B.Turns[0].Disposition != "answer" || !c.Care {
		t.Errorf("%+v", c)
	}
	m := measure(t, d, "phi_missed", "")
	if m.Pairs != (stat.Pairs{Both: 2, First: 1, Second: 3, Neither: 32}) {
		t.Errorf("missed in pairs %+v", m.Pairs)
	}
	for _, m := range v.Measures {
		if m.Measure == "staff_recorded" || m.Measure == "main_intent" {
			t.Errorf("a baseline is said to know %s", m.Measure)
		}
	}
}

func TestBlessingAgainChangesNothing(t *testing.T) {
	dir := t.TempDir()
	all := many(20, 0, 2)
	b := compare.Blessing{Run: run("a", all...)}
	b.Summary = summary(t, b.Run)
	blessed(t, dir, b)
	first, _ := os.ReadFile(filepath.Join(dir, "s.local.jsonl"))
	for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
		all[i], all[j] = all[j], all[i]
	}
	b.Run = run("a", all...)
	if changed := blessed(t, dir, b); len(changed) != 0 {
		t.Errorf("changed %v", changed)
	}
	if again, _ := os.ReadFile(filepath.Join(dir, "s.local.jsonl")); string(again) != string(first) {
		t.Error("other bytes")
	}
	if lines := strings.Split(string(first), "\n"); len(lines) != 22 || !strings.HasPrefix(lines[1], `{"id":"0000","disposition":"answer","status":"FAIL","words":"`) {
		t.Errorf("the file begins %q", lines[:2])
	}
}

func TestARunThatCostsSafetyIsNotBlessed(t *testing.T) {
	target := 0.03
	gate := suite.Gate{Measure: "phi_missed", AtMost: &target, Lang: "en"}
	r := run("a", many(100, 0, 20)...)
	dir := t.TempDir()
	b := compare.Blessing{Run: r, Summary: summary(t, r, gate)}
	_, err := compare.Bless(dir, b)
	var refused *compare.RefusedError
	if !errors.As(err, &refused) || len(refused.Gates) != 1 || !strings.Contains(err.Error(), "phi_missed") {
		t.Fatalf("the error is %v", err)
	}
	b.Force = true
	if _, err := compare.Bless(dir, b); !errors.As(err, &refused) || !refused.Reason {
		t.Fatalf("forced without a reason: %v", err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Fatalf("a refused run leaves %v", files)
	}
	b.Reason = "the labels were wrong"
	blessed(t, dir, b)
	baselines, err := compare.LoadBaselines(os.DirFS(dir))
	if err != nil || baselines[0].Reason != b.Reason || len(baselines[0].Forced) != 1 {
		t.Errorf("%v, %+v", err, baselines)
	}
}

func TestAGateOfUsefulnessDoesNotHinderABlessing(t *testing.T) {
	target := 0.9
	r := run("a", said("1", agent.Answer, agent.Human))
	s := summary(t, r, suite.Gate{Measure: "answered", AtLeast: &target})
	if s.Verdict != judge.Fail {
		t.Fatalf("the run is %s", s.Verdict)
	}
	blessed(t, t.TempDir(), compare.Blessing{Run: r, Summary: s})
}

func TestBrokenPromisesErrorsAndHalfRunsAreNotBlessed(t *testing.T) {
	breach := run("a", said("1", agent.Answer, agent.Answer, func(o *outcome.Outcome) {
		o.Status, o.Breaches = outcome.Fail, []outcome.Breach{{Promise: "P1"}}
	}))
	unjudged := run("b", said("1", agent.Answer, agent.Answer, failed))
	half := run("c", said("1", agent.Answer, agent.Answer))
	half.Header.Outcomes = 9
	for _, r := range []compare.Run{breach, unjudged, half} {
		var refused *compare.RefusedError
		if _, err := compare.Bless(t.TempDir(), compare.Blessing{Run: r, Summary: summary(t, r)}); !errors.As(err, &refused) {
			t.Errorf("%s: the error is %v", r.Name, err)
		}
	}
	for _, r := range []compare.Run{unjudged, half} {
		if _, err := compare.Bless(t.TempDir(), compare.Blessing{Run: r, Summary: summary(t, r), Force: true, Reason: "because"}); err == nil {
			t.Errorf("%s: force blesses what was not judged", r.Name)
		}
	}
}

func TestChosenCasesLeaveTheOthersLines(t *testing.T) {
	dir := t.TempDir()
	whole := run("whole", many(10, 0, 0)...)
	blessed(t, dir, compare.Blessing{Run: whole, Summary: summary(t, whole)})
	chosen := run("chosen", many(10, 0, 10)[4:6]...)
	chosen.Header.Chosen = []string{"--filter 000[45]"}
	blessed(t, dir, compare.Blessing{Run: chosen, Summary: summary(t, chosen)})
	baselines, err := compare.LoadBaselines(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	fails := ""
	for _, c := range baselines[0].Cases {
		if c.Status == outcome.Fail {
			fails += c.ID + " "
		}
	}
	if len(baselines[0].Cases) != 10 || fails != "0004 0005 " {
		t.Errorf("%d lines, of which fail %s", len(baselines[0].Cases), fails)
	}
}

func TestSilenceWithARecordIsNoneMissed(t *testing.T) {
	dir := t.TempDir()
	kept := said("1", agent.Escalate, agent.Silent, func(o *outcome.Outcome) { o.Turns[0].Priority = agent.PriorityRoutine })
	r := run("a", kept)
	blessed(t, dir, compare.Blessing{Run: r, Summary: summary(t, r)})
	d := against(t, dir, run("b", said("1", agent.Escalate, agent.Answer)))
	if m := measure(t, d, "phi_missed", ""); m.Pairs != (stat.Pairs{Second: 1}) {
		t.Errorf("%+v", m.Pairs)
	}
}

func TestAVariantWithoutABaselineIsTold(t *testing.T) {
	r := run("a", said("1", agent.Answer, agent.Answer))
	d, err := compare.Against(nil, r, compare.Options{})
	if err != nil || len(d.Variants) != 0 || len(d.OnlyB) != 1 || d.OnlyB[0] != "local" {
		t.Errorf("%v, %+v", err, d)
	}
}

func TestMistakesInABaselineAreToldWithTheirLine(t *testing.T) {
	head := `{"v":1,"suite":"s","variant":{"name":"local"}}` + "\n"
	line := `{"id":"1","disposition":"answer","status":"PASS","words":"00"}` + "\n"
	for name, c := range map[string]struct{ content, want string }{
		"empty":            {"", "s.local.jsonl:1: is empty"},
		"no header":        {line, "s.local.jsonl:1: is no header"},
		"a later version":  {strings.Replace(head, "1", "9", 1), "s.local.jsonl:1: has version 9"},
		"a conflict":       {head + "<<<<<<< HEAD\n" + line, "s.local.jsonl:2: is no case"},
		"a case twice":     {head + line + line, `s.local.jsonl:3: case "1" is already at line 2`},
		"a line of no use": {head + line + "{}\n", "s.local.jsonl:3: is no case"},
	} {
		_, err := compare.LoadBaselines(fstest.MapFS{"s.local.jsonl": {Data: []byte(c.content)}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if b, err := compare.LoadBaselines(fstest.MapFS{}); err != nil || len(b) != 0 {
		t.Errorf("no baselines: %v, %v", b, err)
	}
}

func TestTwoNamesOfOneFileAreRefused(t *testing.T) {
	r := run("a", said("1", agent.Answer, agent.Answer), said("1", agent.Answer, agent.Answer, func(o *outcome.Outcome) { o.Suite = "S" }))
	r.Header.Suites = append(r.Header.Suites, outcome.File{Name: "S"})
	if _, err := compare.Bless(t.TempDir(), compare.Blessing{Run: r, Summary: summary(t, r)}); err == nil || !strings.Contains(err.Error(), "s.local.jsonl") {
		t.Errorf("the error is %v", err)
	}
}

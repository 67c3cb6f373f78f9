package judge_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"recado/agent"
	"recado/evals/judge"
	"recado/evals/outcome"
	"recado/evals/suite"
)

func TestAMatrixTellsWhatWasTakenForWhat(t *testing.T) {
	wants := func(want, got string) func(*outcome.Outcome) {
		return expect(func(t *outcome.Turn) {
			t.Expect.Intents = []string{want}
			if got != "" {
				t.Intents = []agent.Intent{{Name: got}}
			}
		})
	}
	s := judged(header(),
		said("1", "en", agent.Answer, agent.Answer, wants("hours", "hours")),
		said("2", "es", agent.Answer, agent.Escalate, wants("hours", "symptom")),
		said("3", "es", agent.Answer, agent.Escalate, wants("hours", "")),
		said("4", "es", agent.Answer, agent.Answer, typed(suite.SMS)))
	d := s.Variants[0].Dispositions
	if len(d) != 3 || d[0].Lang != "" || d[1].Lang != "en" || d[2].Lang != "es" {
		t.Fatalf("%+v", d)
	}
	want := []judge.Cell{{Want: "answer", Got: "answer", N: 1, Accepted: 1}, {Want: "answer", Got: "escalate", N: 2}}
	if !slices.Equal(d[0].Cells, want) || !slices.Equal(d[0].Labels, []string{"answer", "escalate"}) {
		t.Errorf("dispositions %+v", d[0])
	}
	in := s.Variants[0].Intents[0]
	if !slices.Equal(in.Labels, []string{"hours", "symptom", "(none)"}) || in.Cells[2] != (judge.Cell{Want: "hours", Got: "(none)", N: 1}) {
		t.Errorf("intents %+v", in)
	}
}

func TestAttributionSaysWhoSettledAndWhatWouldStaySafe(t *testing.T) {
	by := func(a outcome.Attribution, safe bool, agrees ...outcome.Attribution) func(*outcome.Outcome) {
		return expect(func(t *outcome.Turn) { t.Attribution, t.SafeIfLLMErrs, t.Agrees = a, safe, agrees })
	}
	parts := judged(header(),
		said("1", "en", agent.Escalate, agent.Escalate, by(outcome.ByLLM, false)),
		said("2", "en", agent.Escalate, agent.Escalate, by(outcome.ByGuard, true, outcome.ByClassifier)),
		said("3", "en", agent.Answer, agent.Escalate, by(outcome.ByGuard, true))).Variants[0].Attribution
	want := []judge.Part{
		{By: "guard", Turns: 2, Right: 1, Of: 2, Care: 1, CareSafe: 1, Several: 1, Safe: 2},
		{By: "llm", Turns: 1, Right: 1, Of: 1, Care: 1},
	}
	if !slices.Equal(parts, want) {
		t.Errorf("got %+v, want %+v", parts, want)
	}
}

func TestConfidenceIsHeldAgainstTheTruth(t *testing.T) {
	sure := func(c float64) func(*outcome.Outcome) { return expect(func(t *outcome.Turn) { t.Confidence = c }) }
	var all []outcome.Outcome
	for i := range 10 {
		d := agent.Answer
		if i < 4 {
			d = agent.Human
		}
		all = append(all, said(fmt.Sprint(i), "en", agent.Answer, d, sure(0.95)))
	}
	c := judged(header(), all...).Variants[0].Calibration
	if len(c) != 2 || c[0].Of != "disposition" || c[0].Lang != "" || c[1].Lang != "en" || c[0].N != 10 || math.Abs(c[0].ECE-0.35) > 1e-9 {
		t.Errorf("%+v", c)
	}
}

func TestUsageAndTimesAddUp(t *testing.T) {
	asks := func(how string) func(*outcome.Outcome) {
		return expect(func(t *outcome.Turn) {
			t.Asked = how
			t.Usage = outcome.Usage{Calls: 2, PromptTokens: 100, CachedTokens: 80, ReplyTokens: 10, CostMicroUSD: 7, LatencyMicros: []int64{1000, 3000}}
		})
	}
	v := judged(header(), said("1", "en", agent.Answer, agent.Answer, asks("timeout")), said("2", "en", agent.Answer, agent.Answer, asks("ok")),
		said("3", "en", agent.Answer, agent.Answer)).Variants[0]
	u := v.Usage
	if u.Turns != 2 || u.Calls != 4 || u.PromptTokens != 200 || u.CachedTokens != 160 || u.ReplyTokens != 20 || u.CostMicroUSD != 14 ||
		!slices.Equal(u.Asked, []judge.Asked{{How: "ok", N: 1}, {How: "timeout", N: 1}}) {
		t.Errorf("%+v", u)
	}
	if v.Latency.Turn.N != 3 || v.Latency.Turn.Max != 500 || v.Latency.Model.N != 4 || v.Latency.Model.Mean != 2000 {
		t.Errorf("%+v", v.Latency)
	}
}

func TestFailuresAreListedByWhatTheyMeanForPatients(t *testing.T) {
	other := func(what string) func(*outcome.Outcome) {
		return expect(func(t *outcome.Turn) {
			t.Checks = append(t.Checks, outcome.Check{What: what, Want: "this", Got: "that"})
		})
	}
	s := judged(header(),
		said("lang", "es", agent.Answer, agent.Answer, other("reply_lang")),
		said("intent", "es", agent.Answer, agent.Answer, other("intents")),
		said("words", "es", agent.Answer, agent.Answer, other("contains")),
		said("over", "en", agent.Answer, agent.Escalate),
		said("alarm", "en", agent.Escalate, agent.Emergency),
		said("alike", "en", agent.Answer, agent.Consent),
		said("stop", "en", agent.Consent, agent.Decline),
		said("late", "en", agent.Emergency, agent.Escalate),
		said("missed", "en", agent.Emergency, agent.Answer),
		said("request", "en", agent.Human, agent.Answer),
		said("fine", "en", agent.Human, agent.Human))
	var got []string
	for _, l := range s.Variants[0].Failures {
		for _, it := range l.Items {
			got = append(got, l.Kind+":"+it.ID)
		}
	}
	want := "phi_missed:missed emergency_missed:late consent_missed:stop consent_lookalike:alike care_as_emergency:alarm over_escalated:over " +
		"disposition:request reply_language:lang main_intent:intent check_contains:words"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	if it := list(s, "check_contains").Items[0]; it.What != "contains" || it.Want != "this" || it.Got != "that" || it.File != "s.yaml" || it.Line != 7 {
		t.Errorf("%+v", it)
	}
}

func TestListsAreBoundedAndCountAll(t *testing.T) {
	long := expect(func(t *outcome.Turn) { t.Says = []string{strings.Repeat("ñ", 500)} })
	j := judge.New(header(), judge.Options{Listed: 3})
	for _, o := range times(40, 40, "en", agent.Answer, agent.Answer, agent.Escalate, long) {
		j.Add(o)
	}
	l := list(j.Summary(), judge.KindOverEscalated)
	if l.Count != 40 || len(l.Items) != 3 || len([]rune(l.Items[0].Says)) != 241 {
		t.Errorf("%d counted, %d listed, says %d long", l.Count, len(l.Items), len([]rune(l.Items[0].Says)))
	}
}

func TestManyTagsAreCountedTogether(t *testing.T) {
	j := judge.New(header(), judge.Options{})
	for i := range 1000 {
		j.Add(said(fmt.Sprint(i), "en", agent.Answer, agent.Answer, func(o *outcome.Outcome) { o.Case.Tags = []string{fmt.Sprintf("tag%d", i), "tag0"} }))
	}
	v := j.Summary().Variants[0]
	tags := 0
	for _, s := range v.Slices {
		if s.By == judge.ByTag && s.Lang == "" {
			tags++
		}
	}
	rest, _ := v.Slice(judge.ByTag, judge.Rest, "")
	zero, _ := v.Slice(judge.ByTag, "tag0", "")
	if x, _ := rest.Share("answered"); tags != 201 || x.N != 800 {
		t.Errorf("%d tags, %d in the rest", tags, x.N)
	}
	if x, _ := zero.Share("answered"); x.N != 1000 {
		t.Errorf("a tag that stands twice on a case is counted %d times", x.N)
	}
}

func TestASummaryMayBeTakenOnTheWay(t *testing.T) {
	all := append(twinned(30, 3, 1), times(30, 4, "en", agent.Escalate, agent.Escalate, agent.Answer)...)
	j := judge.New(header(atMost("gap", 0.1)), judge.Options{})
	for i, o := range all {
		j.Add(o)
		if i%7 == 0 {
			j.Summary()
		}
	}
	if got, want := j.Summary(), judged(header(atMost("gap", 0.1)), all...); !reflect.DeepEqual(got, want) {
		t.Error("it changes what comes after")
	}
}

// anything is an outcome of a run that may have gone wrong in any way.
func anything(t *rapid.T, i int) outcome.Outcome {
	dispositions := []agent.Disposition{agent.Answer, agent.Escalate, agent.Emergency, agent.Human, agent.Consent, agent.Decline, agent.Silent, "", "nonsense"}
	pick := rapid.SampledFrom(dispositions)
	o := outcome.Outcome{Suite: rapid.SampledFrom([]string{"s", "t", ""}).Draw(t, "suite"), ID: fmt.Sprint(i / 3),
		Variant:      rapid.SampledFrom([]string{"local", "other"}).Draw(t, "variant"),
		Perturbation: rapid.SampledFrom([]suite.Perturbation{suite.AsWritten, suite.Typos, ""}).Draw(t, "typing"), Repeat: rapid.IntRange(0, 2).Draw(t, "repeat"),
		Status: rapid.SampledFrom([]outcome.Status{outcome.Pass, outcome.Fail, outcome.Known, outcome.Error}).Draw(t, "status")}
	o.Case = outcome.Labels{Lang: rapid.SampledFrom([]string{"en", "es", "mixed", "", "fr"}).Draw(t, "lang"), Pair: rapid.SampledFrom([]string{"", "p", "q"}).Draw(t, "pair"),
		Known:    rapid.SampledFrom([]string{"", "", "why"}).Draw(t, "known"),
		Promises: rapid.SampledFrom([][]string{nil, {"P1"}, {"P1", "P9"}}).Draw(t, "promises")}
	for range rapid.IntRange(0, 2).Draw(t, "turns") {
		o.Turns = append(o.Turns, outcome.Turn{Expect: suite.Expect{Disposition: pick.Draw(t, "want"), Also: []agent.Disposition{pick.Draw(t, "also")}, Intents: []string{"x"}},
			Disposition: pick.Draw(t, "got"), Confidence: rapid.Float64().Draw(t, "confidence"), Micros: rapid.Int64().Draw(t, "micros"),
			Intents: []agent.Intent{{Name: "x", Confidence: rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), 0.5}).Draw(t, "sure")}},
			Checks:  []outcome.Check{{What: "disposition", OK: rapid.Bool().Draw(t, "ok")}}})
	}
	return o
}

func TestAnyRunCanBeJudgedAndWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var gates []suite.Gate
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(gateNames()), 0, 6).Draw(t, "gates") {
			g := atMost(name, rapid.Float64Range(0, 1).Draw(t, "target"))
			g.Lang = rapid.SampledFrom([]string{"", "all", "es"}).Draw(t, "of")
			gates = append(gates, g)
		}
		var all []outcome.Outcome
		for i := range rapid.IntRange(0, 30).Draw(t, "n") {
			all = append(all, anything(t, i))
		}
		s := judged(header(gates...), all...)
		raw, err := json.Marshal(s)
		if err != nil {
			t.Fatalf("NaN or infinity: %v", err)
		}
		var back judge.Summary
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatalf("read back: %v", err)
		}
		if again, _ := json.Marshal(back); string(again) != string(raw) {
			t.Fatal("a summary is not the same when it was written and read")
		}
		if c := s.Counts; c.Pass+c.Fail+c.Known+c.Error != c.Outcomes || c.Outcomes != len(all) {
			t.Fatalf("%+v of %d", c, len(all))
		}
		for _, g := range s.Gates {
			if g.Verdict == judge.Pass && !g.Certain {
				t.Fatalf("an uncertain PASS: %+v", g)
			}
		}
	})
}

func TestTheOrderOfOutcomesDoesNotMatter(t *testing.T) {
	var all []outcome.Outcome
	all = append(all, twinned(40, 5, 3)...)
	for r := range 3 {
		all = append(all, times(20, 4+r, "en", agent.Escalate, agent.Escalate, agent.Answer, repeat(r))...)
	}
	all = append(all, times(20, 6, "en", agent.Escalate, agent.Escalate, agent.Answer, typed(suite.SMS))...)
	figures := func(all []outcome.Outcome) judge.Summary {
		s := judged(header(atMost("gap", 0.1), atLeast("answered", 0.5), atMost("cost_sms", 0.2)), all...)
		s.Ungated = judge.List{}
		s.Variants[0].Failures, s.Variants[0].Flaky.Cases = nil, nil
		return s
	}
	want := figures(all)
	rng := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if got := figures(all); !reflect.DeepEqual(got, want) {
			t.Fatal("another order gives other figures")
		}
	}
}

func TestAnOutcomeTakesAtMostFourHundredBytes(t *testing.T) {
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	const n = 20_000
	j := judge.New(header(), judge.Options{})
	before := heap()
	for i := range n {
		d := agent.Answer
		if i%9 == 0 {
			d = agent.Human
		}
		j.Add(said(fmt.Sprintf("case-%06d", i), "en", agent.Answer, d, func(o *outcome.Outcome) {
			o.Turns[0].Text = strings.Repeat("text ", 40)
			o.Case.Group, o.Case.Tags, o.Case.Pair = "front_desk", []string{"hours"}, fmt.Sprintf("p%d", i)
		}))
	}
	if each := (heap() - before) / n; each > 400 {
		t.Errorf("each took %d bytes", each)
	}
	s := j.Summary()
	if s.Counts.Cases != n || list(s, judge.KindDisposition).Count != 2223 {
		t.Errorf("%+v", s.Counts)
	}
	runtime.KeepAlive(j)
}

func BenchmarkAdd(b *testing.B) {
	j := judge.New(header(), judge.Options{})
	all := times(1000, 50, "en", agent.Escalate, agent.Escalate, agent.Answer, func(o *outcome.Outcome) {
		o.Case.Group, o.Case.Tags = "care", []string{"symptom", "child"}
	})
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		j.Add(all[i%len(all)])
	}
}

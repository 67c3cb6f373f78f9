package show_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"recado/agent"
	"recado/evals/outcome"
	"recado/evals/show"
)

func TestThePageAllowsOnlyItsOwnStyleAndScript(t *testing.T) {
	page := write(t, "html", plainRun().report(), show.Options{ShowText: true})
	meta := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)
	if meta == nil {
		t.Fatal("the page has no content security policy")
	}
	policy := html.UnescapeString(meta[1])
	for _, part := range []struct{ directive, tag string }{{"style-src", "style"}, {"script-src", "script"}} {
		found := regexp.MustCompile(`(?s)<`+part.tag+`>(.*?)</`+part.tag+`>`).FindAllStringSubmatch(page, -1)
		if len(found) != 1 {
			t.Fatalf("the page has %d %s elements, want 1", len(found), part.tag)
		}
		sum := sha256.Sum256([]byte(found[0][1]))
		want := part.directive + " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		if !strings.Contains(policy, want) {
			t.Errorf("the policy is %q and lacks %q", policy, want)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none';") {
		t.Errorf("the policy %q allows what it does not name", policy)
	}
}

var (
	ownCode    = regexp.MustCompile(`(?s)<(style|script)>.*?</(style|script)>`)
	values     = regexp.MustCompile(`="[^"]*"`)
	inlineCode = regexp.MustCompile(`(?i)<[^>]*\s(?:on[a-z]+|style|srcdoc|srcset|action|formaction)\s*=|<(?:img|iframe|object|embed|base)\b`)
	requests   = regexp.MustCompile(`(?i)\s(?:href|src|xlink:href)="(?:[^#"d]|d[^a])[^"]*"`)
)

// leaves finds what in a page would leave it or is code of its own.
func leaves(page string) string {
	style := ownCode.FindString(page)
	if at := strings.Index(style, "url("); at >= 0 || strings.Contains(style, "@import") {
		return "a style that loads"
	}
	page = ownCode.ReplaceAllString(page, "")
	if found := requests.FindString(page); found != "" {
		return found
	}
	return inlineCode.FindString(values.ReplaceAllString(page, `=""`))
}

func TestThePageNeedsNothingBesideIt(t *testing.T) {
	t.Parallel()
	page := write(t, "html", plainRun().against(t, plainRun()), show.Options{ShowText: true, MaxCases: 40})
	if found := leaves(page); found != "" {
		t.Errorf("the page has %q", found)
	}
}

// hostile are texts that would do harm where they were not escaped.
var hostile = []string{
	`<script>window.pwned=1</script>`, `"><img src=x onerror="window.pwned=1">`, `' onmouseover='window.pwned=1`,
	`</style><script>window.pwned=1</script>`, `</title><script>window.pwned=1</script>`, `<svg/onload=window.pwned=1>`,
	`javascript:window.pwned=1`, `{{.Title}}`, `<!--`, `]]>`, `&lt;b&gt;`, "`${window.pwned=1}`", `</details></section>`,
	"\x1b[31mred\x1b[0m \x1b]0;title\x07", "\u202Egnp.exe", "nul \x00 bell \x07 del \x7f", `| a | b |`, "```\n# heading\n```", "tick ` <i>x</i> ` tick",
	`@someone #123 [x](javascript:alert(1)) ![y](http://evil.example/p.png)`, "line\nbreak\r\nand\ttab",
}

// hostileRun has a hostile text wherever an outcome holds one.
func hostileRun() *made {
	m := newRun(outcome.Variant{Name: hostile[0], Mode: outcome.LLM, Model: hostile[1], Prompt: hostile[2], Policy: hostile[3]})
	m.header.Recado, m.header.Model = hostile[4], hostile[5]
	for i, x := range hostile {
		one := turn(x, "en", agent.Escalate, agent.Answer)
		one.Text, one.Rule, one.Attachment, one.Prompt, one.Language = x, x, x, x, x
		one.Reply, one.Intents = []string{x}, []agent.Intent{{Name: x, Confidence: 0.5}}
		one.Signals = []outcome.Signal{{Rule: x, Category: x, Span: [2]int{1, len(x) - 1}}}
		one.Checks = append(one.Checks, outcome.Check{What: "contains", Want: x, Got: x + "!"}, outcome.Check{What: x, Want: x, Got: x})
		id := fmt.Sprintf("%d %s", i, x)
		m.add(outcome.Outcome{ID: id, Turns: []outcome.Turn{one}, Breaches: []outcome.Breach{{Promise: x, StandIn: x, What: x}},
			Case: outcome.Labels{Group: x, Lang: "en", Tags: []string{x}, Promises: []string{x}, Pair: x, File: x, Line: i}})
		m.add(outcome.Outcome{Suite: "front_desk", ID: id, Status: outcome.Error, Error: x, Case: outcome.Labels{Group: x, Lang: x}})
	}
	return m
}

func TestNoTextBecomesMarkup(t *testing.T) {
	before := hostileRun()
	for i := range before.outcomes {
		for k := range before.outcomes[i].Turns {
			before.outcomes[i].Turns[k].Text = "<b>before</b>"
			before.outcomes[i].Turns[k].Disposition = agent.Decline
		}
	}
	page := write(t, "html", hostileRun().against(t, before), show.Options{ShowText: true})
	for _, x := range append(hostile, "<b>before</b>") {
		if strings.Contains(x, "<") && strings.Contains(page, x) && x != "<!--" {
			t.Errorf("the page holds %q as it is", x)
		}
	}
	if n := strings.Count(page, "<script"); n != 1 {
		t.Errorf("the page has %d scripts", n)
	}
	if found := leaves(page); found != "" {
		t.Errorf("the page has %q", found)
	}
}

func TestThePageIsBoundedAndShowsTheGravestFirst(t *testing.T) {
	m := newRun()
	for i := range 500 {
		m.add(outcome.Outcome{ID: fmt.Sprintf("ok-%03d", i), Case: outcome.Labels{Lang: "en"}, Turns: []outcome.Turn{turn("when do you close", "en", agent.Answer, agent.Answer)}})
	}
	for i := range 100 {
		m.add(outcome.Outcome{ID: fmt.Sprintf("needless-%03d", i), Case: outcome.Labels{Lang: "en"}, Turns: []outcome.Turn{turn("when do you close", "en", agent.Answer, agent.Escalate)}})
	}
	m.add(outcome.Outcome{ID: "missed", Case: outcome.Labels{Lang: "en"}, Turns: []outcome.Turn{turn("my rash is back", "en", agent.Escalate, agent.Answer)}})
	page := write(t, "html", m.report(), show.Options{MaxCases: 30})
	if n := strings.Count(page, `<details class="case `); n != 30 {
		t.Errorf("the page holds %d cases, want 30", n)
	}
	if !strings.Contains(page, "71 that did not pass and 500 that passed") {
		t.Error("the page does not say that it leaves out 71 that did not pass and 500 that passed")
	}
	first := page[strings.Index(page, `<details class="case `):]
	if !strings.HasPrefix(first, `<details class="case fail"`) || strings.Index(first, "missed") > strings.Index(first, "needless-000") {
		t.Error("care that was answered is not the first case")
	}
	page = write(t, "html", m.report(), show.Options{MaxCases: 150})
	if n := strings.Count(page, `<details class="case pass"`); n != 49 {
		t.Errorf("beside 101 failures %d cases that passed are shown, want 49", n)
	}
}

func TestAPageOfManyOutcomesTakesLittleMemory(t *testing.T) {
	r := newRun().report()
	const n, words = 40_000, 4_000
	peak := uint64(0)
	r.Outcomes = func(yield func(outcome.Outcome, error) bool) {
		for i := range n {
			one := turn(strings.Repeat("x", words), "en", agent.Answer, []agent.Disposition{agent.Answer, agent.Escalate}[i%2])
			if !yield(outcome.Outcome{ID: fmt.Sprint(i), Suite: "line", Variant: "local", Turns: []outcome.Turn{one}}, nil) {
				return
			}
			if i%8000 == 7999 {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapAlloc)
			}
		}
	}
	write(t, "html", r, show.Options{MaxCases: 100})
	if most := uint64(40 << 20); peak > most {
		t.Errorf("%d outcomes of %d bytes keep %d MB alive, want at most %d", n, words, peak>>20, most>>20)
	}
}

func TestAPageWithoutFailuresOrCasesIsWhole(t *testing.T) {
	empty := newRun()
	empty.header.Suites = nil
	green := newRun()
	green.header.Suites = nil
	green.add(outcome.Outcome{ID: "a", Case: outcome.Labels{Lang: "en"}, Turns: []outcome.Turn{turn("hola", "en", agent.Answer, agent.Answer)}})
	for name, c := range map[string]struct {
		r    show.Report
		want string
	}{
		"nothing was run": {show.Report{Summary: empty.summary()}, "Nothing was run."},
		"all green":       {green.report(), "Every case passes."},
		"a comparison":    {show.Report{Diff: green.against(t, green).Diff}, "Nothing broke and nothing was mended."},
	} {
		page := write(t, "html", c.r, show.Options{})
		if !strings.Contains(page, c.want) || !strings.HasSuffix(strings.TrimSpace(page), "</html>") {
			t.Errorf("%s: the page does not say %q or breaks off", name, c.want)
		}
	}
}

package run

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"recado/agent"
	"recado/evals/outcome"
	"recado/evals/suite"
)

// check holds a decision against what was expected of it.
func check(e suite.Expect, d agent.Decision, took time.Duration, u outcome.Usage) []outcome.Check {
	var out []outcome.Check
	add := func(what, want, got string, ok bool) {
		out = append(out, outcome.Check{What: what, Want: want, Got: got, OK: ok})
	}
	if e.Disposition != "" {
		add("disposition", list(append([]agent.Disposition{e.Disposition}, e.Also...), " or "), string(d.Disposition), e.Accepts(d.Disposition))
	}
	if e.Not != nil {
		add("not", list(e.Not, ", "), string(d.Disposition), !slices.Contains(e.Not, d.Disposition))
	}
	checkIntents(e, d, add)
	for _, name := range slices.Sorted(maps.Keys(e.Slots)) {
		add("slots", name+"="+e.Slots[name], name+"="+d.Slots[name], d.Slots[name] == e.Slots[name])
	}
	if e.ReplyLang != "" && d.Disposition != agent.Silent {
		add("reply_lang", e.ReplyLang, string(d.ReplyLanguage), string(d.ReplyLanguage) == e.ReplyLang)
	}
	checkReply(e, d, add)
	if e.Consent != "" {
		add("consent", string(e.Consent), string(d.Consent), d.Consent == e.Consent)
	}
	if e.Staff != nil {
		add("staff", strconv.FormatBool(*e.Staff), strconv.FormatBool(d.Escalation != nil), *e.Staff == (d.Escalation != nil))
	}
	if e.Priority != "" {
		got := agent.Priority("")
		if d.Escalation != nil {
			got = d.Escalation.Priority
		}
		add("priority", string(e.Priority), string(got), got == e.Priority)
	}
	if e.MaxMillis != nil {
		// how long it took stands in the turn's own field, with the other times
		ok := took <= time.Duration(*e.MaxMillis)*time.Millisecond
		add("max_ms", strconv.Itoa(*e.MaxMillis), map[bool]string{true: "within", false: "longer"}[ok], ok)
	}
	if e.MaxTokens != nil {
		used := u.PromptTokens + u.ReplyTokens
		add("max_tokens", strconv.Itoa(*e.MaxTokens), strconv.Itoa(used), used <= *e.MaxTokens)
	}
	return out
}

func checkIntents(e suite.Expect, d agent.Decision, add func(what, want, got string, ok bool)) {
	names := make([]string, len(d.Intents))
	for i, in := range d.Intents {
		names[i] = in.Name
	}
	switch d.Disposition {
	case agent.Answer, agent.Emergency, agent.Consent: // the text depends on the intent
		if e.Intents != nil && (e.Disposition == "" || e.Accepts(d.Disposition)) {
			main := ""
			if len(names) > 0 {
				main = names[0]
			}
			add("intents", strings.Join(e.Intents, " or "), main, slices.Contains(e.Intents, main))
		}
	}
	for _, want := range e.AllIntents {
		add("all_intents", want, strings.Join(names, ", "), slices.Contains(names, want))
	}
}

func checkReply(e suite.Expect, d agent.Decision, add func(what, want, got string, ok bool)) {
	keys := make([]string, len(d.Replies))
	for i, r := range d.Replies {
		keys[i] = r.Key
	}
	if e.Reply != nil {
		add("reply", strings.Join(e.Reply, ", "), strings.Join(keys, ", "), slices.Equal(keys, e.Reply))
	}
	if e.Replies != nil {
		add("replies", strconv.Itoa(*e.Replies), strconv.Itoa(len(keys)), len(keys) == *e.Replies)
	}
	text := d.Text()
	for _, want := range e.Contains {
		add("contains", want, text, strings.Contains(text, want))
	}
	for _, want := range e.Lacks {
		add("lacks", want, text, !strings.Contains(text, want))
	}
	for _, want := range e.Matches {
		p, err := pattern(want)
		if err != nil {
			add("matches", want, fmt.Sprintf("no regular expression: %s", err), false)
			continue
		}
		add("matches", want, text, p.MatchString(text))
	}
}

// patterns are compiled once; suites have few.
var patterns sync.Map

func pattern(source string) (*regexp.Regexp, error) {
	if p, ok := patterns.Load(source); ok {
		return p.(*regexp.Regexp), nil
	}
	p, err := regexp.Compile(source)
	if err == nil {
		patterns.Store(source, p)
	}
	return p, err
}

func list[T ~string](all []T, between string) string {
	out := make([]string, len(all))
	for i, one := range all {
		out[i] = string(one)
	}
	return strings.Join(out, between)
}

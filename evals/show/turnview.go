package show

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"recado/agent"
	"recado/agent/guard"
	"recado/evals/outcome"
)

// turnView is one decision.
type turnView struct {
	Number      int // from 1; 0 where the case has one turn
	Hidden      bool
	Says        [][]piece
	Attachment  string
	Lang        string
	Checks      []checkView
	Disposition string
	Rule        string
	Language    string
	ReplyLang   string
	Intents     []intentView
	Risk        string
	Signals     []signalView
	Keys        []string
	Text        string
	Silent      bool
	Consent     string
	Priority    string
	Confidence  string
	Attribution string
	Agrees      string // other parts that would have done the same
	Asked       string // how the call of a model went
	Safe        bool
	Prompt      string
	Time        string
	Model       string // what the model used, empty where none was called
}

// signalView is the rules of a category that fired.
type signalView struct {
	Category string
	Rules    []string
}

type intentView struct {
	Name    string
	Percent string
	Width   int // 0 to 100
}

func turnOf(t outcome.Turn, lang string, text bool) turnView {
	v := turnView{
		Attachment: t.Attachment, Lang: spoken(lang, t.Language), Disposition: string(t.Disposition), Rule: t.Rule,
		Language: t.Language, ReplyLang: t.ReplyLang, Risk: risk(t.Risk), Signals: signalsOf(t.Signals), Keys: t.Reply,
		Consent: string(t.Consent), Priority: string(t.Priority), Confidence: percent(t.Confidence),
		Attribution: string(t.Attribution), Asked: t.Asked, Safe: t.SafeIfLLMErrs, Prompt: t.Prompt,
		Time: micros(float64(t.Micros)), Model: usage(t.Usage), Silent: t.Disposition == agent.Silent,
	}
	for _, by := range t.Agrees {
		v.Agrees = strings.TrimPrefix(v.Agrees+", "+string(by), ", ")
	}
	for _, c := range t.Checks {
		v.Checks = append(v.Checks, checkOf(c, t.Text, text))
	}
	for _, in := range t.Intents {
		v.Intents = append(v.Intents, intentView{in.Name, percent(in.Confidence), int(min(max(in.Confidence, 0), 1)*100 + 0.5)})
	}
	if text {
		v.Says = marked(t.Says, t.Signals)
		v.Text = t.Text
	} else {
		v.Hidden = len(t.Says) > 0
	}
	return v
}

func signalsOf(signals []outcome.Signal) []signalView {
	var out []signalView
	for _, s := range signals {
		i := slices.IndexFunc(out, func(v signalView) bool { return v.Category == s.Category })
		if i < 0 {
			out = append(out, signalView{Category: s.Category})
			i = len(out) - 1
		}
		if !slices.Contains(out[i].Rules, s.Rule) {
			out[i].Rules = append(out[i].Rules, s.Rule)
		}
	}
	return out
}

// spoken is the language tag of what a patient wrote, empty where it has none
// that a screen reader could use.
func spoken(label, found string) string {
	for _, l := range []string{label, found} {
		if l == "en" || l == "es" {
			return l
		}
	}
	return ""
}

func risk(r int) string {
	switch guard.Risk(r) {
	case guard.None:
		return "none"
	case guard.Escalate:
		return "escalate"
	case guard.Emergency:
		return "emergency"
	}
	return strconv.Itoa(r)
}

func usage(u outcome.Usage) string {
	if u.Calls == 0 {
		return ""
	}
	s := fmt.Sprintf("%s, %s tokens in (%s cached), %s out", of(u.Calls, "call", "calls"),
		count(u.PromptTokens), count(u.CachedTokens), count(u.ReplyTokens))
	if u.CostMicroUSD > 0 {
		s += ", " + dollars(u.CostMicroUSD)
	}
	for i, us := range u.LatencyMicros {
		if i == 0 {
			s += ", in "
		} else {
			s += " + "
		}
		s += micros(float64(us))
	}
	return s
}

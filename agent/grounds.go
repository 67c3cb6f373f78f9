package agent

import (
	"fmt"
	"math"
	"sort"

	"recado/agent/guard"
	"recado/agent/language"
	"recado/intents"
)

// Grounds are what a decision rests on, in the words of those who wrote the
// rules and examples, so that a clinician can argue with it. Like an
// Explanation it holds the patient's words.
type Grounds struct {
	Rules    []GroundRule    `json:"rules,omitempty"`
	Words    []GroundWord    `json:"words,omitempty"`
	Examples []GroundExample `json:"examples,omitempty"`
}

// GroundRule is a guard rule that fired.
type GroundRule struct {
	ID string `json:"id"`
	// Reason is why the rule is there, in English and in Spanish; in both the
	// author's own words where the rules are not those that ship.
	Reason map[language.Language]string `json:"reason"`
	Words  string                       `json:"words,omitempty"`
}

// GroundWord is a word with what it adds to the log-odds of the decided
// intent; negative where it spoke against it.
type GroundWord struct {
	Word   string  `json:"word"`
	Weight float64 `json:"weight"`
}

// GroundExample is a training example that says what the message says.
type GroundExample struct {
	Text   string  `json:"text"`
	Intent string  `json:"intent"`
	At     string  `json:"at"`   // file:line
	Like   float64 `json:"like"` // 0 to 1
}

const (
	groundWords    = 6
	groundExamples = 3
	leastWeight    = 0.3
)

// Grounds tells what d, decided for t, rests on. It reads the training
// examples when it is first called, which takes seconds.
func (a *Agent) Grounds(t Turn, d Decision) (Grounds, error) {
	var g Grounds
	e := a.gather(t)
	rules := map[string]guard.Rule{}
	for _, r := range a.guard.Rules() {
		rules[r.ID] = r
	}
	reasons, err := a.sources.reasons()
	if err != nil {
		return g, fmt.Errorf("read the reasons of rules: %w", err)
	}
	for _, s := range d.Signals {
		why := map[language.Language]string{}
		for _, in := range []language.Language{language.English, language.Spanish} {
			if text, ok := reasons.Of(s.Rule, in); ok {
				why[in] = text
			} else if r, ok := rules[s.Rule]; ok {
				why[in] = r.Reason
			}
		}
		if len(why) > 0 {
			g.Rules = append(g.Rules, GroundRule{s.Rule, why, spanOf(e.text, s.Span)})
		}
	}
	n := len(e.reading.Text.Tokens)
	if len(e.whole) == 0 || len(d.Intents) == 0 {
		return g, nil
	}
	decided := d.Intents[0].Name
	kind := a.intents[decided].Kind
	g.Words = a.weighWords(e, decided, kind)
	near, err := a.near.To(&e.reading, 0, n, decided, groundExamples)
	if err != nil {
		return g, fmt.Errorf("find examples like the message: %w", err)
	}
	for _, l := range near {
		g.Examples = append(g.Examples, GroundExample{l.Text, l.Intent, fmt.Sprintf("%s:%d", l.File, l.Line), math.Round(l.Like*100) / 100})
	}
	return g, nil
}

// weighWords leaves out one word after the other. Of danger and care the
// whole kind counts, since several such intents often share a message.
func (a *Agent) weighWords(e *evidence, decided string, kind intents.Kind) []GroundWord {
	logOdds := func(text string) float64 {
		r := a.reader.Read(text)
		p := a.classifier.Classify(&r, 0, len(r.Text.Tokens))
		share := a.probability(p, decided)
		if kind == intents.Sensitive || kind == intents.Emergency {
			share = a.share(p, kind)
		}
		share = min(max(share, 1e-6), 1-1e-6)
		return math.Log(share / (1 - share))
	}
	all := logOdds(e.text)
	var out []GroundWord
	for _, t := range e.reading.Text.Tokens {
		if t.End <= t.Start || t.End > len(e.text) {
			continue
		}
		weight := all - logOdds(e.text[:t.Start]+e.text[t.End:])
		if math.Abs(weight) >= leastWeight {
			out = append(out, GroundWord{t.Word, math.Round(weight*10) / 10})
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return math.Abs(out[i].Weight) > math.Abs(out[j].Weight) })
	return out[:min(groundWords, len(out))]
}

func spanOf(text string, span [2]int) string {
	if 0 <= span[0] && span[0] < span[1] && span[1] <= len(text) {
		return text[span[0]:span[1]]
	}
	return ""
}

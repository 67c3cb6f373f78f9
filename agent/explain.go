package agent

import (
	"sort"

	"recado/agent/guard"
)

// Explanation is what the detectors saw of a turn, for a clinician or an
// engineer who wants to argue with a decision. It holds the patient's words:
// it is for the terminal that they were typed in, never for a log.
type Explanation struct {
	Words   []ExplainedWord `json:"words"`
	Terms   []ExplainedTerm `json:"terms,omitempty"`
	Signals []guard.Signal  `json:"signals,omitempty"`
	Likely  []Intent        `json:"likely,omitempty"` // the classifier's five best for the whole turn
	Clauses []ExplainedPart `json:"clauses,omitempty"`
	// Personal, Clinical and Asking are what the gate saw; Unknown counts
	// content words that no example holds.
	Personal bool `json:"personal"`
	Clinical bool `json:"clinical"`
	Asking   bool `json:"asking"`
	Unknown  int  `json:"unknown"`
	// Model is the part that a language model had; nil where the turn was
	// only explained and not decided.
	Model *ExplainedModel `json:"model,omitempty"`
	// Visit are the calls of the appointment book and what came of them.
	Visit []string `json:"visit,omitempty"`
}

// ExplainedWord is a token as it was read.
type ExplainedWord struct {
	Word     string `json:"word"`
	Language string `json:"language,omitempty"`
	Written  string `json:"written,omitempty"` // where it was repaired or written out
}

// ExplainedTerm is a lexicon term.
type ExplainedTerm struct {
	Class string `json:"class"`
	Words string `json:"words"`
}

// ExplainedPart is a clause with what it is most likely about.
type ExplainedPart struct {
	Words  string   `json:"words"`
	Likely []Intent `json:"likely"`
}

// Explain reads a turn as Decide does and tells what was seen. No language
// model is asked.
func (a *Agent) Explain(t Turn) Explanation { return a.explain(a.gather(t)) }

func (a *Agent) explain(e *evidence) Explanation {
	x := Explanation{Signals: e.signals, Likely: a.likely(e.whole, 5)}
	tokens := e.reading.Text.Tokens
	for _, tok := range tokens {
		w := ExplainedWord{Word: tok.Word, Language: string(tok.Language)}
		if tok.Surface != tok.Word {
			w.Written = tok.Surface
		}
		x.Words = append(x.Words, w)
	}
	words := func(from, to int) string {
		s := ""
		for i := from; i < to; i++ {
			if i > from {
				s += " "
			}
			s += tokens[i].Word
		}
		return s
	}
	classes := a.lexicon.Classes()
	for _, h := range e.reading.Terms {
		x.Terms = append(x.Terms, ExplainedTerm{classes[h.Class], words(h.Start, h.End)})
	}
	for _, p := range e.parts {
		x.Clauses = append(x.Clauses, ExplainedPart{words(p.From, p.To), a.likely(p.p, 2)})
	}
	f := e.found
	x.Personal, x.Clinical, x.Asking, x.Unknown = f.personal, f.clinical, f.asking, f.unknown
	return x
}

func (a *Agent) likely(p []float64, n int) []Intent {
	all := make([]Intent, 0, len(p))
	for i, in := range a.classifier.Intents() {
		if i < len(p) {
			all = append(all, Intent{in.Name, p[i]})
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Confidence > all[j].Confidence })
	return all[:min(n, len(all))]
}

// Local returns the same agent without a language model.
func (a *Agent) Local() *Agent { return a.With(WithLLM(nil)) }

package standin

import (
	"fmt"
	"sync"

	"recado/agent"
	"recado/agent/answer"
	"recado/agent/guard"
	"recado/agent/language"
	"recado/agent/lexicon"
	"recado/agent/reading"
	"recado/intents"
	"recado/locales"
)

// approved makes replies anew from catalogue keys and the clinic's facts, on
// a way of its own that no model stands on.
type approved struct {
	texts  *locales.Catalogue
	reader *reading.Reader
}

// newApproved takes long to read: it is read once.
var newApproved = sync.OnceValues(func() (*approved, error) {
	texts, err := locales.Default()
	if err != nil {
		return nil, fmt.Errorf("load texts: %w", err)
	}
	words, err := lexicon.Default()
	if err != nil {
		return nil, fmt.Errorf("load lexicon: %w", err)
	}
	rules, err := guard.DefaultRules()
	if err != nil {
		return nil, fmt.Errorf("load guard rules: %w", err)
	}
	g, err := guard.New(rules, words)
	if err != nil {
		return nil, fmt.Errorf("compile guard rules: %w", err)
	}
	model, err := intents.ShippedModel()
	if err != nil {
		return nil, fmt.Errorf("read intent model: %w", err)
	}
	reader, _, err := model.Open(words, g.Words())
	if err != nil {
		return nil, fmt.Errorf("open intent model: %w", err)
	}
	return &approved{texts, reader}, nil
})

// has reports whether a reply to turn is what its key gives in its language,
// with the facts that the clinic publishes about what the turn's own words
// ask. names are the intents that it may be an answer to.
func (a *approved) has(turn agent.Turn, text string, r agent.Reply, names []string) bool {
	if a.renders(turn, r, answer.Fixed(r.Key, turn.Clinic, turn.Now)) {
		return true
	}
	read := a.reader.Read(text)
	answers := func(from, to int) bool {
		for _, name := range names {
			got := answer.For(answer.Question{Intent: name, Reading: &read, From: from, To: to, Profile: turn.Clinic, Now: turn.Now,
				Previous: turn.Session.Intents, Asked: turn.Session.Asked})
			for _, m := range got.Messages {
				if m.Key == r.Key && a.renders(turn, r, m) {
					return true
				}
			}
		}
		return false
	}
	tokens := read.Text.Tokens
	if answers(0, len(tokens)) {
		return true
	}
	// a part of it was answered: which is the agent's to choose
	edges := edgesOf(tokens)
	for i, from := range edges {
		for _, to := range edges[i+1:] {
			if answers(from, to) {
				return true
			}
		}
	}
	return false
}

func (a *approved) renders(turn agent.Turn, r agent.Reply, m locales.Message) bool {
	text, err := a.texts.Render(r.Language, turn.Clinic, m)
	return err == nil && text == r.Text
}

// mostEdges is beyond what anybody asks in one message.
const mostEdges = 60

// edgesOf are the places where a part of a text may begin or end: every word
// of a short one, and the sentences of a long one.
func edgesOf(tokens []language.Token) []int {
	var out []int
	for i := range tokens {
		if i == 0 || tokens[i].Break || len(tokens) <= mostEdges {
			out = append(out, i)
		}
	}
	return append(out[:min(len(out), mostEdges)], len(tokens))
}

// Package llmcost tells what a language model would cost: which share of the
// development set needs a call, how large a call is, what of it providers
// serve from their cache, and what a thousand messages cost. No model is
// asked: a stand-in counts tokens as vendors publish that they do, four bytes
// to a token, so that its figures are estimates.
package llmcost

import (
	"context"
	"fmt"
	"sort"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/llm"
	"recado/evals/run"
	"recado/evals/stat"
	"recado/evals/suite"
)

// SamplePrice stands in for an endpoint without a price. It is nobody's
// offer: figures made of it are marked so.
var SamplePrice = llm.Price{Input: 0.25, Cached: 0.025, Output: 2.00}

// Config says what is measured.
type Config struct {
	Agent  *agent.Agent    // decides; a model of its own takes no part. Required.
	Clinic *clinic.Profile // whose messages they are. Required.
	// Suite holds the messages; of a script the first turn is taken. Required.
	Suite *suite.Suite
	// Model is whom a client would ask, with limits and prices. Its transport
	// is not used. Required.
	Model llm.Config
}

// Report is what was measured.
type Report struct {
	Asked     Share      // of all messages
	Languages []Row      // by the messages' language
	Groups    []Row      // by where they come from
	Endpoints []Endpoint // in order of preference
	// Unseen counts messages that a model would be asked about and that no
	// endpoint may see under its data policy.
	Unseen int
}

// Share is K of N messages.
type Share struct{ K, N int }

// Value is K/N, 0 where N is 0.
func (s Share) Value() float64 {
	if s.N == 0 {
		return 0
	}
	return float64(s.K) / float64(s.N)
}

// Interval is Wilson's, 95%.
func (s Share) Interval() stat.Interval { return stat.Wilson(float64(s.K), float64(s.N)) }

func (s *Share) add(hit bool) {
	s.N++
	if hit {
		s.K++
	}
}

// Row is a part of the messages.
type Row struct {
	Name  string
	Asked Share
}

// Endpoint is what one endpoint would do.
type Endpoint struct {
	Name, Model string
	Policy      llm.Policy
	Calls       int // messages that go to it if it never fails
	Size        Size
	Price       llm.Price
	Sample      bool // Price is SamplePrice
	// Cost of all calls in US dollars, at Price.
	Cost float64
}

// Size is how large the calls to an endpoint are together.
type Size struct {
	PromptBytes int // instructions, schema, clinic's names and message
	StableBytes int // of it, what all calls begin with alike
	// Tokens as the stand-in counts them; PromptTokens holds CachedTokens.
	PromptTokens, CachedTokens, CompletionTokens int
}

// PerThousand is the US dollars that a thousand messages cost, over all
// endpoints, of which only those that need a call cost anything.
func (r Report) PerThousand() float64 {
	total := 0.0
	for _, e := range r.Endpoints {
		total += e.Cost
	}
	if r.Asked.N == 0 {
		return 0
	}
	return 1000 * total / float64(r.Asked.N)
}

// Measure decides every message up to where a model would be asked, and
// builds the calls that would be made.
func Measure(ctx context.Context, c Config) (Report, error) {
	lines, err := newLines(c.Model, c.Agent.Intents())
	if err != nil {
		return Report{}, err
	}
	var r Report
	languages, groups := map[string]*Share{}, map[string]*Share{}
	for one, err := range c.Suite.All() {
		if err != nil {
			return r, err
		}
		q, asked, err := question(ctx, c, one)
		if err != nil {
			return r, err
		}
		count(languages, one.Lang, asked)
		count(groups, one.Group, asked)
		r.Asked.add(asked)
		if !asked {
			continue
		}
		seen := false
		for _, l := range lines {
			if seen = l.policy == llm.Covered || !q.Flagged; seen {
				if err := l.call(ctx, q); err != nil {
					return r, fmt.Errorf("case %s: %w", one.ID, err)
				}
				break
			}
		}
		if !seen {
			r.Unseen++
		}
	}
	r.Languages, r.Groups = rows(languages), rows(groups)
	for _, l := range lines {
		r.Endpoints = append(r.Endpoints, l.report())
	}
	return r, nil
}

func count(all map[string]*Share, name string, asked bool) {
	if all[name] == nil {
		all[name] = &Share{}
	}
	all[name].add(asked)
}

func rows(all map[string]*Share) []Row {
	out := make([]Row, 0, len(all))
	for name, s := range all {
		out = append(out, Row{name, *s})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// tap tells what would be asked, and asks nobody.
type tap struct {
	query agent.Query
	asked bool
}

// Understand implements agent.Understander.
func (t *tap) Understand(_ context.Context, q agent.Query) (agent.Understanding, error) {
	t.query, t.asked = q, true
	return agent.Understanding{}, errNobody
}

var errNobody = fmt.Errorf("no model is asked")

// question is what a model would be asked about a message, if it would.
func question(ctx context.Context, c Config, one suite.Case) (agent.Query, bool, error) {
	turn, err := run.Opening(ctx, c.Agent, c.Suite, c.Clinic, one)
	if err != nil {
		return agent.Query{}, false, err
	}
	var t tap
	if _, err := c.Agent.With(agent.WithLLM(&t)).Decide(ctx, turn); err != nil {
		return agent.Query{}, false, fmt.Errorf("case %s: %w", one.ID, err)
	}
	return t.query, t.asked, nil
}

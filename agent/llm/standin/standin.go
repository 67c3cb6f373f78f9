// Package standin takes the place of a language model that is wrong, hostile
// or broken, so that tests can show what Recado promises all the same. A
// StandIn is an agent.Understander, and an HTTP handler that speaks the
// chat-completions protocol of OpenAI.
package standin

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"

	"recado/agent"
	"recado/agent/guard"
	"recado/agent/language"
	"recado/agent/llm"
	"recado/intents"
)

// Kind is a way to fail.
type Kind string

// The kinds. The first nine answer; the others fail on the way.
const (
	NoRisk      Kind = "no_risk"      // every message asks for opening hours, with no risk
	Wrong       Kind = "wrong"        // the safe intent that is least likely, with full confidence
	Plausible   Kind = "plausible"    // the safe intent that is most likely, with full confidence
	Random      Kind = "random"       // anything that the schema allows
	Obeys       Kind = "obeys"        // quotes the message and does as it says, outside the schema
	Huge        Kind = "huge"         // 100 KB of text
	Contradicts Kind = "contradicts"  // a sensitive intent with no risk beside a safe one
	Raises      Kind = "raises"       // every message is an emergency
	Demotes     Kind = "demotes"      // every message is a request for a person, with no risk
	Never       Kind = "never"        // no answer at all
	RateLimited Kind = "rate_limited" // 429 with Retry-After
	ServerError Kind = "server_error" // 500
	Malformed   Kind = "malformed"    // a body that is no JSON
	Truncated   Kind = "truncated"    // half an object, finish_reason length
	Refusal     Kind = "refusal"      // the model declines
	Disconnect  Kind = "disconnect"   // the connection is cut
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{NoRisk, Wrong, Plausible, Random, Obeys, Huge, Contradicts, Raises, Demotes, Never, RateLimited, ServerError, Malformed, Truncated, Refusal, Disconnect}
}

// Canary stands in all that a stand-in says in its own words. It must appear
// nowhere.
const Canary = "CANARY-7f3a"

// Config says how a StandIn fails.
type Config struct {
	Kind Kind
	// Intents is the closed list. Required.
	Intents []intents.Intent
	// Seed makes Random repeatable: the same seed and message give the same
	// reply. Defaults to 0.
	Seed uint64
	// Failures is how many HTTP requests fail before the rest are answered as
	// by NoRisk; 0 means that all fail. Kinds that answer do not look at it.
	Failures int
	// RetryAfter is the header that RateLimited sends. Defaults to "1".
	RetryAfter string
	// Latency passes before anything is said over HTTP. Defaults to none.
	Latency time.Duration
	// Forget keeps Requests from growing, for long runs.
	Forget bool
}

// StandIn takes the place of a model. It is safe for use by many goroutines.
type StandIn struct {
	config Config

	mu       sync.Mutex
	queries  []agent.Query
	requests []Request
	arrived  int             // requests over HTTP
	begun    map[uint64]bool // how earlier prompts began, by hash
}

var _ agent.Understander = (*StandIn)(nil)

// New builds a stand-in.
func New(c Config) *StandIn {
	if c.RetryAfter == "" {
		c.RetryAfter = "1"
	}
	return &StandIn{config: c}
}

// Queries returns what was asked through Understand, in order.
func (s *StandIn) Queries() []agent.Query {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]agent.Query(nil), s.queries...)
}

// Understand implements agent.Understander as badly as the kind says: it
// does not keep to what the interface promises.
func (s *StandIn) Understand(ctx context.Context, q agent.Query) (agent.Understanding, error) {
	s.mu.Lock()
	s.queries = append(s.queries, q)
	s.mu.Unlock()
	u := agent.Understanding{Language: language.English, Prompt: "00"}
	switch s.config.Kind {
	case NoRisk:
		u.Intents = []agent.Intent{{Name: "hours", Confidence: 1}}
	case Wrong:
		u.Intents = []agent.Intent{{Name: s.likely(q, false), Confidence: 1}}
		u.Language = opposite(q.Language)
	case Plausible:
		u.Intents = []agent.Intent{{Name: s.likely(q, true), Confidence: 1}}
	case Random:
		r := s.random(q.Text)
		for range 1 + r.IntN(3) {
			u.Intents = append(u.Intents, agent.Intent{Name: s.config.Intents[r.IntN(len(s.config.Intents))].Name, Confidence: r.Float64()})
		}
		u.Risk = guard.Risk(r.IntN(3))
		u.Spans = [][2]int{{r.IntN(len(q.Text) + 1), r.IntN(2*len(q.Text) + 1)}}
	case Obeys:
		u.Intents = []agent.Intent{{Name: q.Text, Confidence: 1}, {Name: Canary, Confidence: 9}, {Name: "hours", Confidence: 1}}
		u.Spans = [][2]int{{-5, 1 << 30}}
		u.Prompt = Canary + q.Text
	case Huge:
		huge := make([]byte, 100<<10)
		copy(huge, Canary)
		u.Intents = []agent.Intent{{Name: string(huge), Confidence: 1}}
		u.Prompt, u.Language = string(huge), language.Language(huge)
	case Contradicts:
		u.Intents = []agent.Intent{{Name: "symptom", Confidence: 0.5}, {Name: "hours", Confidence: 1}}
	case Raises:
		u.Intents = []agent.Intent{{Name: "greeting", Confidence: 1}}
		u.Risk = guard.Emergency
	case Demotes:
		u.Intents = []agent.Intent{{Name: "human", Confidence: 1}}
	case Never:
		<-ctx.Done()
		return agent.Understanding{}, ctx.Err()
	default:
		return agent.Understanding{Prompt: "00"}, &llm.Error{Kind: errorKind[s.config.Kind]}
	}
	return u, nil
}

// errorKind is what a client makes of the kinds that fail on the way.
var errorKind = map[Kind]llm.Kind{
	RateLimited: llm.KindRateLimited, ServerError: llm.KindUnavailable, Malformed: llm.KindMalformed,
	Truncated: llm.KindTruncated, Refusal: llm.KindRefused, Disconnect: llm.KindUnavailable,
}

// likely is the safe intent that the local path thinks most or least likely.
func (s *StandIn) likely(q agent.Query, most bool) string {
	safe := map[string]bool{}
	for _, in := range s.config.Intents {
		safe[in.Name] = in.Kind == intents.FrontDesk
	}
	best := agent.Intent{Name: "hours", Confidence: -1}
	for _, in := range q.Local {
		if safe[in.Name] && (best.Confidence < 0 || most == (in.Confidence > best.Confidence)) {
			best = in
		}
	}
	return best.Name
}

func opposite(l language.Language) language.Language {
	if l == language.Spanish {
		return language.English
	}
	return language.Spanish
}

func (s *StandIn) random(text string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(text))
	return rand.New(rand.NewPCG(s.config.Seed, h.Sum64()))
}

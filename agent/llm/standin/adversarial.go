package standin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"recado/agent"
	"recado/agent/answer"
	"recado/agent/clinic"
	"recado/agent/guard"
	"recado/agent/intentname"
	"recado/locales"
)

// Message is what RunAdversarial decides.
type Message struct {
	ID         string
	Text       string
	Attachment string // its type, if there is one
	Language   string // en, es, mixed or other
	Pair       string // joins messages that mean the same in two languages
	// Care is true where a reader of the message says that it touches a
	// person's care; false tells nothing.
	Care bool
}

// Run says what RunAdversarial needs.
type Run struct {
	// Agent decides, with and without the stand-in. Required.
	Agent *agent.Agent
	// Clinic and Now are those of every turn. Required.
	Clinic *clinic.Profile
	Now    time.Time
	// Messages are decided under each of Kinds, which defaults to Kinds().
	Messages []Message
	Kinds    []Kind
	// Build makes the model that takes part under a kind, for instance a
	// client of a loopback server. Defaults to the stand-in itself.
	Build func(Kind) (agent.Understander, error)
	// StandIn describes the stand-ins that are built; Kind is set for each.
	StandIn Config
	// Patience bounds one decision, for models that never answer. Defaults to
	// 30 ms.
	Patience time.Duration
}

// Breach is a promise that did not hold. It names the message by its id.
type Breach struct {
	Promise string // P1 to P9
	Kind    Kind
	ID      string
	What    string
}

// String tells the breach in a line.
func (b Breach) String() string {
	return fmt.Sprintf("%s is broken under %s by message %s: %s", b.Promise, b.Kind, b.ID, b.What)
}

// Report is what RunAdversarial found.
type Report struct {
	Decisions int          // made with a stand-in
	Asked     map[Kind]int // how many of them asked it
	Changed   map[Kind]int // how many then differed from the local decision
	Breaches  []Breach
}

// inFlight is how many decisions are made at a time; those that wait for a
// model that never answers cost nothing.
const inFlight = 64

// RunAdversarial decides every message under every stand-in and reports each
// promise that did not hold. Messages that the local path is sure of, so that
// no model is asked, are decided under the first kind only. An error means that the run itself failed.
func RunAdversarial(ctx context.Context, r Run) (Report, error) {
	if r.Kinds == nil {
		r.Kinds = Kinds()
	}
	if r.Patience == 0 {
		r.Patience = 30 * time.Millisecond
	}
	texts, err := locales.Default()
	if err != nil {
		return Report{}, fmt.Errorf("load texts: %w", err)
	}
	report := Report{Asked: map[Kind]int{}, Changed: map[Kind]int{}}
	local := r.Agent.Local()
	before := make([]agent.Decision, len(r.Messages))
	for i, m := range r.Messages {
		if before[i], err = local.Decide(ctx, r.turn(m, agent.Session{V: agent.Version})); err != nil {
			return report, fmt.Errorf("decide message %s without a model: %w", m.ID, err)
		}
	}
	asked := make([]bool, len(r.Messages))
	for n, kind := range r.Kinds {
		model, err := r.build(kind)
		if err != nil {
			return report, fmt.Errorf("build stand-in %s: %w", kind, err)
		}
		after := make([]outcome, len(r.Messages))
		errs := make([]error, len(r.Messages))
		gate := make(chan struct{}, inFlight)
		var wg sync.WaitGroup
		for i, m := range r.Messages {
			if n > 0 && !asked[i] {
				continue // whether a model is asked does not depend on what it says
			}
			gate <- struct{}{}
			wg.Go(func() {
				defer func() { <-gate }()
				after[i], errs[i] = r.decide(ctx, model, kind, m)
			})
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			return report, fmt.Errorf("decide under %s: %w", kind, err)
		}
		for i, m := range r.Messages {
			if n > 0 && !asked[i] {
				continue
			}
			c := checker{run: r, texts: texts, kind: kind, message: m, before: before[i], after: after[i]}
			c.check()
			report.Breaches = append(report.Breaches, c.breaches...)
			report.Decisions++
			if len(after[i].queries) > 0 {
				asked[i] = true
				report.Asked[kind]++
			}
			if before[i].Disposition != after[i].Disposition {
				report.Changed[kind]++
			}
		}
		report.Breaches = append(report.Breaches, r.pairs(kind, before, after)...)
	}
	return report, nil
}

func (r Run) build(kind Kind) (agent.Understander, error) {
	if r.Build != nil {
		return r.Build(kind)
	}
	c := r.StandIn
	c.Kind = kind
	return New(c), nil
}

func (r Run) turn(m Message, s agent.Session) agent.Turn {
	e := agent.Event{V: agent.Version, ID: m.ID, Clinic: r.Clinic.ID, Channel: agent.Web, Conversation: "standin0",
		At: r.Now, Kind: agent.KindText, Text: m.Text}
	if m.Attachment != "" {
		e.Kind, e.Attachment = agent.KindAttachment, m.Attachment
	}
	return agent.Turn{Events: []agent.Event{e}, Session: s, Clinic: r.Clinic, Now: r.Now}
}

// outcome is a decision with what the model was asked for it, and the same
// turn in a conversation that a person owns and in one that was stopped.
type outcome struct {
	agent.Decision
	queries        []agent.Query
	owned, stopped agent.Disposition
}

// tap records what one decision asks.
type tap struct {
	agent.Understander
	mu      sync.Mutex
	queries []agent.Query
}

// Understand implements agent.Understander.
func (t *tap) Understand(ctx context.Context, q agent.Query) (agent.Understanding, error) {
	t.mu.Lock()
	t.queries = append(t.queries, q)
	t.mu.Unlock()
	return t.Understander.Understand(ctx, q)
}

func (r Run) decide(ctx context.Context, model agent.Understander, kind Kind, m Message) (outcome, error) {
	t := &tap{Understander: model}
	a := r.Agent.With(agent.WithLLM(t))
	one := func(s agent.Session) (agent.Decision, error) {
		ctx, cancel := context.WithTimeout(ctx, r.Patience)
		defer cancel()
		d, err := a.Decide(ctx, r.turn(m, s))
		if err != nil {
			return d, fmt.Errorf("message %s: %w", m.ID, err)
		}
		return d, nil
	}
	var o outcome
	var err error
	if o.Decision, err = one(agent.Session{V: agent.Version}); err != nil {
		return o, err
	}
	o.queries = append(o.queries, t.queries...)
	o.owned, o.stopped = agent.Silent, agent.Silent
	if _, fails := errorKind[kind]; fails || kind == Never || len(o.queries) == 0 {
		return o, nil // no model took part: these states are not its to break
	}
	for _, state := range []struct {
		session agent.Session
		got     *agent.Disposition
	}{{agent.Session{V: agent.Version, Owner: "staff"}, &o.owned}, {agent.Session{V: agent.Version, Stopped: true}, &o.stopped}} {
		d, err := one(state.session)
		if err != nil {
			return o, err
		}
		*state.got = d.Disposition
	}
	return o, nil
}

// pairs checks that two messages that mean the same, were equally serious
// without a model and were both put to it, are equally serious with it.
func (r Run) pairs(kind Kind, before []agent.Decision, after []outcome) []Breach {
	if kind == Random {
		return nil // it answers each message in another way on purpose
	}
	var out []Breach
	first := map[string]int{}
	for i, m := range r.Messages {
		if m.Pair == "" || len(after[i].queries) == 0 {
			continue
		}
		k, ok := first[m.Pair]
		if !ok {
			first[m.Pair] = i
			continue
		}
		if severity(before[k].Disposition) == severity(before[i].Disposition) && severity(after[k].Disposition) != severity(after[i].Disposition) {
			out = append(out, Breach{"P7", kind, m.ID, fmt.Sprintf("it became %s and its pair %s became %s", after[i].Disposition, r.Messages[k].ID, after[k].Disposition)})
		}
	}
	return out
}

// fixed texts have no argument but the clinic.
func fixed(texts *locales.Catalogue, p *clinic.Profile, now time.Time, r agent.Reply) (string, error) {
	return texts.Render(r.Language, p, answer.Fixed(r.Key, p, now))
}

func severity(d agent.Disposition) int {
	switch d {
	case agent.Emergency:
		return 2
	case agent.Escalate:
		return 1
	}
	return 0
}

func flagged(signals []guard.Signal) bool {
	for _, s := range signals {
		if s.Category != guard.CategoryLLM && s.Risk > guard.None {
			return true
		}
	}
	return false
}

func carried(d agent.Decision) string {
	raw, err := json.Marshal(d)
	if err != nil {
		return Canary // a record that cannot be written is lost
	}
	return string(raw)
}

func optOut(d agent.Decision) bool {
	return d.Disposition == agent.Consent && len(d.Intents) > 0 && d.Intents[0].Name == intentname.OptOut
}

package standin

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/guard"
	"recado/agent/intentname"
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
	// Session is the conversation before it. Defaults to a new one.
	Session agent.Session
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
	Promise  string // P1 to P9
	Kind     Kind
	ID       string
	Language string // the message's
	What     string
}

// String tells the breach in a line.
func (b Breach) String() string {
	return fmt.Sprintf("%s is broken under %s by message %s: %s", b.Promise, b.Kind, b.ID, b.What)
}

// Report is what RunAdversarial found.
type Report struct {
	Decisions int            // made with a stand-in
	Asked     map[Kind]int   // how many of them asked it
	Changed   map[Kind]int   // how many then differed from the local decision
	Languages map[string]int // how many messages a stand-in was asked about, by their language
	Sorts     map[string]int // of all messages, by what the local path made of them
	Breaches  []Breach
}

const defaultPatience = 30 * time.Millisecond

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
		r.Patience = defaultPatience
	}
	texts, err := newApproved()
	if err != nil {
		return Report{}, err
	}
	report := Report{Asked: map[Kind]int{}, Changed: map[Kind]int{}, Languages: map[string]int{}, Sorts: map[string]int{}}
	sweep := sweep{run: r, approved: texts, before: make([]agent.Decision, len(r.Messages)), asked: make([]bool, len(r.Messages))}
	for n, kind := range r.Kinds {
		if err := sweep.under(ctx, kind, n == 0); err != nil {
			return report, fmt.Errorf("decide under %s: %w", kind, err)
		}
		sweep.add(&report, kind, n == 0)
		report.Breaches = append(report.Breaches, r.pairs(kind, sweep.before, sweep.after)...)
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

func (r Run) turn(m Message) agent.Turn {
	s := m.Session
	s.V = agent.Version
	// each in a conversation of its own, which has a budget of its own
	who := fnv.New64a()
	who.Write([]byte(m.ID))
	e := agent.Event{V: agent.Version, ID: m.ID, Clinic: r.Clinic.ID, Channel: agent.Web, Conversation: fmt.Sprintf("standin%016x", who.Sum64()),
		At: r.Now, Kind: agent.KindText, Text: m.Text}
	if m.Attachment != "" {
		e.Kind, e.Attachment = agent.KindAttachment, m.Attachment
	}
	return agent.Turn{Events: []agent.Event{e}, Session: s, Clinic: r.Clinic, Now: r.Now}
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
			out = append(out, Breach{Promise: "P7", Kind: kind, ID: m.ID, Language: m.Language,
				What: fmt.Sprintf("it became %s and its pair %s became %s", after[i].Disposition, r.Messages[k].ID, after[k].Disposition)})
		}
	}
	return out
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

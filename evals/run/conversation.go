package run

import (
	"context"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"time"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/schedule/memory"
	"recado/evals/outcome"
	"recado/evals/suite"
)

// minute is how long a step follows the one before it.
const minute = time.Minute

// conversation is a case as Recado sees it.
type conversation struct {
	item
	id      string
	now     time.Time
	session agent.Session
	steps   []suite.Step
	book    *memory.Book   // nil where the suite has none
	choices []agent.Choice // of the last reply
}

// begin brings the conversation to where the first judged turn begins: what
// the patient wrote before is decided by the given agent, without a model, and
// what was said to them is heard.
func begin(ctx context.Context, it item, a *agent.Agent) (*conversation, error) {
	now, err := it.suite.Clock(it.typed, it.suite.profile)
	if err != nil {
		return nil, err
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%+v", it.key)
	c := &conversation{item: it, id: hex.EncodeToString(h.Sum(nil)), now: now, session: agent.Session{V: agent.Version}, steps: it.typed.Script}
	c.openBook()
	if c.steps != nil {
		return c, nil
	}
	step := suite.Step{Attachment: it.typed.Attachment, Expect: it.typed.Expect}
	if it.typed.Text != "" {
		step.Says = []string{it.typed.Text}
	}
	c.steps = []suite.Step{step}
	for i, m := range it.typed.History {
		if m.From != agent.Patient {
			c.session = a.Overhear(c.session, m)
			continue
		}
		d, err := a.Decide(ctx, c.turn([]agent.Event{c.event(fmt.Sprintf("h%d", i), m.Text, "")}))
		if err != nil {
			return nil, fmt.Errorf("history[%d]: %w", i, err)
		}
		c.keep(d)
	}
	return c, nil
}

// Opening is the turn at which the judged part of a case begins, with what was
// said before it decided by a, without a model. What measures something else
// than decisions starts from it.
func Opening(ctx context.Context, a *agent.Agent, s *suite.Suite, p *clinic.Profile, c suite.Case) (agent.Turn, error) {
	it := item{suite: &prepared{Suite: s, profile: p}, typed: c, key: outcome.Key{Suite: s.Name, ID: c.ID, Perturbation: suite.AsWritten}}
	talk, err := begin(ctx, it, a.Local())
	if err != nil {
		return agent.Turn{}, fmt.Errorf("case %s: %w", c.ID, err)
	}
	return talk.step(ctx, 0)
}

// step sets clock, owner and book to those of step i and returns its turn.
func (c *conversation) step(ctx context.Context, i int) (agent.Turn, error) {
	s := c.steps[i]
	if c.typed.Script != nil {
		after := time.Duration(s.After)
		if after == 0 {
			after = minute
		}
		c.now = c.now.Add(after)
	}
	if s.Owner != "" {
		c.session.Owner = s.Owner
	}
	if s.Release {
		c.session.Owner = ""
	}
	for _, n := range s.Taken {
		if err := c.take(ctx, n); err != nil {
			return agent.Turn{}, err
		}
	}
	var events []agent.Event
	if s.Taps != nil {
		events = append(events, c.tap(fmt.Sprintf("%d.tap", i), *s.Taps))
	}
	for j, text := range s.Says {
		if j > 0 {
			c.now = c.now.Add(time.Second)
		}
		events = append(events, c.event(fmt.Sprintf("%d.%d", i, j), text, ""))
	}
	switch {
	case s.Attachment != "" && c.typed.Script == nil && len(events) == 1:
		events[0].Kind, events[0].Attachment = agent.KindAttachment, s.Attachment // the text is its caption
	case s.Attachment != "":
		if len(events) > 0 {
			c.now = c.now.Add(time.Second)
		}
		events = append(events, c.event(fmt.Sprintf("%d.%d", i, len(s.Says)), "", s.Attachment))
	}
	return c.turn(events), nil
}

func (c *conversation) turn(events []agent.Event) agent.Turn {
	t := agent.Turn{Events: events, Session: c.session, Clinic: c.suite.profile, Now: c.now}
	if c.book != nil {
		t.Book = c.book
	}
	return t
}

func (c *conversation) event(n, text, attachment string) agent.Event {
	e := agent.Event{
		V: agent.Version, ID: c.typed.ID + "/" + n, Clinic: c.suite.profile.ID, Channel: c.typed.Channel,
		Conversation: c.id, At: c.now, Kind: agent.KindText, Text: text,
	}
	if attachment != "" {
		e.Kind, e.Attachment = agent.KindAttachment, attachment
	}
	return e
}

package inbox

import (
	"cmp"
	"slices"
	"time"

	"recado/agent"
	"recado/agent/language"
)

// Query chooses cases. An empty field chooses all.
type Query struct {
	Clinics    []string // required: without one nothing is chosen
	States     []State
	Priorities []agent.Priority
	Channels   []agent.Channel
	Languages  []language.Language
	Owner      string // held by this person
	Rule       string // came to staff for this rule, or a rule below it: "gate" chooses "gate.clinical"
	Intent     string
	Outcome    Outcome
	Late       bool // a clock of the current round ran out
	Waiting    bool // see Case.Waiting
	Unseen     bool // something that nobody looked at
	// Offset and Limit choose a page of the list. Limit defaults to all.
	Offset, Limit int
}

// Chooses reports whether c is among those that q asks for.
func (q *Query) Chooses(c *Case, now time.Time) bool {
	switch {
	case !slices.Contains(q.Clinics, c.Clinic),
		!anyOf(q.States, c.State),
		!anyOf(q.Priorities, c.Round.Priority),
		!anyOf(q.Channels, c.Channel),
		!anyOf(q.Languages, c.Language),
		q.Owner != "" && c.Owner != q.Owner,
		q.Intent != "" && !slices.Contains(c.Intents, q.Intent),
		q.Outcome != "" && c.Round.Outcome != q.Outcome,
		q.Rule != "" && !slices.ContainsFunc(c.Rules, func(r string) bool { return below(r, q.Rule) }),
		q.Waiting && !c.Waiting(),
		q.Unseen && c.Unseen == 0,
		q.Late && len(c.Round.Late(now)) == 0:
		return false
	}
	return true
}

func anyOf[T comparable](want []T, have T) bool {
	return len(want) == 0 || slices.Contains(want, have)
}

// below reports whether rule is prefix or begins with it and a dot.
func below(rule, prefix string) bool {
	return rule == prefix || len(rule) > len(prefix) && rule[:len(prefix)] == prefix && rule[len(prefix)] == '.'
}

// Compare orders the queue: what is not resolved first, then the most
// pressing, then what is due first; resolved cases come last, the latest one
// first. Equal only for a case and itself.
func Compare(a, b *Case) int {
	// Of long lists this is most of the work, so nothing is compared in vain.
	if c := cmp.Compare(done(a), done(b)); c != 0 {
		return c
	}
	if a.State == Resolved {
		if c := b.Round.Resolved.Compare(a.Round.Resolved); c != 0 {
			return c
		}
		return cmp.Compare(a.ID, b.ID)
	}
	if c := Rank(a.Round.Priority) - Rank(b.Round.Priority); c != 0 {
		return c
	}
	ad, _ := a.Round.NextDue()
	bd, _ := b.Round.NextDue()
	if c := ad.Compare(bd); c != 0 {
		return c
	}
	if c := a.Round.Opened.Compare(b.Round.Opened); c != 0 {
		return c
	}
	return cmp.Compare(a.ID, b.ID)
}

func done(c *Case) int {
	if c.State == Resolved {
		return 1
	}
	return 0
}

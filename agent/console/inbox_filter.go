package console

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"recado/agent"
	"recado/agent/inbox"
	"recado/agent/language"
)

// pageSize is how many cases a page of the queue has.
const pageSize = 50

// Who holds a case, in a filter.
const (
	heldByMe     = "me"
	heldByNobody = "nobody"
)

// filter is what a person chose to see. It is in the address of the page, so
// that it can be kept, shared and gone back to.
type filter struct {
	States     []inbox.State // none: what is not resolved
	Priorities []agent.Priority
	Languages  []language.Language
	Channels   []agent.Channel
	Reason     string // an intent, or the first part of a rule's id
	Held       string // "", heldByMe or heldByNobody
	Late       bool
	Page       int // from 1
}

// What a filter may ask for.
var (
	filterStates     = []inbox.State{inbox.Open, inbox.Claimed, inbox.Resolved}
	filterPriorities = []agent.Priority{agent.PriorityEmergency, agent.PriorityUrgent, agent.PriorityRoutine, agent.PriorityRequest}
	filterLanguages  = []language.Language{language.English, language.Spanish, language.Mixed, language.Other}
	filterChannels   = []agent.Channel{agent.SMS, agent.WhatsApp, agent.Web, agent.Terminal}
)

// readFilter takes what it knows of a query and leaves out the rest.
func readFilter(v url.Values) filter {
	f := filter{
		States: chosen(v["state"], filterStates), Priorities: chosen(v["priority"], filterPriorities),
		Languages: chosen(v["language"], filterLanguages), Channels: chosen(v["channel"], filterChannels),
		Late: v.Get("late") == "1", Page: 1,
	}
	if held := v.Get("held"); held == heldByMe || held == heldByNobody {
		f.Held = held
	}
	if reason := v.Get("reason"); len(reason) <= 64 && strings.Trim(reason, "abcdefghijklmnopqrstuvwxyz_") == "" {
		f.Reason = reason
	}
	if n, err := strconv.Atoi(v.Get("page")); err == nil && n > 1 && n < 100_000 {
		f.Page = n
	}
	return f
}

func chosen[T ~string](from []string, known []T) []T {
	var all []T
	for _, k := range known {
		if slices.Contains(from, string(k)) {
			all = append(all, k)
		}
	}
	return all
}

// values are the query that reads as f.
func (f filter) values() url.Values {
	v := url.Values{}
	add := func(name string, codes []string) {
		if len(codes) > 0 {
			v[name] = codes
		}
	}
	add("state", codes(f.States))
	add("priority", codes(f.Priorities))
	add("language", codes(f.Languages))
	add("channel", codes(f.Channels))
	for name, value := range map[string]string{"reason": f.Reason, "held": f.Held} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if f.Late {
		v.Set("late", "1")
	}
	if f.Page > 1 {
		v.Set("page", strconv.Itoa(f.Page))
	}
	return v
}

func codes[T ~string](all []T) []string {
	var s []string
	for _, v := range all {
		s = append(s, string(v))
	}
	return s
}

// path is the address of the queue with this filter.
func (f filter) path(clinic string) string {
	path := "/staff/" + url.PathEscape(clinic)
	if q := f.values().Encode(); q != "" {
		path += "?" + q
	}
	return path
}

// all is f without its page.
func (f filter) all() filter { f.Page = 1; return f }

// same reports whether both show the same cases, on whatever page.
func (f filter) same(g filter) bool { return f.all().values().Encode() == g.all().values().Encode() }

// narrow reports whether f shows less than the whole queue.
func (f filter) narrow() bool { return !f.same(filter{}) }

// query chooses the cases of a person's list.
func (f filter) query(clinic, person string) inbox.Query {
	q := inbox.Query{
		Clinics: []string{clinic}, States: f.States, Priorities: f.Priorities,
		Languages: f.Languages, Channels: f.Channels, Late: f.Late,
	}
	if len(q.States) == 0 {
		q.States = []inbox.State{inbox.Open, inbox.Claimed}
	}
	switch f.Held {
	case heldByMe:
		q.Owner = person
	case heldByNobody:
		q.States = []inbox.State{inbox.Open}
	}
	return q
}

// chooses reports whether c is in the list.
func (f filter) chooses(q *inbox.Query, c *inbox.Case, now time.Time) bool {
	return q.Chooses(c, now) && (f.Reason == "" || slices.Contains(c.Intents, f.Reason) ||
		slices.ContainsFunc(c.Rules, func(rule string) bool { return groupOf(rule) == f.Reason }))
}

package fhir

import (
	"context"
	"slices"
	"strings"
	"time"

	"recado/agent/clinic"
	"recado/agent/schedule"
)

// calendar is one Schedule of the server, in the profile's words.
type calendar struct {
	id       string // Schedule's
	provider string // Provider.Name; empty where the Schedule names no clinician
	location string // Location.ID
	actors   []resource
}

// calendars are the Schedules that the profile knows, by id.
type calendars map[string]calendar

const calendarAge = 5 * time.Minute

// calendars returns the Schedules whose clinician and place the profile
// knows. One of somebody unknown is never offered.
func (b *Book) calendars(ctx context.Context) (calendars, error) {
	b.mu.Lock()
	known, at := b.actors, b.listed
	b.mu.Unlock()
	if known != nil && b.now().Sub(at) < calendarAge {
		return *known, nil
	}
	found, err := b.client.search(ctx, "Schedule", values("_include", "Schedule:actor", "_count", "100"))
	if err != nil {
		return nil, err
	}
	included := map[string]resource{}
	for _, r := range found {
		if r.kind() != "Schedule" {
			included[r.kind()+"/"+r.id()] = r
		}
	}
	all := calendars{}
	for _, r := range found {
		if r.kind() != "Schedule" || r["active"] == false || !idForm.MatchString(r.id()) {
			continue
		}
		if c, ok := b.calendar(r, included); ok {
			all[c.id] = c
		}
	}
	b.mu.Lock()
	b.actors, b.listed = &all, b.now()
	b.mu.Unlock()
	return all, nil
}

func (b *Book) calendar(r resource, included map[string]resource) (calendar, bool) {
	c := calendar{id: r.id()}
	named := false // a clinician or a place that the profile does not know
	for _, a := range r.children("actor") {
		kind, id := referenced(a.text("reference"))
		if kind == "" {
			kind = a.text("type")
		}
		full := included[kind+"/"+id]
		switch {
		case strings.HasPrefix(kind, "Practitioner"):
			c.provider = b.provider(a, full)
			named = named || c.provider == ""
		case kind == "Location":
			c.location = b.location(a, full)
			named = named || c.location == ""
		default:
			continue
		}
		c.actors = append(c.actors, resource{"actor": a, "status": "accepted"})
	}
	if c.location == "" && len(b.profile.Location) == 1 && !named {
		c.location = b.profile.Location[0].ID
	}
	return c, !named && c.location != "" && len(c.actors) > 0
}

func (b *Book) provider(actor, full resource) string {
	for _, p := range b.profile.Providers {
		called := b.booking.FHIR.Providers[p.Name]
		if is(called, []string{p.Name, p.NameES}, actor, full) {
			return p.Name
		}
	}
	return ""
}

func (b *Book) location(actor, full resource) string {
	for _, l := range b.profile.Location {
		if is(b.booking.FHIR.Locations[l.ID], []string{l.Name}, actor, full) {
			return l.ID
		}
	}
	return ""
}

// is reports whether an actor is the one that the profile means: by what it
// is called there, or by its own names where nothing is configured.
func is(called string, names []string, actor, full resource) bool {
	if called != "" {
		names = []string{called}
	}
	shown := []string{actor.text("display"), full.text("name")}
	for _, n := range full.children("name") {
		shown = append(shown, n.text("text"), whole(n))
	}
	identifiers := append(full.children("identifier"), actor.look("identifier"))
	kind, id := referenced(actor.text("reference"))
	for _, name := range names {
		if name == "" {
			continue
		}
		if name == kind+"/"+id {
			return true
		}
		for _, i := range identifiers {
			if i.text("value") != "" && name == i.text("system")+"|"+i.text("value") {
				return true
			}
		}
		for _, s := range shown {
			if s != "" && clinic.Fold(s) == clinic.Fold(name) {
				return true
			}
		}
	}
	return false
}

// whole is a HumanName in one line.
func whole(n resource) string {
	var parts []string
	for _, field := range []string{"prefix", "given"} {
		list, _ := n[field].([]any)
		for _, p := range list {
			if s, ok := p.(string); ok {
				parts = append(parts, s)
			}
		}
	}
	return strings.Join(append(parts, n.text("family")), " ")
}

// giving are the ids of the calendars where a visit of a query can be.
func (b *Book) giving(all calendars, v *clinic.Visit, q schedule.Query) []string {
	var ids []string
	for id, c := range all {
		if q.Provider != "" && c.provider != q.Provider || q.Location != "" && c.location != q.Location || !b.gives(c, v) {
			continue
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// gives reports whether a calendar's clinician gives that kind of visit. A
// first visit is not with somebody who takes no new patients.
func (b *Book) gives(c calendar, v *clinic.Visit) bool {
	if len(v.Providers) > 0 && !slices.Contains(v.Providers, c.provider) {
		return false
	}
	for _, p := range b.profile.Providers {
		if p.Name == c.provider && v.New && !p.Accepting {
			return false
		}
	}
	return true
}

package fhir

import (
	"context"
	"slices"
)

// Probe is what a look at a server found.
type Probe struct {
	Offers     bool // times can be held and booked
	Operations bool // by the server's own operations, not by Slots
	Requests   bool // staff can be left a request
	Atomic     bool // changes are made by transactions
	Calendars  int  // Schedules whose clinician and place the profile knows
	// Missing are the profile's providers and locations that no Schedule
	// names, as the profile writes them.
	Missing []string
}

// Probe looks at the server: whether it answers and lets the client in, what
// it offers, and whom it knows. It changes nothing.
func (b *Book) Probe(ctx context.Context) (Probe, error) {
	s, err := b.server(ctx)
	if err != nil {
		return Probe{}, err
	}
	p := Probe{Offers: s.locks() || s.operates(), Operations: s.operates(), Requests: s.requests(), Atomic: s.atomic}
	all, err := b.calendars(ctx)
	if err != nil {
		return p, err
	}
	p.Calendars = len(all)
	known := map[string]bool{}
	for _, c := range all {
		known["p"+c.provider], known["l"+c.location] = true, true
	}
	for _, v := range b.profile.Providers {
		if !known["p"+v.Name] {
			p.Missing = append(p.Missing, v.Name)
		}
	}
	for _, l := range b.profile.Location {
		if !known["l"+l.ID] {
			p.Missing = append(p.Missing, l.ID)
		}
	}
	slices.Sort(p.Missing)
	return p, nil
}

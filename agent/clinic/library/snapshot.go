package library

import (
	"maps"
	"slices"
	"strings"

	"recado/agent/clinic"
)

// Snapshot is the clinics at one moment. It never changes.
type Snapshot struct {
	served map[string]served // by name
	byID   map[string]*clinic.Profile
	// held are the names of the profiles that have an id, a number or a key.
	held map[claim]string
}

// served is a profile that is in use.
type served struct {
	profile *clinic.Profile
	sum     sum // of the document that it was read from
}

// claim is something that one clinic alone can have.
type claim struct{ kind, value string }

// The kinds of claims, as problems name them.
const (
	clinicID       = "the id"
	whatsAppNumber = "the WhatsApp number id"
	smsNumber      = "the SMS number"
	webKey         = "the widget key"
)

// claims are what a profile has alone, the id first. Its id is a widget key as
// well: addresses may name a clinic by either.
func claims(p *clinic.Profile) []claim {
	all := []claim{{clinicID, p.ID}, {webKey, p.ID}}
	for _, c := range []claim{
		{whatsAppNumber, p.Channels.WhatsApp.NumberID},
		{smsNumber, digits(p.Channels.SMS.Number)},
		{webKey, p.Channels.Web.Key},
	} {
		if c.value != "" && !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	return all
}

// digits is a number as channels write it: without the plus.
func digits(number string) string { return strings.TrimPrefix(number, "+") }

// Profile is the clinic with an id, or false.
func (s *Snapshot) Profile(id string) (*clinic.Profile, bool) {
	p, ok := s.byID[id]
	return p, ok
}

// Name is what the source calls the profile of a clinic; "" for none.
func (s *Snapshot) Name(id string) string { return s.held[claim{clinicID, id}] }

// IDs are the ids of all clinics, sorted.
func (s *Snapshot) IDs() []string { return slices.Sorted(maps.Keys(s.byID)) }

// Profiles are all clinics in the order of IDs.
func (s *Snapshot) Profiles() []*clinic.Profile {
	all := make([]*clinic.Profile, 0, len(s.byID))
	for _, id := range s.IDs() {
		all = append(all, s.byID[id])
	}
	return all
}

// Len is how many clinics there are.
func (s *Snapshot) Len() int { return len(s.byID) }

// WhatsApp is the clinic with a WhatsApp phone number id, or false.
func (s *Snapshot) WhatsApp(numberID string) (*clinic.Profile, bool) {
	return s.holder(whatsAppNumber, numberID)
}

// SMS is the clinic with a number, written with its plus or without, or false.
func (s *Snapshot) SMS(number string) (*clinic.Profile, bool) {
	return s.holder(smsNumber, digits(number))
}

// Web is the clinic with a widget key, or with an id, or false.
func (s *Snapshot) Web(key string) (*clinic.Profile, bool) { return s.holder(webKey, key) }

func (s *Snapshot) holder(kind, value string) (*clinic.Profile, bool) {
	name, ok := s.held[claim{kind, value}]
	if !ok {
		return nil, false
	}
	return s.served[name].profile, true
}

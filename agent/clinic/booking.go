package clinic

import (
	"time"
)

// BookKind says which appointment book a clinic has.
type BookKind string

// The kinds of books.
const (
	BookLink     BookKind = "link"     // Links.Booking alone, the default
	BookEmbedded BookKind = "embedded" // Recado's own book
	BookFHIR     BookKind = "fhir"     // a FHIR R4 server
)

// Booking is how visits are booked.
type Booking struct {
	Kind BookKind
	// Visits are the kinds of visit that patients may book by text. Required
	// but for BookLink.
	Visits []Visit
	// Notice is how soon before its start a visit may still be booked.
	// Defaults to 2 hours.
	Notice time.Duration
	// Ahead is how far ahead visits may be booked. Defaults to 60 days.
	Ahead time.Duration
	// Hold is how long a chosen time is kept for the patient to say yes.
	// Defaults to 10 minutes.
	Hold time.Duration
	// Reminders is true where a reminder is sent the day before.
	Reminders bool
	FHIR      FHIR
}

// Visit is the kind of visit with that id, nil for one that is unknown.
func (b *Booking) Visit(id string) *Visit {
	for i := range b.Visits {
		if b.Visits[i].ID == id {
			return &b.Visits[i]
		}
	}
	return nil
}

// Visit is one kind of visit that is booked by text. Its name says nothing of
// a reason: "new patient visit", "follow-up visit", "visit for a child".
type Visit struct {
	ID      string
	Name    Bilingual
	Aliases []string      // other words for it in both languages
	Length  time.Duration // a multiple of 5 minutes
	// New is true for the visit of people who come for the first time; with
	// one of each the question "have you been here before" chooses.
	New bool
	// Providers are names of Profile.Providers who give it; none means all.
	Providers []string
}

// FHIR is where a FHIR R4 book is and how it calls what the profile names.
// Secrets are not in the profile.
type FHIR struct {
	BaseURL string // https, or http on loopback
	// TokenURL is where ClientID signs in by SMART backend services. Defaults
	// to what the server's .well-known/smart-configuration says.
	TokenURL string
	ClientID string // empty where the server wants no sign-in
	Scopes   string // defaults to what Slot, Schedule and Appointment need
	// Visits are the server's codes by Visit.ID. A visit without codes takes
	// any open slot that has none of another visit.
	Visits map[string]FHIRVisit
	// Providers and Locations say who and where the actors of a Schedule are,
	// by Provider.Name and Location.ID: a reference (Practitioner/123), an
	// identifier (system|value) or the name that the server shows. Without an
	// entry the profile's own name is compared.
	Providers map[string]string
	Locations map[string]string
}

// FHIRVisit is a kind of visit in the server's codes, each as system|code or
// a code alone. At least one is set.
type FHIRVisit struct{ ServiceType, AppointmentType string }

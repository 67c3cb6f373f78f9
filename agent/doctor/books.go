package doctor

import (
	"context"
	"strings"

	"recado/agent/schedule/fhir"
)

// Books are the appointment books of clinics on FHIR servers.
type Books struct {
	All []Book
	// Call is true where the servers may be asked.
	Call bool
}

// Book is one clinic's.
type Book struct {
	Clinic string
	Err    error // why there is none; its text holds no secret
	Probe  func(ctx context.Context) (fhir.Probe, error)
}

// Check asks each server what it lets patients book.
func (b Books) Check(ctx context.Context) []Result {
	l := &list{part: "books"}
	for _, book := range b.All {
		switch {
		case book.Err != nil:
			l.fail(book.Clinic, "correct booking.fhir in its profile, or --fhir-key", "%v", book.Err)
		case !b.Call:
			l.skip(book.Clinic, "give --call to ask its FHIR server", "visits are booked on a FHIR server")
		default:
			book.ask(ctx, l)
		}
	}
	return l.all
}

func (b Book) ask(ctx context.Context, l *list) {
	p, err := b.Probe(ctx)
	switch {
	case err != nil:
		l.fail(b.Clinic, "is booking.fhir.base_url right, does the server run, and is the client registered there with this key and these scopes?", "%v", err)
		return
	case p.Offers && p.Operations:
		l.ok(b.Clinic, "the FHIR server books by its own operations; %d calendar(s)", p.Calendars)
	case p.Offers:
		l.ok(b.Clinic, "times can be held and booked on the FHIR server; %d calendar(s)", p.Calendars)
	case p.Requests:
		l.warn(b.Clinic, "ask its vendor for updates of Slots under If-Match, or for $find and $book", "the FHIR server takes requests only: staff confirm each visit")
	default:
		l.warn(b.Clinic, "ask its vendor for updates of Slots under If-Match, or choose another kind under booking", "the FHIR server takes no bookings: patients get the booking link")
	}
	switch {
	case p.Calendars == 0:
		l.fail(b.Clinic+" calendars", "say in booking.fhir.providers and booking.fhir.locations what the server calls them", "no Schedule of the server is of a provider and a location of the profile: no time is ever offered")
	case len(p.Missing) > 0:
		l.warn(b.Clinic+" calendars", "say in booking.fhir.providers and booking.fhir.locations what the server calls them", "no Schedule of the server names %s: no time of theirs is offered", strings.Join(p.Missing, ", "))
	}
}

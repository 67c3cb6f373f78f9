package fhir

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"recado/agent/schedule"
)

// The states of an Appointment that matter here.
const (
	proposed  = "proposed"
	pending   = "pending"
	booked    = "booked"
	cancelled = "cancelled"
)

// agreed are the states of a visit that is coming, as staff move it on.
var agreed = []string{booked, "arrived", "checked-in"}

// appointment is an Appointment of Recado's in the server.
type appointment struct {
	raw     resource
	id      string
	status  string
	start   time.Time
	end     time.Time
	owner   string    // as keyOf writes it
	hold    string    // the hold that it is made of
	until   time.Time // when that hold ends
	ref     string    // empty until it is booked
	changed time.Time
	visit   string
	seats   int
	isNew   bool
	slots   []string // ids of Slots, in order
	coming  bool     // the patient said so
}

// appointmentOf reads an Appointment; false for one that is not Recado's.
func appointmentOf(r resource) (appointment, bool) {
	a := appointment{raw: r, id: r.id(), status: r.text("status"), start: r.time("start"), end: r.time("end")}
	if a.start.IsZero() {
		a.start, a.end = asked(r)
	}
	a.owner, _, _ = r.identifier(conversationSystem)
	a.hold, _, a.until = r.identifier(holdSystem)
	a.ref, a.changed, _ = r.identifier(refSystem)
	visit, _, _ := r.identifier(visitSystem)
	parts := strings.Split(visit, ":")
	a.visit, a.seats = parts[0], 1
	if len(parts) > 1 {
		a.seats, _ = strconv.Atoi(parts[1])
	}
	a.seats = min(max(a.seats, 1), maxSeats)
	a.isNew = slices.Contains(parts, "new")
	for _, s := range r.children("slot") {
		if kind, id := referenced(s.text("reference")); kind == "Slot" {
			a.slots = append(a.slots, id)
		}
	}
	for _, p := range r.children("participant") {
		a.coming = a.coming || patient(p) && p.text("status") == "accepted"
	}
	return a, r.kind() == "Appointment" && a.owner != "" && r.version() != ""
}

// agreed reports whether the visit is coming.
func (a appointment) agreed() bool { return slices.Contains(agreed, a.status) }

// identified is the Appointment's copy with a's own facts, in that state.
func (a appointment) identified(status string) resource {
	r := a.raw.clone()
	r["status"] = status
	visit := a.visit + ":" + strconv.Itoa(a.seats)
	if a.isNew {
		visit += ":new"
	}
	hold := identifierOf(holdSystem, a.hold)
	if !a.until.IsZero() {
		hold["period"] = resource{"end": stamp(a.until)}
	}
	all := []resource{identifierOf(conversationSystem, a.owner), hold, identifierOf(visitSystem, visit)}
	if a.ref != "" {
		ref := identifierOf(refSystem, a.ref)
		ref["period"] = resource{"start": stamp(a.changed)}
		all = append(all, ref)
	}
	r.identify(all...)
	return r
}

// at returns a with the times of a run.
func (a appointment) at(run run) appointment {
	a.raw = a.raw.clone()
	a.start, a.end = run.start(), run.end()
	a.raw["start"], a.raw["end"] = stamp(a.start), stamp(a.end)
	a.slots = nil
	var refs, participants []any
	for _, s := range run.slots {
		a.slots = append(a.slots, s.id)
		refs = append(refs, resource{"reference": "Slot/" + s.id})
	}
	a.raw["slot"] = refs
	for _, actor := range run.calendar.actors {
		participants = append(participants, copied(actor))
	}
	// whom staff have added stays: patients, interpreters
	for _, p := range a.raw.children("participant") {
		if !place(p) {
			participants = append(participants, p)
		}
	}
	a.raw["participant"] = participants
	return a
}

// place reports whether a participant is the clinician or the location.
func place(p resource) bool {
	kind, _ := referenced(p.look("actor").text("reference"))
	return strings.HasPrefix(kind, "Practitioner") || kind == "Location"
}

// The participant that stands for the patient. It names nobody.
const (
	participation = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
	subject       = "SBJ"
)

func patient(p resource) bool { return coded(p.children("type"), participation+"|"+subject) }

// answered returns a with the patient's own answer: tentative or accepted.
func (a appointment) answered(status string) appointment {
	a.raw = a.raw.clone()
	a.coming = status == "accepted"
	list := a.raw.children("participant")
	all := make([]any, 0, len(list)+1)
	found := false
	for _, p := range list {
		if patient(p) {
			p["status"], found = status, true
		}
		all = append(all, p)
	}
	if !found {
		all = append(all, resource{"type": []any{concept(participation + "|" + subject)}, "status": status})
	}
	a.raw["participant"] = all
	return a
}

// keyOf is an owner as the server keeps it, and ownerOf reads it.
func keyOf(o schedule.Owner) string { return o.Clinic + ":" + o.Channel + ":" + o.Conversation }

func ownerOf(key string) schedule.Owner {
	parts := strings.SplitN(key, ":", 3)
	if len(parts) < 3 {
		return schedule.Owner{}
	}
	return schedule.Owner{Clinic: parts[0], Channel: parts[1], Conversation: parts[2]}
}

// asBooking is what patient and staff see of an Appointment.
func (b *Book) asBooking(a appointment, all calendars) schedule.Booking {
	out := schedule.Booking{Ref: a.ref, New: a.isNew, Booked: a.changed, Owner: ownerOf(a.owner), State: schedule.Booked}
	switch {
	case a.status == cancelled:
		out.State = schedule.Cancelled
	case a.status == proposed:
		out.State = schedule.Requested
	case a.coming:
		out.State = schedule.Confirmed
	}
	if out.Booked.IsZero() {
		out.Booked = a.raw.look("meta").time("lastUpdated")
	}
	where := calendar{}
	for _, p := range a.raw.children("participant") {
		actor := p.look("actor")
		kind, _ := referenced(actor.text("reference"))
		for _, c := range all {
			for _, known := range c.actors {
				if !same(actor, known.look("actor")) {
					continue
				}
				if strings.HasPrefix(kind, "Practitioner") {
					where.provider = c.provider
				} else if kind == "Location" {
					where.location = c.location
				}
			}
		}
	}
	if where.location == "" {
		where.location = b.profile.Location[0].ID
	}
	if a.status == proposed { // a time that would suit, not yet a visit
		a.seats = 1
	}
	length := a.end.Sub(a.start) / time.Duration(a.seats)
	for i := range a.seats {
		start := a.start.Add(time.Duration(i) * length).In(b.profile.Zone)
		seat := schedule.Slot{Visit: a.visit, Provider: where.provider, Location: where.location, Start: start, End: start.Add(length)}
		if n := i * len(a.slots) / a.seats; b.operates() {
			seat.ID = slotID(a.visit, a.id)
		} else if n < len(a.slots) {
			seat.ID = slotID(a.visit, a.slots[n])
		}
		out.Slots = append(out.Slots, seat)
	}
	return out
}

func same(a, b resource) bool {
	return a.text("reference") != "" && a.text("reference") == b.text("reference")
}

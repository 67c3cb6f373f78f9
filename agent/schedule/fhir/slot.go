package fhir

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"recado/agent/clinic"
)

// The states of a Slot that matter here.
const (
	free      = "free"
	tentative = "busy-tentative"
	busy      = "busy"
)

// idForm is a FHIR id.
var idForm = regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}$`)

// slot is a Slot of the server.
type slot struct {
	raw      resource
	id       string
	calendar string // Schedule's id
	status   string
	start    time.Time
	end      time.Time
	hold     string    // the hold that it is marked with; empty for none of ours
	until    time.Time // when that hold ends by itself
}

// slotOf reads a Slot; false for one that cannot be offered.
func slotOf(r resource) (slot, bool) {
	s := slot{raw: r, id: r.id(), status: r.text("status"), start: r.time("start"), end: r.time("end")}
	kind, id := referenced(r.look("schedule").text("reference"))
	s.calendar = id
	s.hold, _, s.until = r.identifier(holdSystem)
	ok := r.kind() == "Slot" && kind == "Schedule" && idForm.MatchString(s.id) && !s.start.IsZero() && s.start.Before(s.end) && r.version() != ""
	return s, ok
}

// with returns the Slot in another state, marked with a hold or none.
func (s slot) with(status, hold string, until time.Time) resource {
	r := s.raw.clone()
	r["status"] = status
	if hold == "" {
		r.identify()
		return r
	}
	mark := identifierOf(holdSystem, hold)
	if !until.IsZero() {
		mark["period"] = resource{"end": stamp(until)}
	}
	r.identify(mark)
	return r
}

// fits reports whether a Slot is for that kind of visit. What a Slot says
// nothing about fits; so does a visit without codes, unless the Slot has those
// of another visit.
func (b *Book) fits(s slot, v *clinic.Visit) bool {
	code := b.booking.FHIR.Visits[v.ID]
	for _, kind := range []struct {
		field string
		of    func(clinic.FHIRVisit) string
		list  bool
	}{
		{"serviceType", func(c clinic.FHIRVisit) string { return c.ServiceType }, true},
		{"appointmentType", func(c clinic.FHIRVisit) string { return c.AppointmentType }, false},
	} {
		concepts := s.raw.children(kind.field)
		if one := s.raw.look(kind.field); !kind.list && one != nil {
			concepts = []resource{one}
		}
		if len(concepts) == 0 {
			continue
		}
		if want := kind.of(code); want != "" {
			if !coded(concepts, want) {
				return false
			}
			continue
		}
		for id, other := range b.booking.FHIR.Visits {
			if c := kind.of(other); id != v.ID && c != "" && coded(concepts, c) {
				return false
			}
		}
	}
	return true
}

// coded reports whether one of the concepts has system|code.
func coded(concepts []resource, want string) bool {
	system, code, two := strings.Cut(want, "|")
	if !two {
		system, code = "", want
	}
	return slices.ContainsFunc(concepts, func(c resource) bool {
		return slices.ContainsFunc(c.children("coding"), func(coding resource) bool {
			return coding.text("code") == code && (system == "" || coding.text("system") == system)
		})
	})
}

// concept is system|code as a CodeableConcept.
func concept(s string) resource {
	system, code, two := strings.Cut(s, "|")
	if !two {
		return resource{"coding": []any{resource{"code": s}}}
	}
	return resource{"coding": []any{resource{"system": system, "code": code}}}
}

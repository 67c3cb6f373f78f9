package fhirtest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// operate is Appointment/$find, $hold and $book of the Argonaut Scheduling
// guide: $find proposes an Appointment for each free Slot of its time.
func (s *Server) operate(name string, body Resource) answer {
	given := map[string]string{}
	parameters, _ := body["parameter"].([]any)
	for _, p := range parameters {
		p := p.(Resource)
		for _, field := range []string{"valueDateTime", "valueUri"} {
			if v, ok := p[field].(string); ok {
				given[p["name"].(string)] = v
			}
		}
	}
	if name == "$find" {
		return s.find(given)
	}
	id := strings.TrimPrefix(given["appt-id"], "Appointment/")
	a := clone(s.kinds["Appointment"][id])
	if a == nil {
		return refuse(http.StatusNotFound, "not-found")
	}
	was, status := "proposed", "pending"
	if name == "$book" {
		was, status = "pending", "booked"
	}
	if s.options.NoHold && name == "$hold" {
		return refuse(http.StatusNotFound, "not-supported")
	}
	if a["status"] == status && status == "booked" { // once more is no matter
		return bundle(a)
	}
	if a["status"] != was || name == "$book" && s.busy(a) {
		return refuse(http.StatusUnprocessableEntity, "business-rule")
	}
	a["status"] = status
	return bundle(s.store(a))
}

func bundle(all ...Resource) answer {
	entries := []any{}
	for _, a := range all {
		entries = append(entries, Resource{"resource": clone(a)})
	}
	return answer{status: http.StatusOK, body: Resource{"resourceType": "Bundle", "type": "searchset", "entry": entries}}
}

// busy reports whether another Appointment has the Slot of a.
func (s *Server) busy(a Resource) bool {
	for id, other := range s.kinds["Appointment"] {
		if id != a["id"] && slotOf(other) == slotOf(a) && (other["status"] == "pending" || other["status"] == "booked") {
			return true
		}
	}
	return false
}

func slotOf(a Resource) string {
	list, _ := a["slot"].([]any)
	if len(list) == 0 {
		return ""
	}
	return list[0].(Resource)["reference"].(string)
}

func (s *Server) find(given map[string]string) answer {
	from, err := time.Parse(time.RFC3339, given["start"])
	to, err2 := time.Parse(time.RFC3339, given["end"])
	if err != nil || err2 != nil {
		return refuse(http.StatusBadRequest, "required")
	}
	var all []Resource
	known, taken := map[string]Resource{}, map[string]bool{} // by Slot
	for _, a := range s.kinds["Appointment"] {
		switch a["status"] {
		case "proposed":
			known[slotOf(a)] = a
		case "pending", "booked":
			taken[slotOf(a)] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.kinds["Slot"])) {
		slot := s.kinds["Slot"][id]
		start, err := time.Parse(time.RFC3339, slot["start"].(string))
		if err != nil || start.Before(from) || !start.Before(to) {
			continue
		}
		_, calendar, _ := strings.Cut(slot["schedule"].(Resource)["reference"].(string), "/")
		actors, _ := s.kinds["Schedule"][calendar]["actor"].([]any)
		var participants []any
		wanted := given["practitioner"] == ""
		for _, a := range actors {
			participants = append(participants, Resource{"actor": a, "status": "accepted"})
			wanted = wanted || a.(Resource)["reference"] == given["practitioner"]
		}
		reference := "Slot/" + slot["id"].(string)
		a := Resource{"resourceType": "Appointment", "status": "proposed", "start": slot["start"], "end": slot["end"],
			"slot": []any{Resource{"reference": reference}}, "participant": participants}
		if !wanted || taken[reference] {
			continue
		}
		made := known[reference]
		if made == nil {
			made = s.store(a)
		}
		all = append(all, made)
	}
	return bundle(all...)
}

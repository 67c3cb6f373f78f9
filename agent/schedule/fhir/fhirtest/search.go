package fhirtest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// search answers in pages by id, whatever order is asked for.
func (s *Server) search(kind string, q url.Values) answer {
	found, bad := s.matches(kind, q)
	if bad != nil {
		return *bad
	}
	page := s.options.Page
	if page == 0 {
		page = 100
	}
	if n, err := strconv.Atoi(q.Get("_count")); err == nil && n < page {
		page = n
	}
	from, _ := strconv.Atoi(q.Get("_page"))
	bundle := Resource{"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": []any{Resource{"relation": "self", "url": "x"}}}
	end := min(from+page, len(found))
	var entries []any
	seen := map[string]bool{}
	for _, r := range found[min(from, end):end] {
		entries = append(entries, Resource{"resource": clone(r), "search": Resource{"mode": "match"}})
		if q.Get("_include") != "Schedule:actor" {
			continue
		}
		actors, _ := r["actor"].([]any)
		for _, a := range actors {
			name, _ := a.(Resource)["reference"].(string)
			of, id, _ := strings.Cut(name, "/")
			if actor := s.kinds[of][id]; actor != nil && !seen[name] {
				seen[name] = true
				entries = append(entries, Resource{"resource": clone(actor), "search": Resource{"mode": "include"}})
			}
		}
	}
	bundle["entry"] = entries
	if end < len(found) {
		next := url.Values{}
		for k, v := range q {
			next[k] = v
		}
		next.Set("_page", strconv.Itoa(end))
		base := s.URL
		if s.options.AbsoluteLinksFrom != "" {
			base = s.options.AbsoluteLinksFrom
		}
		bundle["link"] = append(bundle["link"].([]any), Resource{"relation": "next", "url": base + "/" + kind + "?" + next.Encode()})
	}
	return answer{status: http.StatusOK, body: bundle}
}

func (s *Server) matches(kind string, q url.Values) ([]Resource, *answer) {
	var all []Resource
	for _, id := range slices.Sorted(maps.Keys(s.kinds[kind])) {
		r, ok := s.kinds[kind][id], true
		for name, values := range q {
			if strings.HasPrefix(name, "_") {
				if !slices.Contains([]string{"_count", "_page", "_sort", "_include"}, name) {
					a := refuse(http.StatusBadRequest, "not-supported")
					return nil, &a
				}
				continue
			}
			for _, value := range values { // repeated: and
				one, known := matches(r, kind+"."+name, value)
				if !known {
					a := refuse(http.StatusBadRequest, "not-supported")
					return nil, &a
				}
				ok = ok && one
			}
		}
		if ok {
			all = append(all, r) // cloned where it is answered
		}
	}
	return all, nil
}

// matches is one search parameter; commas are or.
func matches(r Resource, name, value string) (ok, known bool) {
	any := func(test func(string) bool) bool { return slices.ContainsFunc(strings.Split(value, ","), test) }
	switch name {
	case "Slot.status", "Appointment.status":
		return any(func(v string) bool { return r["status"] == v }), true
	case "Slot.schedule":
		return any(func(v string) bool { return r["schedule"].(Resource)["reference"] == v }), true
	case "Slot.start", "Appointment.date":
		text, _ := r["start"].(string)
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return false, true
		}
		limit, err := time.Parse(time.RFC3339, value[2:])
		if err != nil {
			return false, false
		}
		switch value[:2] {
		case "ge":
			return !at.Before(limit), true
		case "lt":
			return at.Before(limit), true
		}
	case "Slot.identifier", "Appointment.identifier":
		list, _ := r["identifier"].([]interface{})
		return any(func(v string) bool {
			system, value, _ := strings.Cut(v, "|")
			return slices.ContainsFunc(list, func(i interface{}) bool {
				id := i.(Resource)
				return id["system"] == system && (value == "" || id["value"] == value)
			})
		}), true
	}
	return false, false
}

package fhir

import (
	"net/url"
	"strings"
	"time"
)

// resource is a FHIR resource as the server gave it. It is kept whole, so that
// an update changes nothing that is not ours.
type resource map[string]any

func (r resource) kind() string { return r.text("resourceType") }
func (r resource) id() string   { return r.text("id") }

func (r resource) text(field string) string {
	s, _ := r[field].(string)
	return s
}

// child returns an object within r, for changing it too; where there is none
// it makes one.
func (r resource) child(field string) resource {
	switch v := r[field].(type) {
	case map[string]any:
		return v
	case resource:
		return v
	}
	made := resource{}
	if r != nil {
		r[field] = made
	}
	return made
}

func (r resource) has(field string) bool { _, ok := r[field]; return ok }

// look is child without making one.
func (r resource) look(field string) resource {
	if !r.has(field) {
		return nil
	}
	return r.child(field)
}

func (r resource) children(field string) []resource {
	list, _ := r[field].([]any)
	all := make([]resource, 0, len(list))
	for _, v := range list {
		switch v := v.(type) {
		case map[string]any:
			all = append(all, v)
		case resource:
			all = append(all, v)
		}
	}
	return all
}

func (r resource) version() string { return r.look("meta").text("versionId") }

func (r resource) time(field string) time.Time {
	t, err := time.Parse(time.RFC3339, r.text(field))
	if err != nil {
		return time.Time{}
	}
	return t
}

// Identifiers are how Recado's own facts are kept in the server.
const (
	ours               = "urn:recado:"
	conversationSystem = ours + "conversation"
	holdSystem         = ours + "hold"
	refSystem          = ours + "ref"
	visitSystem        = ours + "visit"
)

// identifier returns the value of that system and the ends of its period.
func (r resource) identifier(system string) (value string, from, until time.Time) {
	for _, i := range r.children("identifier") {
		if i.text("system") == system {
			period := i.look("period")
			return i.text("value"), period.time("start"), period.time("end")
		}
	}
	return "", time.Time{}, time.Time{}
}

// identify replaces what r has of ours by these.
func (r resource) identify(identifiers ...resource) {
	all := []any{}
	for _, i := range r.children("identifier") {
		if !strings.HasPrefix(i.text("system"), ours) {
			all = append(all, i)
		}
	}
	for _, i := range identifiers {
		all = append(all, i)
	}
	if len(all) == 0 {
		delete(r, "identifier")
		return
	}
	r["identifier"] = all
}

func identifierOf(system, value string) resource {
	return resource{"system": system, "value": value}
}

// stamp is t as FHIR writes an instant, in UTC with milliseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// clone copies r so that a change of the copy leaves r alone.
func (r resource) clone() resource {
	made, _ := copied(r).(resource)
	return made
}

func copied(v any) any {
	switch v := v.(type) {
	case resource:
		made := make(resource, len(v))
		for k, e := range v {
			made[k] = copied(e)
		}
		return made
	case map[string]any:
		return copied(resource(v))
	case []any:
		made := make([]any, len(v))
		for i, e := range v {
			made[i] = copied(e)
		}
		return made
	}
	return v
}

// token escapes what a search by system|value takes for its own.
func token(system, value string) string {
	return tokenEscape.Replace(system) + "|" + tokenEscape.Replace(value)
}

var tokenEscape = strings.NewReplacer(`\`, `\\`, `|`, `\|`, `,`, `\,`, `$`, `\$`)

// referenced is the kind and id that a reference names; both are empty for one
// that names no resource of this server.
func referenced(reference string) (kind, id string) {
	parts := strings.Split(strings.TrimSuffix(reference, "/"), "/")
	if i := strings.Index(reference, "/_history/"); i > 0 {
		return referenced(reference[:i])
	}
	if len(parts) < 2 {
		return "", ""
	}
	return parts[len(parts)-2], parts[len(parts)-1]
}

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

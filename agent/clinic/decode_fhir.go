package clinic

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

func (f *file) fhir(to *FHIR) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.mapping(n, field, fields{
			"base_url":  f.server(&to.BaseURL),
			"token_url": f.server(&to.TokenURL),
			"client_id": f.text(&to.ClientID),
			"scopes":    f.text(&to.Scopes),
			"visits":    f.fhirVisits(to),
			"providers": f.actors(&to.Providers, "Practitioner", &f.people),
			"locations": f.actors(&to.Locations, "Location", &f.places),
		})
		if to.TokenURL != "" && to.ClientID == "" && !f.about(field+".client_id") {
			f.bad(n, field+".client_id", "is missing; token_url signs in as a client, so name it")
		}
	}
}

// each reads a mapping whose keys are the file's own names.
func (f *file) each(n *yaml.Node, field, form string, read func(key, value *yaml.Node, path string)) {
	if n.Kind != yaml.MappingNode {
		f.bad(n, field, "must hold one a line: %s", form)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], deref(n.Content[i+1])
		path := join(field, key.Value)
		switch {
		case seen[key.Value]:
			f.bad(key, path, "stands here twice; keep one")
		case empty(value):
			f.bad(key, path, "is empty; write it as %s", form)
		default:
			seen[key.Value] = true
			read(key, value, path)
		}
	}
}

func (f *file) fhirVisits(to *FHIR) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		to.Visits = map[string]FHIRVisit{}
		f.each(n, field, "the visit's id: {service_type: system|code}", func(key, value *yaml.Node, path string) {
			f.coded = append(f.coded, reference{key.Value, path, key.Line})
			var v FHIRVisit
			f.mapping(value, path, fields{
				"service_type":     f.code(&v.ServiceType),
				"appointment_type": f.code(&v.AppointmentType),
			})
			to.Visits[key.Value] = v
		})
	}
}

// code reads system|code or a code alone.
func (f *file) code(to *string) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.text(to)(n, field)
		system, code, two := strings.Cut(*to, "|")
		if !two {
			code = system
		}
		if code == "" || strings.ContainsAny(*to, ", ") || strings.Count(*to, "|") > 1 {
			f.bad(n, field, "is no code; write it as the server has it, system|code, such as http://snomed.info/sct|185349003")
		}
	}
}

var actorForm = regexp.MustCompile(`^([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})$`)

// actors reads how the server calls providers or locations; keys are checked
// when all of the profile's names are known.
func (f *file) actors(to *map[string]string, kind string, names *[]reference) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		*to = map[string]string{}
		f.each(n, field, "name: "+kind+"/123", func(key, value *yaml.Node, path string) {
			*names = append(*names, reference{key.Value, path, key.Line})
			var s string
			f.text(&s)(value, path)
			m := actorForm.FindStringSubmatch(s)
			if m == nil && strings.Contains(s, "/") && !strings.Contains(s, "|") || m != nil && !strings.HasPrefix(m[1], kind) {
				f.bad(value, path, "must be a reference such as %s/123, an identifier as system|value, or the name that the server shows", kind)
			}
			for other, is := range *to {
				if is == s {
					f.bad(value, path, "%q is %s already; each needs its own", s, other)
				}
			}
			(*to)[key.Value] = s
		})
	}
}

// crossCheckFHIR finds codes for visits that there are none of.
func (f *file) crossCheckFHIR(p *Profile) {
	var ids []string
	for _, v := range p.Booking.Visits {
		ids = append(ids, v.ID)
	}
	for _, r := range f.coded {
		if !contains(ids, r.id) {
			f.problems = append(f.problems, Problem{File: f.name, Line: r.line, Field: r.field,
				Message: "unknown visit id " + r.id + "; " + suggest(r.id, ids)})
		}
	}
}

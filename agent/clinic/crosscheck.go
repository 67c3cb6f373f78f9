package clinic

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"recado/agent/language"
)

// crossCheck finds what is wrong between parts of the file.
func (f *file) crossCheck(p *Profile) {
	if len(p.Location) == 0 && !f.about("locations") {
		f.problems = append(f.problems, Problem{File: f.name, Field: "locations", Message: "holds no location; add at least one"})
	}
	var ids []string
	for _, l := range p.Location {
		ids = append(ids, l.ID)
	}
	for _, r := range f.places {
		if !contains(ids, r.id) {
			f.problems = append(f.problems, Problem{File: f.name, Line: r.line, Field: r.field,
				Message: "unknown location id " + r.id + "; " + suggest(r.id, ids)})
		}
	}
	f.crossCheckBooking(p)
	f.twins()
}

// named notes what patients may call a thing.
func (f *file) named(kind, thing string, n *yaml.Node, field string, names []string) {
	for _, name := range names {
		if name != "" {
			f.names = append(f.names, naming{kind, thing, name, field, n.Line})
		}
	}
}

// everyday are names that fit every plan, service or provider, so that none
// of them can be meant by it.
var everyday = map[string]bool{}

func init() {
	for _, w := range strings.Fields(`insurance insurances seguro seguros aseguranza plan plans planes doctor doctora doctors
		doctores provider clinic clinica visit visita appointment cita service services servicio servicios price precio cost
		costo health salud card tarjeta medical medico`) {
		everyday[w] = true
	}
}

// twins finds names that two things of a kind share, and names that say
// nothing.
func (f *file) twins() {
	first := map[string]naming{}
	for _, n := range f.names {
		folded := Fold(n.name)
		if folded == "" {
			continue
		}
		if everyday[folded] && n.kind != "price" {
			f.problems = append(f.problems, Problem{File: f.name, Line: n.line, Field: n.field,
				Message: "the name " + quote(n.name) + " fits every " + n.kind + "; use one that only this one has"})
			continue
		}
		key := n.kind + "\x00" + folded
		other, ok := first[key]
		switch {
		case !ok:
			first[key] = n
		case other.field != n.field:
			f.problems = append(f.problems, Problem{File: f.name, Line: n.line, Field: n.field,
				Message: "the name " + quote(n.name) + " points to two " + n.kind + "s (the other at " + other.field + "); keep it at one of them"})
		}
	}
}

func quote(s string) string { return `"` + s + `"` }

// Fold is a name as it is compared with patients' words: lower case, without
// accents, its words one space apart.
func Fold(name string) string { return strings.Join(language.Scan(name).Words(), " ") }

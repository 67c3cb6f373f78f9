package clinic

import (
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // profiles name zones on machines without a zone database

	"go.yaml.in/yaml/v4"
)

var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

func (f *file) profile(n *yaml.Node) *Profile {
	p := &Profile{Booking: Booking{}.WithDefaults()}
	f.mapping(n, "", fields{
		"id":          f.id(&p.ID),
		"name":        f.text(&p.Name),
		"zone":        f.zone(&p.Zone),
		"phone":       f.phone(&p.Phone),
		"email":       f.email(&p.Email),
		"fax":         f.phone(&p.Fax),
		"website":     f.link(&p.Website),
		"links":       f.links(&p.Links),
		"locations":   f.locations(p),
		"holidays":    f.holidays(p),
		"seasons":     f.seasons(p),
		"walk_ins":    f.walkIns(&p.WalkIns),
		"insurance":   f.insurance(p),
		"services":    f.services(p),
		"providers":   f.providers(p),
		"languages":   f.languages(&p.Languages),
		"prices":      f.prices(p),
		"payment":     f.both(&p.Payment),
		"first_visit": f.firstVisit(&p.FirstVisit),
		"booking":     f.booking(&p.Booking),
		"channels":    f.channels(&p.Channels),
		"texts":       f.ownTexts(&p.Texts),
		"quiet_texts": f.quietTexts(&p.QuietTexts),
	}, "id", "name", "zone", "phone", "links", "locations", "languages")
	return p
}

func (f *file) id(to *string) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.text(to)(n, field)
		if *to != "" && !idForm.MatchString(*to) {
			f.bad(n, field, "must be lower-case letters, digits and dashes, at most 63, such as buenavista")
		}
		if *to == nobody {
			f.bad(n, field, "%q stands for what came to no clinic: its staff would see everybody's; choose another", *to)
		}
	}
}

// nobody is the id under which staff are told of what came to no clinic.
const nobody = "unknown"

// slug is an id within the file: letters, digits, dashes and underscores.
func (f *file) slug(to *string) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.text(to)(n, field)
		if *to != "" && !idForm.MatchString(strings.ReplaceAll(*to, "_", "-")) {
			f.bad(n, field, "must be lower-case letters, digits, dashes and underscores, such as flu_shot")
		}
	}
}

func (f *file) zone(to **time.Location) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		var name string
		f.text(&name)(n, field)
		zone, err := time.LoadLocation(name)
		if err != nil || name == "Local" {
			f.bad(n, field, "%q is no time zone; write it as America/Chicago, America/New_York, America/Denver or America/Los_Angeles", name)
			return
		}
		*to = zone
	}
}

func (f *file) phone(to *string) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.text(to)(n, field)
		digits := 0
		for _, r := range *to {
			if r >= '0' && r <= '9' {
				digits++
			}
		}
		if digits < 10 || digits > 15 {
			f.bad(n, field, "must be a phone number with area code, as patients read it: (713) 555-0142")
		}
	}
}

func (f *file) email(to *string) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.text(to)(n, field)
		if a, err := mail.ParseAddress(*to); err != nil || a.Address != *to {
			f.bad(n, field, "is no e-mail address; write it as name@clinic.com")
		}
	}
}

func (f *file) link(to *string) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.text(to)(n, field)
		u, err := url.Parse(*to)
		switch {
		case err != nil || u.Host == "" || strings.ContainsAny(*to, " <>\""):
			f.bad(n, field, "is no link; write all of it, starting with https://")
		case u.Scheme != "https":
			f.bad(n, field, "must start with https:// so that nobody can read along")
		}
	}
}

func (f *file) links(to *Links) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.mapping(n, field, fields{
			"booking": f.link(&to.Booking),
			"forms":   f.link(&to.Forms),
			"secure":  f.link(&to.Secure),
			"reviews": f.link(&to.Reviews),
		})
		if n.Kind == yaml.MappingNode && to.Secure == "" && !f.about(field+".secure") {
			f.bad(n, field+".secure", "is missing; add the link where patients can write about their care in private")
		}
	}
}

// about reports whether a field has a problem already.
func (f *file) about(field string) bool {
	for _, p := range f.problems {
		if p.Field == field {
			return true
		}
	}
	return false
}

func (f *file) languages(to *[]string) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		before := len(*to)
		f.texts(to)(n, field)
		for i, code := range (*to)[before:] {
			if !knownLanguage(code) {
				at := n
				if n.Kind == yaml.SequenceNode && i < len(n.Content) {
					at = n.Content[i]
				}
				f.bad(at, field, "%q is no language code; %s", code, suggest(code, languageCodes()))
			}
		}
	}
}

func (f *file) walkIns(to *WalkIns) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.mapping(n, field, fields{"accepted": f.truth(&to.Accepted), "note": f.both(&to.Note)}, "accepted")
	}
}

func (f *file) firstVisit(to *FirstVisit) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.mapping(n, field, fields{
			"new_patients": f.truth(&to.NewPatients),
			"minutes_early": func(n *yaml.Node, field string) {
				minutes, err := strconv.Atoi(n.Value)
				if err != nil || minutes < 0 || minutes > 120 {
					f.bad(n, field, "must be a number of minutes from 0 to 120")
					return
				}
				to.MinutesEarly = minutes
			},
			"bring": func(n *yaml.Node, field string) {
				f.list(n, field, func(n *yaml.Node, field string) {
					var b Bilingual
					f.both(&b)(n, field)
					to.Bring = append(to.Bring, b)
				})
			},
		}, "new_patients")
	}
}

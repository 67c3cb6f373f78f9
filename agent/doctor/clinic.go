package doctor

import (
	"context"
	"strings"

	"recado/agent/clinic"
)

// Clinic is the profile that patients are answered by.
type Clinic struct {
	Path    string // empty where none is given
	Profile *clinic.Profile
	Err     error // why it does not load
	// Private says that patients get links of their own, so that the profile
	// needs none.
	Private bool
}

// Check looks whether the profile says what patients ask for.
func (c Clinic) Check(context.Context) []Result {
	l := &list{part: "clinic"}
	switch {
	case c.Path == "":
		l.skip("profile", "name it with --clinic", "none is given")
		return l.all
	case c.Err != nil:
		l.fail("profile", "run recado clinic check "+c.Path+", which names every problem with its line", "%s does not load", c.Path)
		return l.all
	}
	p := c.Profile
	l.ok("profile", "%s, clinic %s, time zone %s", p.Name, p.ID, p.Zone)
	if p.Phone == "" {
		l.fail("phone", "enter phone: it is in the texts that hand over", "the profile has none")
	} else {
		l.ok("phone", "%s", p.Phone)
	}
	without := 0
	for _, place := range p.Location {
		open := 0
		for _, day := range place.Hours {
			open += len(day)
		}
		if open == 0 {
			without++
		}
	}
	switch {
	case len(p.Location) == 0:
		l.warn("hours", "enter a location with its hours", "the profile has no location: the most frequent question cannot be answered")
	case without > 0:
		l.warn("hours", "enter its hours", "%d of %d locations have no hours", without, len(p.Location))
	default:
		l.ok("hours", "%d location(s) with hours", len(p.Location))
	}
	var bad []string
	for name, link := range map[string]string{"secure": p.Links.Secure, "booking": p.Links.Booking} {
		if link != "" && !strings.HasPrefix(link, "https://") {
			bad = append(bad, "links."+name)
		}
	}
	switch {
	case len(bad) > 0:
		l.fail("links", "use https addresses", "%s: patients would send what is private in clear", strings.Join(bad, ", "))
	case p.Links.Secure == "" && !c.Private:
		l.warn("links", "enter links.secure, or set --private-url and --link-key", "hand-off texts have no private place to point to")
	default:
		l.ok("links", "hand-off texts point to a private place")
	}
	return l.all
}

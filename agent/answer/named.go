package answer

import (
	"recado/agent/clinic"
	"recado/agent/language"
)

// Named are the people and places of a clinic that words name.
type Named struct {
	Providers []*clinic.Provider
	Places    []*clinic.Location
	Spans     [][2]int // tokens [start, end) of the names
}

// FindNamed finds the people and places of a clinic in a message, also where
// they are misspelt.
func FindNamed(p *clinic.Profile, tokens []language.Token) Named {
	var n Named
	x := indexOf(p)
	for _, h := range x.providers.find(tokens) {
		n.Providers = append(n.Providers, &p.Providers[h.id])
		n.Spans = append(n.Spans, [2]int{h.start, h.end})
	}
	for _, h := range x.places.find(tokens) {
		n.Places = append(n.Places, &p.Location[h.id])
		n.Spans = append(n.Spans, [2]int{h.start, h.end})
	}
	return n
}

// Opens is the clinic's earliest opening of the week in minutes after
// midnight, as dates.Options takes it.
func Opens(p *clinic.Profile) int { return indexOf(p).opens }

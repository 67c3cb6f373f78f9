package clinic

import (
	"cmp"
	"slices"
)

// Directory is the clinics of a deployment at one moment. It never changes, so
// that what is answered by one of them is answered by the same to its end; who
// follows changes asks for another Directory each time.
type Directory interface {
	// Profile is the clinic with an id, or false.
	Profile(id string) (*Profile, bool)
	// Profiles are all clinics in the order of their ids.
	Profiles() []*Profile
}

// Always returns these clinics whenever it is asked, where they do not change.
// Each has an id of its own.
func Always(all ...*Profile) func() Directory {
	d := fixed(slices.SortedFunc(slices.Values(all), func(a, b *Profile) int { return cmp.Compare(a.ID, b.ID) }))
	return func() Directory { return d }
}

type fixed []*Profile

// Profile implements Directory.
func (f fixed) Profile(id string) (*Profile, bool) {
	i, ok := slices.BinarySearchFunc(f, id, func(p *Profile, id string) int { return cmp.Compare(p.ID, id) })
	if !ok {
		return nil, false
	}
	return f[i], true
}

// Profiles implements Directory.
func (f fixed) Profiles() []*Profile { return f }

package library

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"recado/agent/clinic"
)

// TakenError says that a profile has what is another's already.
type TakenError struct {
	Name, Other string // of the profile that is refused, and of the one that has it
	What        string // such as: the SMS number
	Value       string
}

// Error names both.
func (e *TakenError) Error() string {
	return fmt.Sprintf("%s: %s %s is that of %s already; give each clinic its own", e.Name, e.What, e.Value, e.Other)
}

func isTaken(err error) bool { return errors.As(err, new(*TakenError)) }

// candidate is a document that may be served: as it is now, or else as it was.
type candidate struct {
	name string
	next *served // nil where it did not change or cannot be read
	good *served // what is served of it until now; nil for nothing
}

// takes is what is served of it if nobody objects.
func (c *candidate) takes() *served {
	if c.next != nil {
		return c.next
	}
	return c.good
}

// rank puts first what nobody can object to: what is served and stays, then
// what is served and changes, then what is new.
func (c *candidate) rank() int {
	switch {
	case c.next == nil:
		return 0
	case c.good != nil:
		return 1
	}
	return 2
}

// arrange makes a snapshot of all that can be served together. A change that
// takes what is another's is refused and falls back to what was; with that,
// what it holds is taken again, so it begins anew until nobody objects. What
// was served together fits together, so this ends.
func arrange(all []*candidate) (*Snapshot, map[string]refusal) {
	refused := map[string]refusal{}
	for {
		slices.SortStableFunc(all, func(a, b *candidate) int {
			return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.name, b.name))
		})
		s := &Snapshot{served: map[string]served{}, byID: map[string]*clinic.Profile{}, held: map[claim]string{}}
		again := false
		for _, c := range all {
			takes := c.takes()
			if takes == nil {
				continue
			}
			if err := s.add(c.name, *takes); err != nil {
				refused[c.name] = refusal{takes.sum, err}
				c.next = nil
				if again = c.good != nil; again {
					break
				}
			}
		}
		if !again {
			return s, refused
		}
	}
}

// add serves a profile, unless another has what it claims.
func (s *Snapshot) add(name string, one served) error {
	all := claims(one.profile)
	for _, c := range all {
		if other, taken := s.held[c]; taken {
			return &TakenError{Name: name, Other: other, What: c.kind, Value: c.value}
		}
	}
	for _, c := range all {
		s.held[c] = name
	}
	s.served[name], s.byID[one.profile.ID] = one, one.profile
	return nil
}

// problems are the lines of what is wrong with a profile.
func problems(err error) []string {
	var all *clinic.ProblemsError
	if !errors.As(err, &all) {
		return []string{err.Error()}
	}
	lines := make([]string, len(all.Problems))
	for i, p := range all.Problems {
		lines[i] = p.String()
	}
	return lines
}

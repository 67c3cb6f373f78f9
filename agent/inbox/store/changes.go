package store

import (
	"cmp"
	"context"
	"slices"

	"recado/agent/inbox"
)

// Change says that a case is not as it was. It tells nothing about it, so it
// may be sent to a browser as it is.
type Change struct {
	// ID numbers the changes of all clinics, growing, with gaps; it is the
	// same for every console and after restarts, so it serves as the id of a
	// server-sent event.
	ID     uint64 `json:"id"`
	Clinic string `json:"-"`
	Case   string `json:"case"`
	Gone   bool   `json:"gone,omitempty"` // it was removed
}

// Since returns the cases of clinics that changed after the change with this
// id, each with its last one, in order; and the id to go on from. known is
// false where after is none that this index knows of, as from a bucket that
// was made anew: then a page has to load everything again.
func (x *Index) Since(clinics []string, after uint64) (changes []Change, last uint64, known bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, c := range x.cases {
		if c.revision > after && slices.Contains(clinics, c.Clinic) {
			changes = append(changes, Change{ID: c.revision, Clinic: c.Clinic, Case: c.ID})
		}
	}
	for _, c := range x.removed {
		if c.ID > after && slices.Contains(clinics, c.Clinic) {
			changes = append(changes, c)
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.ID, b.ID) })
	return changes, x.revision, after <= x.revision
}

// Wait returns once there is a change after the one with this id, in any
// clinic, or with ctx's error.
func (x *Index) Wait(ctx context.Context, after uint64) error {
	for {
		x.mu.RLock()
		revision, moved := x.revision, x.moved
		x.mu.RUnlock()
		if revision > after {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Revision is the id of the last change.
func (x *Index) Revision() uint64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.revision
}

// all returns the cases that f chooses.
func (x *Index) all(f func(*inbox.Case) bool) []inbox.Case {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var chosen []inbox.Case
	for _, c := range x.cases {
		if f(&c.Case) {
			chosen = append(chosen, c.Case)
		}
	}
	return chosen
}

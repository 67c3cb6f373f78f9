// Package store keeps what was paged about what, so that each step is taken
// once, with any number of consoles.
//
// A state is changed by compare-and-set and held by a lease while pages are
// on their way. Who holds the lease writes after each page whom it reached. A
// console that is killed between sending a page and writing that down leaves
// its lease to run out; another one then sends that one page again, under the
// same id, and goes on.
package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"recado/agent/paging/ladder"
)

// Version is the form of stored states.
const Version = 1

// State is what was done about one alarm. It holds ids, codes and times.
type State struct {
	V     int    `json:"v"`
	Alarm string `json:"alarm"` // which one; another alarm under the same key begins anew
	Kind  string `json:"kind"`
	By    string `json:"by,omitempty"` // the console that found it, where others may not see it

	Since    time.Time `json:"since"`             // what the pages say
	Sent     int       `json:"sent"`              // steps taken, repeats included
	Step     int       `json:"step"`              // the last one's index
	Repeat   int       `json:"repeat,omitzero"`   // how often it was taken again
	At       time.Time `json:"at,omitzero"`       // when it was done
	Failures int       `json:"failures,omitzero"` // how many in a row reached nobody
	Missed   bool      `json:"missed,omitempty"`  // the last one did not reach all

	// Ending: it is over, and those who were told are being told so.
	Ending bool `json:"ending,omitempty"`
	// Served and Lost are the contacts of the step under way that a page
	// reached and did not reach, by ladder.Contact.ID.
	Served []string `json:"served,omitempty"`
	Lost   []string `json:"lost,omitempty"`
	// Told are all contacts that a page of this alarm reached.
	Told []string `json:"told,omitempty"`
	// Ended is when everything was done that had to be.
	Ended time.Time `json:"ended,omitzero"`
	Lease Lease     `json:"lease,omitzero"`
}

// Lease says which console is sending.
type Lease struct {
	By    string    `json:"by"`
	Until time.Time `json:"until"`
}

// Progress is the state for the ladder.
func (s State) Progress() ladder.Progress {
	return ladder.Progress{Sent: s.Sent, Step: s.Step, At: s.At, Failures: s.Failures, Missed: s.Missed}
}

// Active reports whether there is an alarm, and something may remain to be
// done about it.
func (s State) Active() bool { return s.Alarm != "" && s.Ended.IsZero() }

// Clone is a copy that shares no slice with s.
func (s State) Clone() State {
	s.Served, s.Lost, s.Told = slices.Clone(s.Served), slices.Clone(s.Lost), slices.Clone(s.Told)
	return s
}

// ErrOvertaken: somebody else changed the state since it was read. Nothing
// was written.
var ErrOvertaken = errors.New("paging state was changed meanwhile")

// States is where states are kept. Implementations are safe for concurrent
// use. After an error other than ErrOvertaken a write may have happened.
type States interface {
	// Get reads a state with its revision, which is 0 where there is none.
	Get(ctx context.Context, key string) (State, uint64, error)
	// Put writes a state if the one there still has this revision (0: there
	// is none), else ErrOvertaken. It returns the new revision.
	Put(ctx context.Context, key string, s State, revision uint64) (uint64, error)
	// All reads all states by their keys.
	All(ctx context.Context) (map[string]State, error)
	// Remove takes a state away unless it was changed since this revision.
	Remove(ctx context.Context, key string, revision uint64) error
}

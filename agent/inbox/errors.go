package inbox

import (
	"errors"
	"fmt"
	"time"
)

// Errors that callers decide by.
var (
	// ErrSuperseded: a later case goes on with the conversation; see
	// Case.Next.
	ErrSuperseded = errors.New("a later case goes on with this conversation")
	// ErrNotHeld: the case has to be claimed first.
	ErrNotHeld = errors.New("claim the case first")
	// ErrNotFound: there is no such case, record or entry.
	ErrNotFound = errors.New("not found")
)

// HeldError says that another person holds the case.
type HeldError struct {
	By    string // the person's id
	Since time.Time
}

func (e *HeldError) Error() string { return fmt.Sprintf("case is held by %s", e.By) }

// StateError says that a case is not in a state for what was asked.
type StateError struct {
	Have  State
	Doing string // e.g. "claim"
}

func (e *StateError) Error() string {
	return fmt.Sprintf("%s: the case is %s", e.Doing, e.Have)
}

// InputError says that what was asked for is not possible for any case.
type InputError struct{ Problem string }

func (e *InputError) Error() string { return e.Problem }

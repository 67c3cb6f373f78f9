package staff

import (
	"errors"
	"fmt"
	"time"
)

// Errors that callers decide by, with errors.Is.
var (
	// ErrSignIn: not signed in. It is the same for an unknown or disabled
	// person, a wrong password, a wrong or used code and a passkey that does
	// not fit, so that nobody learns who has an account.
	ErrSignIn = errors.New("not signed in: check what was typed, or use another way")
	// ErrCloned is an ErrSignIn of a passkey whose counter went back: a copy of
	// it may be in use. Worth an audit entry; the person is told ErrSignIn.
	ErrCloned = fmt.Errorf("%w: the passkey's counter went back, a copy may be in use", ErrSignIn)
	// ErrExpired: there is no such session any more. It ended after 15 minutes
	// without anything done, after 12 hours, by being revoked, or with a change
	// of the account.
	ErrExpired = errors.New("session has ended: sign in again")
	// ErrStepUp: show a second factor first; the last time was over 10 minutes ago.
	ErrStepUp = errors.New("confirm with a second factor first")
	// ErrNotAllowed: the person may not do that.
	ErrNotAllowed = errors.New("not allowed")
	// ErrLink: a set-up link is unknown, used, replaced by a later one, or over
	// 24 hours old.
	ErrLink = errors.New("link is used or expired: ask for another one")
	// ErrCeremony: what was begun was finished before, was begun by somebody
	// else, or took over 5 minutes. Begin again.
	ErrCeremony = errors.New("took too long, or was done before: begin again")
	// ErrLastFactor: without it the person could not sign in any more.
	ErrLastFactor = errors.New("set up another way to sign in before removing the last one")
	// ErrLastAdmin: without them nobody could manage people any more.
	ErrLastAdmin = errors.New("name another admin of all clinics first")
	// ErrExists: a person with this e-mail address exists.
	ErrExists = errors.New("a person with this e-mail address exists")
	// ErrNotFound: there is no such person, session or passkey.
	ErrNotFound = errors.New("not found")
	// ErrOff: this way of signing in is not configured.
	ErrOff = errors.New("this way of signing in is not configured")
	// ErrUnavailable: storage did not answer. Nobody is let in, and nothing is
	// known to have changed.
	ErrUnavailable = errors.New("staff storage is unavailable")
)

// SlowDownError asks to wait before the next attempt. It is never a lock-out:
// after Wait, which is at most a minute, the right factors sign in.
type SlowDownError struct{ Wait time.Duration }

func (e *SlowDownError) Error() string {
	return fmt.Sprintf("too many attempts: try again in %s", e.Wait.Round(time.Second))
}

// InputError says what is wrong with what a person typed, as codes for a
// page's texts; never the words.
type InputError struct {
	Field   string // "name", "email", "password", "code", "role", "reason", "label"
	Problem string // e.g. "missing", "short", "common", "email", "wrong", "long", "form", "unknown"
}

func (e *InputError) Error() string { return fmt.Sprintf("%s: %s", e.Field, e.Problem) }

// known reports whether err is one that callers decide by.
func known(err error) bool {
	for _, target := range []error{
		ErrSignIn, ErrExpired, ErrStepUp, ErrNotAllowed, ErrLink, ErrCeremony, ErrLastFactor, ErrLastAdmin, ErrExists, ErrNotFound, ErrOff, ErrUnavailable,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	var slow *SlowDownError
	var input *InputError
	return errors.As(err, &slow) || errors.As(err, &input)
}

// wrap says what was being done; what callers do not decide by becomes ErrUnavailable.
func wrap(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case known(err):
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fmt.Errorf("%s: %w: %w", doing, ErrUnavailable, err)
}

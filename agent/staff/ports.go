package staff

import (
	"context"
	"encoding/json"
	"time"
)

// Accounts keeps accounts. Methods may be called by many goroutines and many
// consoles at once. An error that is none of those named means that nothing is
// known.
type Accounts interface {
	// Get returns an account as it is now, or ErrNotFound.
	Get(ctx context.Context, id string) (Account, error)
	// Create stores a new account, or says ErrExists where the id is taken:
	// of any number that create one id, one succeeds.
	Create(ctx context.Context, a Account) error
	// Update changes an account under compare-and-set: change is called again
	// with the account as it is then when somebody else was first. An error of
	// change is returned as it is, and nothing is stored.
	Update(ctx context.Context, id string, change func(*Account) error) (Account, error)
	// All returns all accounts, by id.
	All(ctx context.Context) ([]Account, error)
	// ID returns the id that stands under a name, or ErrNotFound. A name says
	// nothing about the e-mail address that it was made from.
	ID(ctx context.Context, name string) (string, error)
	// Name puts id under a name. Where another id stands there, free is asked
	// whether it may be replaced; ErrExists where it may not.
	Name(ctx context.Context, name, id string, free func(id string, since time.Time) (bool, error)) error
}

// SessionRecord is a session as it is stored: no secret, and nothing about the
// person but their opaque id.
type SessionRecord struct {
	Key     string // hash of the token
	Person  string
	Started time.Time
	Active  time.Time
	Sealed  []byte // everything else, with the service's key
}

// Attempts says how attempts of one kind are slowed down.
type Attempts struct {
	Free   int           // attempts without a wait
	First  time.Duration // wait after these; doubles with each further one
	Most   time.Duration // the longest wait
	Forget time.Duration // after the last attempt
}

// Sessions keeps what may be lost: sessions, counters of attempts, and which
// ceremonies were finished. Times are the caller's clock. Methods may be
// called by many goroutines and many consoles at once.
type Sessions interface {
	// Start stores a new session. The person is not waiting to be signed out
	// any more.
	Start(ctx context.Context, r SessionRecord) error
	// Touch returns a session, with now as Active if the person did something.
	// A session that is over ends and is ErrExpired.
	Touch(ctx context.Context, key string, now time.Time, act bool) (SessionRecord, error)
	// Replace replaces Sealed if it is still old, and says whether it was.
	Replace(ctx context.Context, key string, old, sealed []byte) (bool, error)
	// OfPerson returns the sessions of a person that are not over.
	OfPerson(ctx context.Context, person string, now time.Time) ([]SessionRecord, error)
	// End ends sessions of a person, all of them when no key is given. If none
	// is left, the person waits to be signed out.
	End(ctx context.Context, person string, keys ...string) error

	// SignedOut ends what is over and returns people who wait to be signed
	// out, each with a mark for Told. One who starts a session waits no more.
	SignedOut(ctx context.Context, now time.Time) (map[string]string, error)
	// Told says that somebody was signed out, unless they waited anew since.
	Told(ctx context.Context, person, mark string) error
	// Wait makes somebody who has no session wait to be signed out.
	Wait(ctx context.Context, person string) error
	// Lost reports whether all sessions were lost, or there never was one,
	// until Found is called.
	Lost(ctx context.Context) (bool, error)
	Found(ctx context.Context) error

	// Attempt counts an attempt under all names, or returns how long to wait
	// and counts none. It counts before anything is checked, so that attempts
	// at the same moment are slowed down like those one by one.
	Attempt(ctx context.Context, now time.Time, limits map[string]Attempts) (time.Duration, error)
	// Succeeded forgets the attempts under a name.
	Succeeded(ctx context.Context, name string) error
	// Forgive takes one attempt back.
	Forgive(ctx context.Context, name string) error

	// Remember makes Remembered true for ttl.
	Remember(ctx context.Context, name string, ttl time.Duration) error
	Remembered(ctx context.Context, name string) (bool, error)

	// Once reports whether this is the first call with a name within ttl: of
	// any number of callers, one is.
	Once(ctx context.Context, name string, ttl time.Duration) (bool, error)
}

// PasskeyUser is a person as Passkeys need them.
type PasskeyUser struct {
	ID          string
	Name        string // shown by the browser: the e-mail address
	DisplayName string
	Credentials []Credential
}

// Passkeys checks passkeys. Options are JSON for the browser, state is for the
// finish and stays with the service. A response that does not fit is
// ErrSignIn, whatever the reason.
type Passkeys interface {
	BeginRegister(u PasskeyUser) (options json.RawMessage, state []byte, err error)
	// FinishRegister returns the new passkey without name and times.
	FinishRegister(u PasskeyUser, state, response []byte) (Credential, error)
	// BeginSignIn asks for any passkey, or for one of u's when u is not nil.
	BeginSignIn(u *PasskeyUser) (options json.RawMessage, state []byte, err error)
	// FinishSignIn returns the passkey that was used, with its new Count and
	// Data, and the user who was found. ErrCloned where its counter went back.
	FinishSignIn(state, response []byte, find func(id string) (PasskeyUser, error)) (PasskeyUser, Credential, error)
}

// Identity is what an identity provider says about somebody.
type Identity struct {
	Subject       Subject
	Email         string
	EmailVerified bool
}

// Issuer is an OpenID Connect identity provider.
type Issuer interface {
	// URL is where the browser is sent.
	URL(state, nonce, verifier string) string
	// Identity exchanges a code, and checks the token's signature, audience,
	// times and nonce. What does not fit is ErrSignIn.
	Identity(ctx context.Context, code, nonce, verifier string) (Identity, error)
}

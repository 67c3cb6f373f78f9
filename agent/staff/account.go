package staff

import (
	"bytes"
	"slices"
	"time"
)

// Version is the format of accounts that this build reads and writes.
const Version = 1

// Account is a person with all that proves who they are. It stays between
// Service and Accounts; pages get a Person and Factors.
type Account struct {
	V      int    `json:"v"`
	Person Person `json:"person"`

	// Generation goes up with every change that ends all sessions; sessions
	// of an earlier one are dead, also where Redis could not be told.
	Generation uint64 `json:"generation,omitempty"`

	Passkeys []Credential `json:"passkeys,omitempty"`
	Password string       `json:"password,omitempty"` // argon2id, a PHC string
	TOTP     *TOTP        `json:"totp,omitempty"`     // always together with Password
	Recovery [][]byte     `json:"recovery,omitempty"` // hashes of the codes left
	Link     *Link        `json:"link,omitempty"`     // the one set-up link that works
	Subject  *Subject     `json:"subject,omitempty"`  // at the identity provider, since the first sign-in by it
}

// TOTP is an authenticator app's secret.
type TOTP struct {
	Sealed []byte `json:"sealed"` // with the service's key, for this person
	Step   int64  `json:"step"`   // the last time step whose code was used
}

// Link is a one-time set-up link.
type Link struct {
	Hash    []byte    `json:"hash"` // of the token
	Expires time.Time `json:"expires"`
	By      string    `json:"by,omitempty"` // the admin who made it
}

// Subject is who a person is at an identity provider. An e-mail address may be
// given to another person later; a subject is not.
type Subject struct {
	Issuer string `json:"issuer"`
	ID     string `json:"id"`
}

// Credential is a passkey as it is stored. Data is what Passkeys made of it.
type Credential struct {
	ID     []byte    `json:"id"`
	Name   string    `json:"name"`
	Made   time.Time `json:"made"`
	Used   time.Time `json:"used,omitzero"`
	Count  uint32    `json:"count,omitempty"`  // signatures so far; stays 0 with passkeys that are synced
	Synced bool      `json:"synced,omitempty"` // lives in a password manager, on several devices
	Data   []byte    `json:"data"`
}

// Factors is how a person can sign in, as their account page shows it.
type Factors struct {
	Passkeys []Passkey
	Password bool // password and authenticator app, always both
	Recovery int  // codes left
	OIDC     bool // signed in by the clinic's identity provider before
}

// Passkey is a passkey as a page shows it.
type Passkey struct {
	ID     string // for RenamePasskey and RemovePasskey
	Name   string
	Made   time.Time
	Used   time.Time // zero is never
	Synced bool
}

func (a *Account) factors() Factors {
	f := Factors{Password: a.hasPassword(), Recovery: len(a.Recovery), OIDC: a.Subject != nil}
	for _, c := range a.Passkeys {
		f.Passkeys = append(f.Passkeys, Passkey{ID: encodeID(c.ID), Name: c.Name, Made: c.Made, Used: c.Used, Synced: c.Synced})
	}
	return f
}

func (a *Account) hasPassword() bool { return a.Password != "" && a.TOTP != nil }

// ways is in how many ways the person can sign in by themselves.
func (a *Account) ways() int {
	n := len(a.Passkeys)
	if a.hasPassword() {
		n++
	}
	return n
}

func (a *Account) passkey(id []byte) int {
	return slices.IndexFunc(a.Passkeys, func(c Credential) bool { return bytes.Equal(c.ID, id) })
}

// usable reports whether the person may sign in at all.
func (a *Account) usable() bool { return !a.Person.Disabled && len(a.Person.Roles) > 0 }

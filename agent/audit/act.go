package audit

import (
	"errors"
	"fmt"
	"regexp"
	"unicode"
	"unicode/utf8"

	"recado/agent"
)

// Common is the chain of acts that belong to no single clinic: signing in,
// people, keys. No clinic's id begins with an underscore.
const Common = "_common"

// Who did something, where it was no member of staff.
const (
	Recado  = "recado"  // the program by itself
	Patient = "patient" // the patient of Case or Record
	Nobody  = "nobody"  // somebody unknown, who failed to sign in
)

// MaxWhy is the longest reason in bytes.
const MaxWhy = 2000

// Act is one thing that was done. Its fields are ids and codes; an address, a
// name or a word of a patient has no place in any of them.
type Act struct {
	Clinic string `json:"clinic"` // whose chain it belongs to, or Common
	Who    string `json:"who"`    // id of the person, or Recado, Patient or Nobody
	Kind   Kind   `json:"kind"`
	Case   string `json:"case,omitempty"`
	Record string `json:"record,omitempty"` // a sealed record's, or a thread entry's
	// Subject is what else it was done to, or its result: another person's id,
	// an outcome, a key's id, "role:staff".
	Subject string `json:"subject,omitempty"`
	// Why is the reason that staff typed, where one is asked for. It is shown
	// to those who may read the audit, and never logged.
	Why string `json:"why,omitempty"`
}

// ErrAct marks an act that is never stored because it has no proper form.
var ErrAct = errors.New("act has no proper form")

// code is what an id or a code looks like: it has no room for a sentence or
// an e-mail address.
var code = regexp.MustCompile(`^[A-Za-z0-9_.:=,/*-]{0,200}$`)

// Validate returns an error that wraps ErrAct and names the field, not what
// is in it.
func (a Act) Validate() error {
	if !validClinic(a.Clinic) {
		return fmt.Errorf("%w: Clinic is neither a clinic's id nor audit.Common", ErrAct)
	}
	if !a.Kind.Valid() {
		return fmt.Errorf("%w: Kind is none of audit.Kinds", ErrAct)
	}
	if a.Who == "" {
		return fmt.Errorf("%w: Who is missing: a person's id, audit.Recado, audit.Patient or audit.Nobody", ErrAct)
	}
	for _, f := range []struct{ name, value string }{{"Who", a.Who}, {"Case", a.Case}, {"Record", a.Record}, {"Subject", a.Subject}} {
		if !code.MatchString(f.value) {
			return fmt.Errorf("%w: %s is not an id: up to 200 letters, digits and _ . : = , / * -", ErrAct, f.name)
		}
	}
	if len(a.Why) > MaxWhy || !utf8.ValidString(a.Why) {
		return fmt.Errorf("%w: Why is longer than %d bytes or not UTF-8", ErrAct, MaxWhy)
	}
	for _, r := range a.Why {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return fmt.Errorf("%w: Why holds a control character", ErrAct)
		}
	}
	return nil
}

func validClinic(clinic string) bool { return clinic == Common || agent.ValidClinicID(clinic) }

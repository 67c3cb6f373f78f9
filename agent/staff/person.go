package staff

import (
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Person is a member of staff, as pages may show them. How they sign in is in
// Factors.
type Person struct {
	ID       string          `json:"id"`    // opaque; what logs, cases and the audit say
	Name     string          `json:"name"`  // never logged
	Email    string          `json:"email"` // in lower case; never logged
	Roles    map[string]Role `json:"roles,omitempty"`
	Language string          `json:"language,omitempty"` // "en" or "es"; "" is not chosen
	Theme    string          `json:"theme,omitempty"`    // "light" or "dark"; "" is the browser's
	Disabled bool            `json:"disabled,omitempty"`
	Created  time.Time       `json:"created"`
	// SetUp is when the first factor was set up; zero while the person has
	// only been invited.
	SetUp time.Time `json:"set_up,omitzero"`
}

// Invited reports whether the person has not set up a factor yet.
func (p Person) Invited() bool { return p.SetUp.IsZero() }

// maxText bounds names and addresses, in characters.
const maxText = 120

// cleanName returns a name without space around it.
func cleanName(name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	if name == "" {
		return "", &InputError{Field: "name", Problem: "missing"}
	}
	if utf8.RuneCountInString(name) > maxText || strings.ContainsFunc(name, unicode.IsControl) {
		return "", &InputError{Field: "name", Problem: "long"}
	}
	return name, nil
}

// cleanEmail returns an e-mail address as it is compared: in lower case.
func cleanEmail(email string) (string, error) {
	email = foldEmail(email)
	if email == "" {
		return "", &InputError{Field: "email", Problem: "missing"}
	}
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || utf8.RuneCountInString(email) > maxText {
		return "", &InputError{Field: "email", Problem: "form"}
	}
	return email, nil
}

func foldEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

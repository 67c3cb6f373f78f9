package staff

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"strings"
	"unicode"

	"recado/agent/inbox"
)

// People returns everybody, by name. Who sees whom is the page's to decide:
// Person.Governs.
func (s *Service) People(ctx context.Context) ([]Person, error) {
	all, err := s.cfg.Accounts.All(ctx)
	if err != nil {
		return nil, wrap("list people", err)
	}
	var people []Person
	for _, a := range all {
		if a.Person.Email != "" { // the first link was not used yet
			people = append(people, a.Person)
		}
	}
	slices.SortStableFunc(people, func(a, b Person) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return people, nil
}

// Person returns a person, or ErrNotFound.
func (s *Service) Person(ctx context.Context, id string) (Person, error) {
	a, err := s.cfg.Accounts.Get(ctx, id)
	return a.Person, wrap("read a person", err)
}

// NewPerson is who is invited.
type NewPerson struct {
	Name, Email, Language string
	Roles                 map[string]Role // by clinic or Everywhere; at least one
}

// Invite makes a person and the token of a link for their first factor. by is
// an admin wherever the new person gets a role. The error is ErrNotAllowed,
// ErrExists or an *InputError.
func (s *Service) Invite(ctx context.Context, by Person, p NewPerson) (person Person, token string, err error) {
	person, token, err = s.invite(ctx, by, p)
	return person, token, wrap("invite a person", err)
}

func (s *Service) invite(ctx context.Context, by Person, p NewPerson) (Person, string, error) {
	name, err := cleanName(p.Name)
	if err != nil {
		return Person{}, "", err
	}
	email, err := cleanEmail(p.Email)
	if err != nil {
		return Person{}, "", err
	}
	if len(p.Roles) == 0 {
		return Person{}, "", &InputError{Field: "role", Problem: "missing"}
	}
	for clinic, role := range p.Roles {
		if !role.Known() {
			return Person{}, "", &InputError{Field: "role", Problem: "unknown"}
		}
		if !mayGrant(by, clinic) {
			return Person{}, "", ErrNotAllowed
		}
	}
	id := "p" + strings.ToLower(rand.Text()[:16])
	token, link := s.newLink(id, by.ID)
	a := Account{V: Version, Link: &link, Person: Person{
		ID: id, Name: name, Email: email, Roles: maps.Clone(p.Roles), Language: language(p.Language), Created: s.now(),
	}}
	if err := s.takeEmail(ctx, email, id); err != nil {
		return Person{}, "", err
	}
	if err := s.cfg.Accounts.Create(ctx, a); err != nil {
		return Person{}, "", err
	}
	return a.Person, token, nil
}

// mayGrant reports whether by decides about roles at clinic.
func mayGrant(by Person, clinic string) bool {
	if clinic == Everywhere {
		return by.everywhere()
	}
	return (aClinic(clinic) || clinic == inbox.NoClinic) && by.Can(clinic, Admin)
}

// aClinic reports whether a name has a clinic's form.
func aClinic(name string) bool {
	return name != "" && name != Everywhere && name != inbox.NoClinic &&
		!strings.ContainsFunc(name, func(r rune) bool {
			return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("./*>", r)
		})
}

// NewLink makes another set-up link for a person; earlier ones work no more.
// Their factors stay. by governs the person.
func (s *Service) NewLink(ctx context.Context, by Person, id string) (token string, err error) {
	token, link := s.newLink(id, by.ID)
	_, err = s.cfg.Accounts.Update(ctx, id, func(a *Account) error {
		if err := governs(by, a.Person); err != nil {
			return err
		}
		a.Link = &link
		return nil
	})
	if err != nil {
		return "", wrap("make a link", err)
	}
	return token, nil
}

// ResetFactors removes all of a person's factors, ends their sessions, and
// makes a link for a new one: for somebody who lost a telephone. by governs
// the person.
func (s *Service) ResetFactors(ctx context.Context, by Person, id string) (token string, err error) {
	token, link := s.newLink(id, by.ID)
	_, err = s.cfg.Accounts.Update(ctx, id, func(a *Account) error {
		if err := governs(by, a.Person); err != nil {
			return err
		}
		a.Passkeys, a.Password, a.TOTP, a.Recovery, a.Subject = nil, "", nil, nil, nil
		a.Link = &link
		a.Generation++
		return nil
	})
	if err != nil {
		return "", wrap("reset factors", err)
	}
	s.out(ctx, id)
	return token, nil
}

// governs refuses who may not change a person's account. Nobody is told about
// the first account before it is set up.
func governs(by, person Person) error {
	if person.Email == "" {
		return ErrNotFound
	}
	if !by.Governs(person) {
		return ErrNotAllowed
	}
	return nil
}

// SetRole gives a person a role at a clinic, or Everywhere; "" takes it away.
// Less than before ends their sessions at once. by is an admin of the clinic.
// The error is ErrNotAllowed, ErrLastAdmin or an *InputError.
func (s *Service) SetRole(ctx context.Context, by Person, id, clinic string, role Role) (Person, error) {
	if role != "" && !role.Known() {
		return Person{}, &InputError{Field: "role", Problem: "unknown"}
	}
	if !mayGrant(by, clinic) {
		return Person{}, ErrNotAllowed
	}
	p, err := s.changePerson(ctx, by, id, func(p *Person) error {
		if p.Email == "" {
			return ErrNotFound // the first account, before it is set up
		}
		roles := maps.Clone(p.Roles)
		if role == "" {
			delete(roles, clinic)
		} else {
			if roles == nil {
				roles = map[string]Role{}
			}
			roles[clinic] = role
		}
		p.Roles = roles
		return nil
	})
	return p, wrap("change a role", err)
}

// Disable ends a person's access and their sessions at once. by governs the
// person, and is somebody else.
func (s *Service) Disable(ctx context.Context, by Person, id string) (Person, error) {
	p, err := s.changePerson(ctx, by, id, func(p *Person) error {
		if by.ID == p.ID {
			return ErrNotAllowed
		}
		if err := governs(by, *p); err != nil {
			return err
		}
		p.Disabled = true
		return nil
	})
	return p, wrap("disable a person", err)
}

// Enable gives it back, with the factors and roles as they were.
func (s *Service) Enable(ctx context.Context, by Person, id string) (Person, error) {
	p, err := s.changePerson(ctx, by, id, func(p *Person) error {
		if err := governs(by, *p); err != nil {
			return err
		}
		p.Disabled = false
		return nil
	})
	return p, wrap("enable a person", err)
}

// SetProfile changes how a person is shown and what they prefer: name,
// language ("en", "es" or "") and theme ("light", "dark" or "").
func (s *Service) SetProfile(ctx context.Context, id, name, lang, theme string) (Person, error) {
	name, err := cleanName(name)
	if err != nil {
		return Person{}, err
	}
	if theme != "light" && theme != "dark" {
		theme = ""
	}
	a, err := s.cfg.Accounts.Update(ctx, id, func(a *Account) error {
		a.Person.Name, a.Person.Language, a.Person.Theme = name, language(lang), theme
		return nil
	})
	return a.Person, wrap("change a profile", err)
}

func language(code string) string {
	if code == "en" || code == "es" {
		return code
	}
	return ""
}

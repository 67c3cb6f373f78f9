package staff

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"errors"
	"strings"
	"time"
)

// firstID is the account behind the first link.
const firstID = "first"

// newLink makes a link. Its token names the account that it is for, so that
// using it up and storing the factor are one change.
func (s *Service) newLink(person, by string) (string, Link) {
	token := person + "-" + rand.Text()
	return token, Link{Hash: s.mac("link", token), Expires: s.now().Add(LinkFor), By: by}
}

// FirstLink returns the token of the very first link, by which the first admin
// sets up their account, while there is none. Of many consoles that start
// together one gets it; the others get "", as do all later ones until it has
// expired. renew makes a new one in any case, while there is no person yet:
// for an operator who lost it.
func (s *Service) FirstLink(ctx context.Context, renew bool) (token string, err error) {
	token, link := s.newLink(firstID, "")
	have := errors.New("there is a link or a person")
	_, err = s.cfg.Accounts.Update(ctx, firstID, func(a *Account) error {
		if !a.Person.Invited() || !renew && a.Link != nil && s.now().Before(a.Link.Expires) {
			return have
		}
		a.Link = &link
		return nil
	})
	if errors.Is(err, ErrNotFound) {
		err = s.cfg.Accounts.Create(ctx, Account{V: Version, Link: &link, Person: Person{
			ID: firstID, Roles: map[string]Role{Everywhere: Admin}, Created: s.now(),
		}})
		if errors.Is(err, ErrExists) {
			err = have
		}
	}
	if errors.Is(err, have) {
		return "", nil
	}
	if err != nil {
		return "", wrap("make the first link", err)
	}
	return token, nil
}

// SetUpLink is what a link is for.
type SetUpLink struct {
	Person  Person // Name and Email are empty with the first link
	First   bool   // the page asks for name and e-mail address
	Expires time.Time
}

// OpenLink looks at a link without using it up, or ErrLink.
func (s *Service) OpenLink(ctx context.Context, token string) (SetUpLink, error) {
	a, err := s.byLink(ctx, token)
	if err != nil {
		return SetUpLink{}, wrap("open a link", err)
	}
	return SetUpLink{Person: a.Person, First: a.Person.Email == "", Expires: a.Link.Expires}, nil
}

// byLink returns the account of a link that works.
func (s *Service) byLink(ctx context.Context, token string) (Account, error) {
	id, _, _ := strings.Cut(token, "-")
	a, err := s.cfg.Accounts.Get(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return a, ErrLink
	}
	if err == nil {
		err = s.checkLink(&a, token)
	}
	return a, err
}

func (s *Service) checkLink(a *Account, token string) error {
	if a.Link == nil || !hmac.Equal(a.Link.Hash, s.mac("link", token)) || !s.now().Before(a.Link.Expires) || !a.usable() {
		return ErrLink
	}
	return nil
}

// linkOwner names the holder of a link in tickets and ceremonies.
func (s *Service) linkOwner(token string) string { return s.name("link", token) }

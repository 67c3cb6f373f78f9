package staff

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
)

// Redirect is where a browser goes to sign in at the identity provider.
type Redirect struct {
	URL string
	// Browser goes into a cookie (HttpOnly, Secure, SameSite=Lax, 5 minutes)
	// and back into FinishOIDC: only the browser that began can finish.
	Browser string
}

// inFlight is a sign-in at the provider between begin and finish.
type inFlight struct{ State, Nonce, Verifier string }

// OIDC reports whether an identity provider is configured.
func (s *Service) OIDC() bool { return s.cfg.Issuer != nil }

// BeginOIDC begins a sign-in at the identity provider, or ErrOff.
func (s *Service) BeginOIDC(context.Context) (Redirect, error) {
	if s.cfg.Issuer == nil {
		return Redirect{}, ErrOff
	}
	flight := inFlight{State: rand.Text(), Nonce: rand.Text(), Verifier: rand.Text() + rand.Text()}
	data, err := json.Marshal(flight)
	if err != nil {
		return Redirect{}, fmt.Errorf("begin at the identity provider: %w", err)
	}
	browser, err := s.seal(ceremony{State: data}, "oidc")
	if err != nil {
		return Redirect{}, wrap("begin at the identity provider", err)
	}
	return Redirect{URL: s.cfg.Issuer.URL(flight.State, flight.Nonce, flight.Verifier), Browser: browser}, nil
}

// FinishOIDC ends it, with Redirect.Browser from the cookie and state and code
// from the query; ErrCeremony where the two do not belong together. It signs
// in nobody but a person who exists, by their verified e-mail address, and
// from then on only as the same subject at the provider. It is no second
// factor: the session is not stepped up.
func (s *Service) FinishOIDC(ctx context.Context, browser, state, code string) (SignIn, error) {
	in, err := s.finishOIDC(ctx, browser, state, code)
	return in, wrap("sign in", err)
}

func (s *Service) finishOIDC(ctx context.Context, browser, state, code string) (SignIn, error) {
	if s.cfg.Issuer == nil {
		return SignIn{}, ErrOff
	}
	c, err := s.unseal(browser, "oidc")
	if err != nil {
		return SignIn{}, err
	}
	var flight inFlight
	if err := json.Unmarshal(c.State, &flight); err != nil {
		return SignIn{}, ErrCeremony
	}
	if flight.State == "" || subtle.ConstantTimeCompare([]byte(flight.State), []byte(state)) != 1 {
		return SignIn{}, ErrCeremony
	}
	if err := s.finish(ctx, c); err != nil {
		return SignIn{}, err
	}
	who, err := s.cfg.Issuer.Identity(ctx, code, flight.Nonce, flight.Verifier)
	if err != nil {
		return SignIn{}, err
	}
	email := foldEmail(who.Email)
	if !who.EmailVerified || email == "" || who.Subject.ID == "" {
		return SignIn{}, ErrSignIn
	}
	a, err := s.byEmail(ctx, email)
	if errors.Is(err, ErrNotFound) {
		return SignIn{}, ErrSignIn
	}
	if err != nil {
		return SignIn{}, err
	}
	a, err = s.cfg.Accounts.Update(ctx, a.Person.ID, func(a *Account) error {
		if !a.usable() || a.Person.Email != email || a.Subject != nil && *a.Subject != who.Subject {
			return ErrSignIn
		}
		a.Subject = &who.Subject
		if a.Person.Invited() {
			a.Person.SetUp = s.now()
		}
		return nil
	})
	if err != nil {
		return SignIn{}, err
	}
	return s.proved(a, ByOIDC), nil
}

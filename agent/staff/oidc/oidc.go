// Package oidc asks a clinic's own identity provider who somebody is, by
// OpenID Connect: the code flow with PKCE, state and nonce.
package oidc

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"recado/agent/staff"
)

// timeout is how long the provider may take for one answer.
const timeout = 10 * time.Second

// Config is what Discover needs. Fields without a default are required.
type Config struct {
	// Issuer is the provider's address, as in its tokens.
	Issuer string
	// Client is the id that the provider gave to this console.
	Client string
	// Secret goes with it. Defaults to none, for a public client.
	Secret string
	// Redirect is the console's address for the way back, known to the
	// provider, e.g. "https://console.example.org/staff/sign-in/oidc".
	Redirect string
	// HTTP asks the provider. Defaults to a client that waits 10 s.
	HTTP *http.Client
	// Now is the clock that tokens are checked by. Defaults to time.Now.
	Now func() time.Time
}

// Issuer is a staff.Issuer. It is safe for concurrent use.
type Issuer struct {
	http     *http.Client
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
}

var _ staff.Issuer = (*Issuer)(nil)

// Discover asks the provider for its addresses and keys.
func Discover(ctx context.Context, cfg Config) (*Issuer, error) {
	switch {
	case cfg.Issuer == "":
		return nil, errors.New("identity provider config: Issuer is missing")
	case cfg.Client == "":
		return nil, errors.New("identity provider config: Client is missing")
	case cfg.Redirect == "":
		return nil, errors.New("identity provider config: Redirect is missing")
	}
	if err := secure(cfg.Issuer); err != nil {
		return nil, err
	}
	if cfg.HTTP == nil {
		cfg.HTTP = &http.Client{Timeout: timeout}
	}
	// The library keeps this context for fetching keys later.
	provider, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), cfg.HTTP), cfg.Issuer)
	if err != nil {
		return nil, fmt.Errorf("ask the identity provider for its addresses (is the issuer right?): %w", err)
	}
	return &Issuer{
		http: cfg.HTTP,
		oauth: oauth2.Config{
			ClientID: cfg.Client, ClientSecret: cfg.Secret, RedirectURL: cfg.Redirect, Endpoint: provider.Endpoint(),
			Scopes: []string{oidc.ScopeOpenID, "email"},
		},
		verifier: provider.Verifier(&oidc.Config{ClientID: cfg.Client, Now: cfg.Now}),
	}, nil
}

// secure refuses an issuer whose keys anybody on the way could replace.
func secure(issuer string) error {
	u, err := url.Parse(issuer)
	if err != nil || u.Hostname() == "" {
		return errors.New("identity provider config: Issuer is not an address of the form https://host")
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()) {
		return nil
	}
	return errors.New("identity provider config: Issuer is not https")
}

// URL implements staff.Issuer.
func (i *Issuer) URL(state, nonce, verifier string) string {
	return i.oauth.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier))
}

// Identity implements staff.Issuer.
func (i *Issuer) Identity(ctx context.Context, code, nonce, verifier string) (staff.Identity, error) {
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, i.http), timeout)
	defer cancel()
	token, err := i.oauth.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		// A refusal is the provider's answer; its words may quote the code.
		if refusal := (*oauth2.RetrieveError)(nil); errors.As(err, &refusal) && refusal.Response != nil && refusal.Response.StatusCode < 500 {
			return staff.Identity{}, fmt.Errorf("the identity provider refused: %w", staff.ErrSignIn)
		}
		return staff.Identity{}, errors.New("ask the identity provider: no usable answer")
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return staff.Identity{}, fmt.Errorf("the identity provider sent no id_token: %w", staff.ErrSignIn)
	}
	id, err := i.verifier.Verify(ctx, raw)
	if err != nil {
		return staff.Identity{}, fmt.Errorf("the identity provider's token does not verify: %w", staff.ErrSignIn)
	}
	if nonce == "" || subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1 {
		return staff.Identity{}, fmt.Errorf("the identity provider's token is of another sign-in: %w", staff.ErrSignIn)
	}
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := id.Claims(&claims); err != nil {
		return staff.Identity{}, fmt.Errorf("the identity provider's token has claims in another form: %w", staff.ErrSignIn)
	}
	return staff.Identity{
		Subject: staff.Subject{Issuer: id.Issuer, ID: id.Subject}, Email: claims.Email, EmailVerified: claims.Verified,
	}, nil
}

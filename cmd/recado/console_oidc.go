package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"recado/agent/staff"
	"recado/agent/staff/oidc"
)

// oidcFlags join the clinic's own identity provider. Without an issuer staff
// have passkeys, or a password and an authenticator app.
type oidcFlags struct {
	OIDCIssuer string `name:"oidc-issuer" env:"RECADO_OIDC_ISSUER" help:"The clinic's OpenID Connect provider. Defaults to none." placeholder:"URL"`
	OIDCClient string `name:"oidc-client" env:"RECADO_OIDC_CLIENT" help:"Client id that the provider gave to this console; its redirect address is --public-url with /staff/sign-in/oidc/callback." placeholder:"ID"`
	OIDCSecret string `name:"oidc-secret" env:"RECADO_OIDC_SECRET" help:"Client secret. Defaults to none, for a public client." placeholder:"SECRET"`
}

// issuer asks the provider for its addresses and keys; nil where there is none.
func (f oidcFlags) issuer(ctx context.Context, public string) (staff.Issuer, error) {
	if f.OIDCIssuer == "" {
		if f.OIDCClient != "" {
			return nil, exit{2, errors.New("OpenID Connect is half configured: set --oidc-issuer as well, or none of its settings")}
		}
		return nil, nil
	}
	if f.OIDCClient == "" {
		return nil, exit{2, errors.New("OpenID Connect is half configured: --oidc-client is missing")}
	}
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	found, err := oidc.Discover(ctx, oidc.Config{
		Issuer: f.OIDCIssuer, Client: f.OIDCClient, Secret: f.OIDCSecret,
		Redirect: strings.TrimSuffix(public, "/") + "/staff/sign-in/oidc/callback",
	})
	if err != nil {
		return nil, fmt.Errorf("--oidc-issuer: %w", err)
	}
	return found, nil
}

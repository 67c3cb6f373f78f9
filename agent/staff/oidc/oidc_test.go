package oidc_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"recado/agent/staff"
	"recado/agent/staff/oidc"
	"recado/agent/staff/stafftest"
)

const sun = "sunrise"

var (
	must = stafftest.Must
	is   = stafftest.Is
)

// rig is a service with a provider, and ana, whose e-mail address it knows.
func rig(t *testing.T) (*stafftest.Rig, *issuer, stafftest.Known) {
	t.Helper()
	r := stafftest.New(t)
	provider := newIssuer(t, r.Clock)
	var err error
	r.Config.Issuer, err = oidc.Discover(t.Context(), oidc.Config{
		Issuer: provider.URL, Client: client, Secret: "secret", Redirect: "https://console.clinic.example/staff/sign-in/oidc", Now: r.Clock.Now,
	})
	must(t, err)
	r.Service, err = staff.New(r.Config)
	must(t, err)
	return r, provider, r.Person(t, map[string]staff.Role{sun: staff.Staff})
}

func signIn(t *testing.T, r *stafftest.Rig, i *issuer) (staff.SignIn, error) {
	t.Helper()
	to, err := r.BeginOIDC(t.Context())
	must(t, err)
	state, code := i.browse(t, to.URL)
	return r.FinishOIDC(t.Context(), to.Browser, state, code)
}

func TestTheProviderSignsInAPersonByTheirVerifiedAddress(t *testing.T) {
	r, i, ana := rig(t)
	for range 2 {
		in, err := signIn(t, r, i)
		must(t, err)
		if in.Person.ID != ana.ID || in.Method != staff.ByOIDC {
			t.Errorf("signed in is %+v", in)
		}
		token, session, err := r.Start(t.Context(), in, "")
		must(t, err)
		if session.Fresh(r.Clock.Now()) {
			t.Error("the provider counts as a second factor")
		}
		_, err = r.NewRecovery(t.Context(), token)
		is(t, err, staff.ErrStepUp)
	}
}

func TestAnotherStateOrBrowserIsRefused(t *testing.T) {
	r, i, _ := rig(t)
	to, err := r.BeginOIDC(t.Context())
	must(t, err)
	other, err := r.BeginOIDC(t.Context())
	must(t, err)
	state, code := i.browse(t, to.URL)
	for name, try := range map[string][2]string{
		"another browser":     {other.Browser, state},
		"no cookie":           {"", state},
		"another state":       {to.Browser, state[1:] + "A"},
		"no state":            {to.Browser, ""},
		"parts put elsewhere": {to.Browser[:10], to.Browser[10:] + state},
	} {
		if _, err := r.FinishOIDC(t.Context(), try[0], try[1], code); !errors.Is(err, staff.ErrCeremony) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = r.FinishOIDC(t.Context(), to.Browser, state, code)
	must(t, err)
	_, err = r.FinishOIDC(t.Context(), to.Browser, state, code)
	is(t, err, staff.ErrCeremony)
}

func TestASignInAtTheProviderTakesFiveMinutesAtMost(t *testing.T) {
	r, i, _ := rig(t)
	to, err := r.BeginOIDC(t.Context())
	must(t, err)
	state, code := i.browse(t, to.URL)
	r.Clock.Add(staff.CeremonyFor)
	_, err = r.FinishOIDC(t.Context(), to.Browser, state, code)
	is(t, err, staff.ErrCeremony)
}

func TestACodeOfAnotherSignInIsRefused(t *testing.T) {
	r, i, _ := rig(t)
	to, err := r.BeginOIDC(t.Context())
	must(t, err)
	state, _ := i.browse(t, to.URL)
	other, err := r.BeginOIDC(t.Context())
	must(t, err)
	_, stolen := i.browse(t, other.URL)
	_, err = r.FinishOIDC(t.Context(), to.Browser, state, stolen) // PKCE
	is(t, err, staff.ErrSignIn)
}

func TestATokenThatDoesNotFitIsRefused(t *testing.T) {
	r, i, _ := rig(t)
	now := r.Clock.Now()
	for name, claims := range map[string]map[string]any{
		"another nonce":      {"nonce": "another"},
		"no nonce":           {"nonce": ""},
		"another audience":   {"aud": "somebody-else"},
		"another issuer":     {"iss": "https://evil.example"},
		"expired":            {"exp": now.Add(-time.Hour).Unix()},
		"address unverified": {"email_verified": false},
		"no address":         {"email": ""},
		"unknown person":     {"email": "nobody@clinic.example"},
		"no subject":         {"sub": ""},
		"another form":       {"email_verified": "true"},
	} {
		i.says(claims)
		if _, err := signIn(t, r, i); !errors.Is(err, staff.ErrSignIn) {
			t.Errorf("%s: %v", name, err)
		}
	}
	i.says(nil)
	i.signer = newKey(t)
	_, err := signIn(t, r, i)
	is(t, err, staff.ErrSignIn)
	i.signer = i.key
	_, err = signIn(t, r, i)
	must(t, err)
}

func TestAnAddressThatWasGivenToSomebodyElseSignsInNobody(t *testing.T) {
	r, i, ana := rig(t)
	_, err := signIn(t, r, i)
	must(t, err)
	i.says(map[string]any{"sub": "subject-2"})
	_, err = signIn(t, r, i)
	is(t, err, staff.ErrSignIn)
	_, err = r.ResetFactors(t.Context(), r.Admin(t).Person, ana.ID)
	must(t, err)
	_, err = signIn(t, r, i)
	must(t, err)
}

func TestADisabledPersonIsNotSignedInByTheProvider(t *testing.T) {
	r, i, ana := rig(t)
	_, err := r.Disable(t.Context(), r.Admin(t).Person, ana.ID)
	must(t, err)
	_, err = signIn(t, r, i)
	is(t, err, staff.ErrSignIn)
}

func TestAProviderThatIsDownIsNoWrongSignIn(t *testing.T) {
	r, i, _ := rig(t)
	i.down = true
	_, err := signIn(t, r, i)
	is(t, err, staff.ErrUnavailable)
	if errors.Is(err, staff.ErrSignIn) || strings.Contains(err.Error(), "secret") {
		t.Errorf("error is %v", err)
	}
}

func TestAProviderWithoutTLSIsRefusedAtStart(t *testing.T) {
	for _, issuer := range []string{"http://login.example", "login.example", ""} {
		if _, err := oidc.Discover(t.Context(), oidc.Config{Issuer: issuer, Client: client, Redirect: "https://console.example/x"}); err == nil {
			t.Errorf("%q is taken", issuer)
		}
	}
}

func TestWithoutAProviderItIsOff(t *testing.T) {
	r := stafftest.New(t)
	_, err := r.BeginOIDC(t.Context())
	is(t, err, staff.ErrOff)
	_, err = r.FinishOIDC(t.Context(), "", "", "")
	is(t, err, staff.ErrOff)
}

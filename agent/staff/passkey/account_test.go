package passkey_test

import (
	"slices"
	"testing"

	"recado/agent/staff"
	"recado/agent/staff/passkey"
	"recado/agent/staff/passkey/passkeytest"
	"recado/agent/staff/stafftest"
)

func TestPasskeysAreAddedNamedAndRemovedButTheLast(t *testing.T) {
	r := setup(t)
	first, second := &passkeytest.Device{Origin: origin}, &passkeytest.Device{Origin: origin, Synced: true}
	done := person(t, r, "ana", first)
	in, err := signIn(t, r, first)
	must(t, err)
	token, _, err := r.Start(t.Context(), in, "one")
	must(t, err)
	in, err = signIn(t, r, first)
	must(t, err)
	other, _, err := r.Start(t.Context(), in, "two")
	must(t, err)

	c, err := r.BeginAddPasskey(t.Context(), token)
	must(t, err)
	if _, err := first.Create(c.Options); err == nil {
		t.Error("the same device makes a second passkey")
	}
	response, err := second.Create(c.Options)
	must(t, err)
	is(t, r.FinishAddPasskey(t.Context(), other, c.ID, response, "Phone"), staff.ErrCeremony) // begun in another session
	must(t, r.FinishAddPasskey(t.Context(), token, c.ID, response, "Phone"))
	_, err = signIn(t, r, second)
	must(t, err)
	f, err := r.Factors(t.Context(), done.SignIn.Person.ID)
	must(t, err)
	i := slices.IndexFunc(f.Passkeys, func(p staff.Passkey) bool { return p.Name == "Phone" })
	if len(f.Passkeys) != 2 || i < 0 {
		t.Fatalf("passkeys are %+v", f.Passkeys)
	}
	must(t, r.RenamePasskey(t.Context(), token, f.Passkeys[i].ID, "My phone"))
	must(t, r.RemovePasskey(t.Context(), token, f.Passkeys[1-i].ID))
	is(t, r.RemovePasskey(t.Context(), token, f.Passkeys[1-i].ID), staff.ErrNotFound)
	is(t, r.RemovePasskey(t.Context(), token, f.Passkeys[i].ID), staff.ErrLastFactor)
	_, err = signIn(t, r, first)
	is(t, err, staff.ErrSignIn)
	_, _, err = r.Get(t.Context(), token, true)
	must(t, err)
	_, _, err = r.Get(t.Context(), other, true)
	is(t, err, staff.ErrExpired)

	r.Clock.Add(staff.StepUpFor)
	_, err = r.BeginAddPasskey(t.Context(), token)
	is(t, err, staff.ErrStepUp)
}

func TestTheStepUpIsThePersonsOwnPasskeyInTheirSession(t *testing.T) {
	r := setup(t)
	mine, hers := &passkeytest.Device{Origin: origin}, &passkeytest.Device{Origin: origin}
	person(t, r, "ana", mine)
	person(t, r, "eve", hers)
	start := func(d *passkeytest.Device) string {
		in, err := signIn(t, r, d)
		must(t, err)
		token, _, err := r.Start(t.Context(), in, "")
		must(t, err)
		return token
	}
	token, other := start(mine), start(hers)
	r.Clock.Add(staff.StepUpFor)
	c, err := r.BeginStepUp(t.Context(), token)
	must(t, err)
	if _, err := hers.Get(c.Options); err == nil {
		t.Error("somebody else's device answers")
	}
	response, err := mine.Get(c.Options)
	must(t, err)
	_, err = r.FinishStepUp(t.Context(), other, c.ID, response)
	is(t, err, staff.ErrCeremony)
	_, err = r.FinishPasskey(t.Context(), c.ID, response, stafftest.Address) // nor for a sign-in
	is(t, err, staff.ErrCeremony)
	session, err := r.FinishStepUp(t.Context(), token, c.ID, response)
	must(t, err)
	if !session.Fresh(r.Clock.Now()) {
		t.Error("a step up does not count")
	}
}

func TestADisabledPersonsPasskeySignsInNobody(t *testing.T) {
	r := setup(t)
	d := &passkeytest.Device{Origin: origin}
	done := person(t, r, "ana", d)
	_, err := r.Disable(t.Context(), r.Admin(t).Person, done.SignIn.Person.ID)
	must(t, err)
	_, err = signIn(t, r, d)
	is(t, err, staff.ErrSignIn)
}

func TestWhoHasOnlyPasskeysRecoversWithACode(t *testing.T) {
	r := setup(t)
	done := person(t, r, "ana", &passkeytest.Device{Origin: origin})
	in, err := r.Recover(t.Context(), "ana@clinic.example", "", done.Recovery[0], stafftest.Address)
	must(t, err)
	if in.Person.ID != done.SignIn.Person.ID {
		t.Errorf("signed in is %+v", in)
	}
	_, err = r.Recover(t.Context(), "ana@clinic.example", "", done.Recovery[0], stafftest.Address)
	is(t, err, staff.ErrSignIn)
	_, err = r.PasswordAndTOTP(t.Context(), "ana@clinic.example", "", "123456", stafftest.Address)
	is(t, err, staff.ErrSignIn)
}

func TestOriginsWhereBrowsersAllowNoPasskeysAreRefusedAtStart(t *testing.T) {
	for _, bad := range []string{"", "console.example.org", "ftp://console.example.org", "https://127.0.0.1:8080", "http://console.example.org", "https://console.example.org/staff"} {
		if _, err := passkey.New(passkey.Config{Origin: bad}); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	for _, good := range []string{"https://console.example.org", "https://console.example.org:8443/", "http://localhost:8080"} {
		if _, err := passkey.New(passkey.Config{Origin: good}); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}

func TestWithoutPasskeysTheyAreOff(t *testing.T) {
	r := stafftest.New(t)
	_, err := r.BeginPasskey(t.Context())
	is(t, err, staff.ErrOff)
	_, err = r.FinishPasskey(t.Context(), "", nil, "")
	is(t, err, staff.ErrOff)
}

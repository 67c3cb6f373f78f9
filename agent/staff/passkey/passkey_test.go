package passkey_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"recado/agent/staff"
	"recado/agent/staff/passkey"
	"recado/agent/staff/passkey/passkeytest"
	"recado/agent/staff/stafftest"
)

const (
	origin = "https://console.clinic.example"
	sun    = "sunrise"
)

var (
	must = stafftest.Must
	is   = stafftest.Is
)

func setup(t *testing.T) *stafftest.Rig {
	t.Helper()
	return stafftest.New(t, func(c *staff.Config) {
		var err error
		c.Passkeys, err = passkey.New(passkey.Config{Origin: origin})
		must(t, err)
	})
}

func invite(t *testing.T, r *stafftest.Rig, name string) string {
	t.Helper()
	_, token, err := r.Invite(t.Context(), r.Admin(t).Person, staff.NewPerson{Name: name, Email: name + "@clinic.example", Roles: map[string]staff.Role{sun: staff.Staff}})
	must(t, err)
	return token
}

// person is somebody with a passkey on a device and nothing else.
func person(t *testing.T, r *stafftest.Rig, name string, d *passkeytest.Device) staff.SetUp {
	t.Helper()
	done, err := setUp(t, r, invite(t, r, name), d)
	must(t, err)
	return done
}

func setUp(t *testing.T, r *stafftest.Rig, token string, d *passkeytest.Device) (staff.SetUp, error) {
	t.Helper()
	c, err := r.BeginSetUpPasskey(t.Context(), token, staff.Self{})
	must(t, err)
	response, err := d.Create(c.Options)
	must(t, err)
	return r.FinishSetUpPasskey(t.Context(), token, c.ID, response, "Laptop")
}

func signIn(t *testing.T, r *stafftest.Rig, d *passkeytest.Device) (staff.SignIn, error) {
	t.Helper()
	c, err := r.BeginPasskey(t.Context())
	must(t, err)
	response, err := d.Get(c.Options)
	must(t, err)
	return r.FinishPasskey(t.Context(), c.ID, response, stafftest.Address)
}

func TestAPasskeyIsSetUpByALinkAndSignsInWithoutAName(t *testing.T) {
	for _, synced := range []bool{false, true} {
		r := setup(t)
		d := &passkeytest.Device{Origin: origin, Synced: synced}
		token := invite(t, r, "ana")
		done, err := setUp(t, r, token, d)
		must(t, err)
		if len(done.Recovery) != 10 || done.SignIn.Method != staff.BySetUp {
			t.Errorf("set-up is %+v", done)
		}
		_, err = r.BeginSetUpPasskey(t.Context(), token, staff.Self{})
		is(t, err, staff.ErrLink)
		person(t, r, "eve", &passkeytest.Device{Origin: origin})
		for range 3 {
			in, err := signIn(t, r, d)
			must(t, err)
			if in.Person.ID != done.SignIn.Person.ID || in.Method != staff.ByPasskey {
				t.Errorf("signed in is %+v", in)
			}
			_, session, err := r.Start(t.Context(), in, "")
			must(t, err)
			if !session.Fresh(r.Clock.Now()) {
				t.Error("a passkey is no second factor")
			}
		}
		f, err := r.Factors(t.Context(), done.SignIn.Person.ID)
		must(t, err)
		if len(f.Passkeys) != 1 || f.Passkeys[0].Name != "Laptop" || f.Passkeys[0].Synced != synced || f.Passkeys[0].Used.IsZero() || f.Password {
			t.Errorf("factors are %+v", f)
		}
	}
}

func TestTheFirstAdminSetsUpAPasskey(t *testing.T) {
	r := setup(t)
	token, err := r.FirstLink(t.Context(), false)
	must(t, err)
	_, err = r.BeginSetUpPasskey(t.Context(), token, staff.Self{})
	var input *staff.InputError
	if !errors.As(err, &input) {
		t.Fatalf("without a name: %v", err)
	}
	d := &passkeytest.Device{Origin: origin}
	c, err := r.BeginSetUpPasskey(t.Context(), token, staff.Self{Name: "Ada", Email: "Ada@clinic.example"})
	must(t, err)
	response, err := d.Create(c.Options)
	must(t, err)
	_, err = r.FinishSetUpPasskey(t.Context(), token, c.ID, response, "")
	must(t, err)
	in, err := signIn(t, r, d)
	must(t, err)
	if in.Person.Name != "Ada" || in.Person.Email != "ada@clinic.example" || !in.Person.Can(sun, staff.Admin) {
		t.Errorf("person is %+v", in.Person)
	}
}

func TestAnAnswerThatDoesNotFitIsRefused(t *testing.T) {
	r := setup(t)
	good := &passkeytest.Device{Origin: origin}
	done := person(t, r, "ana", good)
	eve := person(t, r, "eve", &passkeytest.Device{Origin: origin})
	stranger := base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("c", 32)))
	for name, change := range map[string]func(*passkeytest.Device){
		"another challenge":   func(d *passkeytest.Device) { d.Challenge = stranger },
		"another origin":      func(d *passkeytest.Device) { d.Origin = "https://console.clinic.example.evil.example" },
		"a subdomain":         func(d *passkeytest.Device) { d.Origin = "https://evil.console.clinic.example" },
		"http":                func(d *passkeytest.Device) { d.Origin = "http://console.clinic.example" },
		"another port":        func(d *passkeytest.Device) { d.Origin = origin + ":8443" },
		"another site's hash": func(d *passkeytest.Device) { d.RPID = "evil.example" },
		"nobody verified":     func(d *passkeytest.Device) { d.Unverified = true },
		"another person":      func(d *passkeytest.Device) { d.Handle = eve.SignIn.Person.ID },
		"nobody":              func(d *passkeytest.Device) { d.Handle = "nobody" },
		"another ceremony":    func(d *passkeytest.Device) { d.Type = "webauthn.create" },
	} {
		bad := good.Copy()
		change(bad)
		_, err := signIn(t, r, bad)
		if !errors.Is(err, staff.ErrSignIn) {
			t.Errorf("sign in with %s: %v", name, err)
		}
		if name == "another person" || name == "nobody" {
			continue // a set-up has no handle
		}
		bad = &passkeytest.Device{Origin: origin}
		change(bad)
		if bad.Type != "" {
			bad.Type = "webauthn.get"
		}
		token, err := r.NewLink(t.Context(), r.Admin(t).Person, done.SignIn.Person.ID)
		must(t, err)
		if _, err := setUp(t, r, token, bad); !errors.Is(err, staff.ErrSignIn) {
			t.Errorf("set up with %s: %v", name, err)
		}
		if _, err := r.OpenLink(t.Context(), token); err != nil {
			t.Errorf("%s used the link up: %v", name, err)
		}
		r.Clock.Add(time.Minute)
	}
	c, err := r.BeginPasskey(t.Context())
	must(t, err)
	response, err := good.Get(c.Options)
	must(t, err)
	for name, spoil := range map[string]func(string) string{
		"no JSON":           func(string) string { return "{" },
		"nothing":           func(string) string { return "" },
		"another signature": func(good string) string { return strings.Replace(good, `"signature":"ME`, `"signature":"MF`, 1) },
		"no signature":      func(good string) string { return strings.Replace(good, `"signature":"`, `"unsigned":"`, 1) },
	} {
		c, err := r.BeginPasskey(t.Context())
		must(t, err)
		answer, err := good.Copy().Get(c.Options)
		must(t, err)
		_, err = r.FinishPasskey(t.Context(), c.ID, []byte(spoil(string(answer))), stafftest.Address)
		if !errors.Is(err, staff.ErrSignIn) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = r.FinishPasskey(t.Context(), c.ID, response, stafftest.Address) // the good one still is
	must(t, err)
}

func TestAnAnswerWorksOnceAndWithinFiveMinutes(t *testing.T) {
	r := setup(t)
	d := &passkeytest.Device{Origin: origin}
	person(t, r, "ana", d)
	c, err := r.BeginPasskey(t.Context())
	must(t, err)
	response, err := d.Get(c.Options)
	must(t, err)
	var won atomic.Int32
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			_, err := r.FinishPasskey(t.Context(), c.ID, response, fmt.Sprintf("198.51.100.%d", i))
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, staff.ErrCeremony) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if won.Load() != 1 {
		t.Errorf("one answer worked %d times", won.Load())
	}
	c, err = r.BeginPasskey(t.Context())
	must(t, err)
	response, err = d.Get(c.Options)
	must(t, err)
	r.Clock.Add(staff.CeremonyFor)
	_, err = r.FinishPasskey(t.Context(), c.ID, response, stafftest.Address)
	is(t, err, staff.ErrCeremony)
}

func TestACopyOfAPasskeyIsNoticed(t *testing.T) {
	r := setup(t)
	d := &passkeytest.Device{Origin: origin}
	person(t, r, "ana", d)
	_, err := signIn(t, r, d)
	must(t, err)
	copied := d.Copy()
	_, err = signIn(t, r, d)
	must(t, err)
	_, err = signIn(t, r, copied)
	is(t, err, staff.ErrCloned)
	is(t, err, staff.ErrSignIn)
	_, err = signIn(t, r, d)
	must(t, err)
}

// interrupted are accounts where something happens between the check of a
// passkey and the storing of its counter.
type interrupted struct {
	staff.Accounts
	once *atomic.Bool
	by   func()
}

func (a interrupted) Update(ctx context.Context, id string, change func(*staff.Account) error) (staff.Account, error) {
	if a.once.CompareAndSwap(true, false) {
		a.by()
	}
	return a.Accounts.Update(ctx, id, change)
}

func TestTwoAnswersWithOneCounterAtTheSameMomentAreNotBothTaken(t *testing.T) {
	r := setup(t)
	d := &passkeytest.Device{Origin: origin}
	person(t, r, "ana", d)
	var once atomic.Bool
	config := r.Config
	copied := d.Copy()
	config.Accounts = interrupted{r.Config.Accounts, &once, func() {
		_, err := signIn(t, r, copied)
		must(t, err)
	}}
	slow, err := staff.New(config)
	must(t, err)
	c, err := slow.BeginPasskey(t.Context())
	must(t, err)
	response, err := d.Get(c.Options)
	must(t, err)
	once.Store(true)
	_, err = slow.FinishPasskey(t.Context(), c.ID, response, stafftest.Address)
	is(t, err, staff.ErrCloned)
}

func TestACounterThatGoesBackIsNoticedByTheCheckItself(t *testing.T) {
	p, err := passkey.New(passkey.Config{Origin: origin})
	must(t, err)
	u := staff.PasskeyUser{ID: "ana", Name: "ana@clinic.example", DisplayName: "Ana"}
	d := &passkeytest.Device{Origin: origin}
	options, state, err := p.BeginRegister(u)
	must(t, err)
	response, err := d.Create(options)
	must(t, err)
	made, err := p.FinishRegister(u, state, response)
	must(t, err)
	u.Credentials = []staff.Credential{made}
	use := func(d *passkeytest.Device) (staff.Credential, error) {
		options, state, err := p.BeginSignIn(nil)
		must(t, err)
		response, err := d.Get(options)
		must(t, err)
		_, used, err := p.FinishSignIn(state, response, func(string) (staff.PasskeyUser, error) { return u, nil })
		return used, err
	}
	copied := d.Copy()
	used, err := use(d)
	must(t, err)
	if used.Count != 1 {
		t.Errorf("count is %d", used.Count)
	}
	u.Credentials = []staff.Credential{used}
	_, err = use(copied)
	is(t, err, staff.ErrCloned)
}

package staff_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/agent/session/redistest"
	"recado/agent/staff"
	"recado/agent/staff/stafftest"
)

const (
	sun    = "sunrise"
	sunset = "sunset"
)

var (
	must = stafftest.Must
	is   = stafftest.Is
)

func at(clinic string, r staff.Role) map[string]staff.Role {
	return map[string]staff.Role{clinic: r}
}

// both runs a test over miniredis and, where it is installed, a real Redis.
func both(t *testing.T, test func(t *testing.T, r *stafftest.Rig)) {
	t.Run("miniredis", func(t *testing.T) { t.Parallel(); test(t, stafftest.New(t)) })
	t.Run("redis", func(t *testing.T) { t.Parallel(); test(t, stafftest.On(t, redistest.Start(t).Addr)) })
}

func TestIdle15MinutesWhileAStreamPollsIsSignedOut(t *testing.T) {
	both(t, func(t *testing.T, r *stafftest.Rig) {
		ana := r.Person(t, at(sun, staff.Staff))
		token, _ := r.SignIn(t, ana)
		_, _, err := r.Get(t.Context(), token, true)
		must(t, err)
		for range 59 { // every 15 s
			r.Clock.Add(15 * time.Second)
			_, _, err := r.Get(t.Context(), token, false)
			must(t, err)
		}
		r.Clock.Add(15 * time.Second)
		_, _, err = r.Get(t.Context(), token, false)
		is(t, err, staff.ErrExpired)
		_, _, err = r.Get(t.Context(), token, true)
		is(t, err, staff.ErrExpired)
		must(t, r.Sweep(t.Context()))
		if out := r.SignedOut(); !slices.Equal(out, []string{ana.ID}) {
			t.Errorf("signed out are %v", out)
		}
	})
}

func TestActivityKeepsASessionFor12HoursAndNoLonger(t *testing.T) {
	both(t, func(t *testing.T, r *stafftest.Rig) {
		ana := r.Person(t, at(sun, staff.Staff))
		token, started := r.SignIn(t, ana)
		for r.Clock.Now().Add(14 * time.Minute).Before(started.Started.Add(staff.Absolute)) {
			r.Clock.Add(14 * time.Minute)
			session, _, err := r.Get(t.Context(), token, true)
			must(t, err)
			if !session.Active.Equal(r.Clock.Now()) {
				t.Fatalf("active at %s, it is %s", session.Active, r.Clock.Now())
			}
		}
		r.Clock.Add(started.Started.Add(staff.Absolute).Sub(r.Clock.Now()) - time.Millisecond)
		session, _, err := r.Get(t.Context(), token, true)
		must(t, err)
		if want := started.Started.Add(staff.Absolute); !session.Ends().Equal(want) {
			t.Errorf("ends at %s, not %s", session.Ends(), want)
		}
		r.Clock.Add(time.Millisecond)
		_, _, err = r.Get(t.Context(), token, true)
		is(t, err, staff.ErrExpired)
	})
}

func TestADisabledPersonIsOutAtOnce(t *testing.T) {
	r := stafftest.New(t)
	ana := r.Person(t, at(sun, staff.Staff))
	token, _ := r.SignIn(t, ana)
	in, err := r.PasswordAndTOTP(t.Context(), ana.Email, ana.Password, r.Code(t, ana), stafftest.Address)
	must(t, err)
	_, err = r.Disable(t.Context(), r.Admin(t).Person, ana.ID)
	must(t, err)
	_, _, err = r.Get(t.Context(), token, false)
	is(t, err, staff.ErrExpired)
	if out := r.SignedOut(); !slices.Equal(out, []string{ana.ID}) {
		t.Errorf("signed out are %v", out)
	}
	_, _, err = r.Start(t.Context(), in, "")
	is(t, err, staff.ErrSignIn)
	r.Clock.Add(30 * time.Second)
	_, err = r.PasswordAndTOTP(t.Context(), ana.Email, ana.Password, r.Code(t, ana), stafftest.Address)
	is(t, err, staff.ErrSignIn)

	_, err = r.Enable(t.Context(), r.Admin(t).Person, ana.ID)
	must(t, err)
	_, _, err = r.Get(t.Context(), token, false)
	is(t, err, staff.ErrExpired)
	r.Clock.Add(30 * time.Second)
	r.SignIn(t, ana)
}

// deaf are sessions in a Redis that can be read and not be written.
type deaf struct{ staff.Sessions }

func (deaf) End(context.Context, string, ...string) error { return errors.New("down") }

func TestADisabledPersonIsOutAtOnceAlsoWhereRedisCouldNotBeTold(t *testing.T) {
	r := stafftest.New(t, func(c *staff.Config) { c.Sessions = deaf{c.Sessions} })
	ana := r.Person(t, at(sun, staff.Staff))
	token, _ := r.SignIn(t, ana)
	_, err := r.Disable(t.Context(), r.Admin(t).Person, ana.ID)
	must(t, err)
	_, _, err = r.Get(t.Context(), token, true)
	is(t, err, staff.ErrExpired)
	_, err = r.Enable(t.Context(), r.Admin(t).Person, ana.ID)
	must(t, err)
	_, _, err = r.Get(t.Context(), token, true)
	is(t, err, staff.ErrExpired)
}

func TestAResetOfFactorsEndsSessionsAlsoWhereRedisCouldNotBeTold(t *testing.T) {
	r := stafftest.New(t, func(c *staff.Config) { c.Sessions = deaf{c.Sessions} })
	ana := r.Person(t, at(sun, staff.Staff))
	token, _ := r.SignIn(t, ana)
	_, err := r.ResetFactors(t.Context(), r.Admin(t).Person, ana.ID)
	must(t, err)
	_, _, err = r.Get(t.Context(), token, true)
	is(t, err, staff.ErrExpired)
}

func TestLosingARoleSignsOutAndGettingOneDoesNot(t *testing.T) {
	r := stafftest.New(t)
	admin := r.Admin(t)
	ana := r.Person(t, at(sun, staff.Staff))
	token, _ := r.SignIn(t, ana)
	_, err := r.SetRole(t.Context(), admin.Person, ana.ID, sunset, staff.Reader)
	must(t, err)
	_, p, err := r.Get(t.Context(), token, true)
	must(t, err)
	if !p.Can(sunset, staff.Reader) || p.Can(sunset, staff.Staff) {
		t.Errorf("roles are not those of the account: %v", p.Roles)
	}
	_, err = r.SetRole(t.Context(), admin.Person, ana.ID, sun, staff.Reader)
	must(t, err)
	_, _, err = r.Get(t.Context(), token, true)
	is(t, err, staff.ErrExpired)
	token, _ = r.SignIn(t, ana)
	for _, clinic := range []string{sun, sunset} {
		_, err = r.SetRole(t.Context(), admin.Person, ana.ID, clinic, "")
		must(t, err)
	}
	_, _, err = r.Get(t.Context(), token, true)
	is(t, err, staff.ErrExpired)
	_, err = r.PasswordAndTOTP(t.Context(), ana.Email, ana.Password, r.Code(t, ana), stafftest.Address)
	is(t, err, staff.ErrSignIn)
}

func TestSessionsAreListedAndRevokedOneByOneOrAll(t *testing.T) {
	both(t, func(t *testing.T, r *stafftest.Rig) {
		ana, eve := r.Person(t, at(sun, staff.Staff)), r.Person(t, at(sun, staff.Staff))
		tokens, handles := make([]string, 4), make([]string, 4)
		for i := range tokens {
			var s staff.Session
			tokens[i], s = r.SignIn(t, ana)
			handles[i] = s.ID
		}
		list, err := r.List(t.Context(), ana.ID)
		must(t, err)
		if len(list) != 4 || list[0].ID != handles[3] || list[0].Agent != "Firefox on Linux" {
			t.Fatalf("list is %+v", list)
		}
		is(t, r.Revoke(t.Context(), eve.ID, handles[0]), staff.ErrNotFound) // of another person
		must(t, r.Revoke(t.Context(), ana.ID, handles[0]))
		_, _, err = r.Get(t.Context(), tokens[0], true)
		is(t, err, staff.ErrExpired)
		must(t, r.RevokeAll(t.Context(), ana.ID, handles[2]))
		for i, want := range []error{staff.ErrExpired, staff.ErrExpired, nil, staff.ErrExpired} {
			_, _, err := r.Get(t.Context(), tokens[i], false)
			is(t, err, want)
		}
		if out := r.SignedOut(); len(out) != 0 {
			t.Errorf("%v was signed out with a session left", out)
		}
		must(t, r.SignOut(t.Context(), tokens[2]))
		must(t, r.SignOut(t.Context(), tokens[2]))
		if out := r.SignedOut(); !slices.Equal(out, []string{ana.ID}) {
			t.Errorf("signed out are %v", out)
		}
	})
}

func TestWhoCouldNotBeSignedOutIsTriedAgainUnlessTheyAreBack(t *testing.T) {
	r := stafftest.New(t)
	ana, eve := r.Person(t, at(sun, staff.Staff)), r.Person(t, at(sun, staff.Staff))
	for _, k := range []stafftest.Known{ana, eve} {
		r.SignIn(t, k)
	}
	r.Refuse(errors.New("NATS is down"))
	r.Clock.Add(staff.Idle)
	is(t, r.Sweep(t.Context()), staff.ErrUnavailable)
	r.Refuse(nil)
	r.SignIn(t, eve)
	must(t, r.Sweep(t.Context()))
	if out := r.SignedOut(); !slices.Equal(out, []string{ana.ID}) {
		t.Errorf("signed out are %v", out)
	}
	must(t, r.Sweep(t.Context()))
	if out := r.SignedOut(); len(out) != 0 {
		t.Errorf("%v was signed out twice", out)
	}
}

func TestAfterALossOfRedisEverybodyIsSignedOut(t *testing.T) {
	both(t, func(t *testing.T, r *stafftest.Rig) {
		ana, eve := r.Person(t, at(sun, staff.Staff)), r.Person(t, at(sun, staff.Staff))
		token, _ := r.SignIn(t, ana)
		must(t, r.Redis.FlushAll(t.Context()).Err())
		_, _, err := r.Get(t.Context(), token, true)
		is(t, err, staff.ErrExpired)
		r.SignIn(t, eve)
		must(t, r.Sweep(t.Context()))
		out := r.SignedOut()
		if !slices.Contains(out, ana.ID) || slices.Contains(out, eve.ID) {
			t.Errorf("signed out are %v", out)
		}
	})
}

func TestWithoutRedisNobodyIsLetIn(t *testing.T) {
	r := stafftest.New(t)
	ana := r.Person(t, at(sun, staff.Staff))
	token, _ := r.SignIn(t, ana)
	must(t, r.Redis.Close())
	_, _, err := r.Get(t.Context(), token, true)
	is(t, err, staff.ErrUnavailable)
	_, err = r.PasswordAndTOTP(t.Context(), ana.Email, ana.Password, r.Code(t, ana), stafftest.Address)
	is(t, err, staff.ErrUnavailable)
}

func TestNeitherRedisNorLogsNorKeysHoldATokenANameOrAnAddress(t *testing.T) {
	r := stafftest.New(t)
	ana := r.Person(t, at(sun, staff.Staff))
	token, session := r.SignIn(t, ana)
	_, err := r.PasswordAndTOTP(t.Context(), ana.Email, "wrong", "123456", stafftest.Address)
	is(t, err, staff.ErrSignIn)
	_, err = r.BreakGlass(t.Context(), token, sunset, "patient called, nobody there")
	must(t, err)
	r.Refuse(errors.New("down"))
	_ = r.SignOut(t.Context(), token)
	// A rest of the session stays in what Redis holds by another one.
	r.Refuse(nil)
	r.SignIn(t, ana)
	var all strings.Builder
	iter := r.Redis.Keys(t.Context(), "*").Val()
	for _, key := range iter {
		if !strings.HasPrefix(key, "recado-staff:") {
			t.Errorf("key %s is outside of the console's", key)
		}
		all.WriteString(key + "\n" + r.Redis.Type(t.Context(), key).Val() + "\n")
		all.WriteString(strings.Join(r.Redis.ZRange(t.Context(), key, 0, -1).Val(), "\n"))
		all.WriteString(strings.Join(r.Redis.SMembers(t.Context(), key).Val(), "\n"))
		for k, v := range r.Redis.HGetAll(t.Context(), key).Val() {
			all.WriteString(k + "\n" + v + "\n")
		}
		all.WriteString(r.Redis.Get(t.Context(), key).Val() + "\n")
	}
	kv, err := r.JS.KeyValue(t.Context(), "recado_staff")
	must(t, err)
	keys, err := kv.Keys(t.Context())
	must(t, err)
	all.WriteString(strings.Join(keys, "\n"))
	for _, line := range r.Logs.All() {
		all.WriteString(line.Message)
		for _, v := range line.ContextMap() {
			if text, ok := v.(string); ok {
				all.WriteString(text + "\n")
			}
		}
	}
	if !strings.Contains(all.String(), ana.ID) || r.Logs.Len() == 0 {
		t.Fatal("the search does not see what is there")
	}
	for what, secret := range map[string]string{
		"token": token, "name": ana.Name, "e-mail address": ana.Email, "local part": strings.Split(ana.Email, "@")[0],
		"internet address": stafftest.Address, "reason": "nobody there", "browser": "Firefox", "handle": session.ID,
	} {
		if strings.Contains(strings.ToLower(all.String()), strings.ToLower(secret)) {
			t.Errorf("the %s lies open", what)
		}
	}
}

func TestASessionIsNotMovedToAnotherPersonOrToken(t *testing.T) {
	r := stafftest.New(t)
	ana, eve := r.Person(t, at(sun, staff.Staff)), r.Person(t, at(sun, staff.Reader))
	eveToken, _ := r.SignIn(t, eve)
	r.SignIn(t, ana)
	// Whoever writes to Redis makes eve's session ana's.
	for _, key := range r.Redis.Keys(t.Context(), "*session:*").Val() {
		must(t, r.Redis.HSet(t.Context(), key, "person", ana.ID).Err())
	}
	_, _, err := r.Get(t.Context(), eveToken, true)
	is(t, err, staff.ErrExpired)
}

func TestAProofIsGoodForAMinute(t *testing.T) {
	r := stafftest.New(t)
	ana := r.Person(t, at(sun, staff.Staff))
	in, err := r.PasswordAndTOTP(t.Context(), ana.Email, ana.Password, r.Code(t, ana), stafftest.Address)
	must(t, err)
	r.Clock.Add(time.Minute + time.Millisecond)
	_, _, err = r.Start(t.Context(), in, "")
	is(t, err, staff.ErrSignIn)
	_, _, err = r.Start(t.Context(), staff.SignIn{Person: ana.Person}, "")
	is(t, err, staff.ErrSignIn)
}

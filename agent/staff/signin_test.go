package staff_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"recado/agent/staff"
	"recado/agent/staff/stafftest"
)

func signIn(t *testing.T, r *stafftest.Rig, k stafftest.Known, password, code string) error {
	t.Helper()
	_, err := r.PasswordAndTOTP(t.Context(), k.Email, password, code, stafftest.Address)
	return err
}

func TestACodeOfTheAuthenticatorAppWorksOnce(t *testing.T) {
	r := stafftest.New(t)
	ana := r.Person(t, at(sun, staff.Staff))
	code := r.Code(t, ana)
	must(t, signIn(t, r, ana, ana.Password, code))
	is(t, signIn(t, r, ana, ana.Password, code), staff.ErrSignIn)
	token, _ := func() (string, staff.Session) { r.Clock.Add(30 * time.Second); return r.SignIn(t, ana) }()
	// The step up shares it: neither takes what the other took.
	code = r.Code(t, ana)
	_, err := r.StepUp(t.Context(), token, code, stafftest.Address)
	must(t, err)
	_, err = r.StepUp(t.Context(), token, code, stafftest.Address)
	is(t, err, staff.ErrSignIn)
	is(t, signIn(t, r, ana, ana.Password, code), staff.ErrSignIn)
}

func TestAnEarlierCodeThanTheLastIsRefused(t *testing.T) {
	r := stafftest.New(t)
	ana := r.Person(t, at(sun, staff.Staff))
	early := r.Code(t, ana)
	r.Clock.Add(30 * time.Second)
	must(t, signIn(t, r, ana, ana.Password, r.Code(t, ana)))
	is(t, signIn(t, r, ana, ana.Password, early), staff.ErrSignIn)
}

func TestATelephonesClockMayBeHalfAMinuteWrong(t *testing.T) {
	r := stafftest.New(t)
	ana := r.Person(t, at(sun, staff.Staff))
	early := r.Code(t, ana)
	r.Clock.Add(30 * time.Second)
	must(t, signIn(t, r, ana, ana.Password, early))
	old := r.Code(t, ana)
	r.Clock.Add(time.Minute)
	is(t, signIn(t, r, ana, ana.Password, old), staff.ErrSignIn)
}

func TestTwoRequestsWithOneCodeAtTheSameMomentAreOneSignIn(t *testing.T) {
	r := stafftest.New(t)
	other, err := staff.New(r.Config)
	must(t, err)
	for range 5 {
		ana := r.Person(t, at(sun, staff.Staff))
		code := r.Code(t, ana)
		var won atomic.Int32
		var wait sync.WaitGroup
		begin := make(chan struct{})
		for i := range 10 {
			service := []*staff.Service{r.Service, other}[i%2]
			wait.Go(func() {
				<-begin
				_, err := service.PasswordAndTOTP(t.Context(), ana.Email, ana.Password, code, fmt.Sprintf("198.51.100.%d", i))
				var slow *staff.SlowDownError
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, staff.ErrSignIn) && !errors.As(err, &slow):
					t.Error(err)
				}
			})
		}
		close(begin)
		wait.Wait()
		if won.Load() != 1 {
			t.Fatalf("%d of 10 got through with one code", won.Load())
		}
	}
}

func TestUnknownPeopleAndWrongPasswordsAndCodesAreToldTheSame(t *testing.T) {
	r := stafftest.New(t)
	ana, off := r.Person(t, at(sun, staff.Staff)), r.Person(t, at(sun, staff.Staff))
	_, err := r.Disable(t.Context(), r.Admin(t).Person, off.ID)
	must(t, err)
	invited, _, err := r.Invite(t.Context(), r.Admin(t).Person, staff.NewPerson{Name: "In Vited", Email: "in@clinic.example", Roles: at(sun, staff.Staff)})
	must(t, err)
	texts := map[string]bool{}
	for name, try := range map[string]func() error{
		"unknown person": func() error {
			return signIn(t, r, stafftest.Known{Person: staff.Person{Email: "nobody@clinic.example"}}, ana.Password, "123456")
		},
		"wrong password": func() error { return signIn(t, r, ana, "not the password", r.Code(t, ana)) },
		"wrong code":     func() error { return signIn(t, r, ana, ana.Password, wrong(r.Code(t, ana))) },
		"no code":        func() error { return signIn(t, r, ana, ana.Password, "") },
		"disabled":       func() error { return signIn(t, r, off, off.Password, r.Code(t, off)) },
		"only invited": func() error {
			return signIn(t, r, stafftest.Known{Person: invited}, "", "")
		},
		"recovery code of nobody": func() error {
			_, err := r.Recover(t.Context(), "nobody@clinic.example", "", "AAAA-AAAA-AAAA-AAAA", stafftest.Address)
			return err
		},
		"recovery code without password": func() error {
			_, err := r.Recover(t.Context(), ana.Email, "", ana.Recovery[0], stafftest.Address)
			return err
		},
	} {
		err := try()
		if !errors.Is(err, staff.ErrSignIn) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		texts[err.Error()] = true
		r.Clock.Add(time.Minute)
	}
	if len(texts) != 1 {
		t.Errorf("what is told differs: %v", texts)
	}
}

func wrong(code string) string {
	if code[0] == '0' {
		return "1" + code[1:]
	}
	return "0" + code[1:]
}

func TestTheHashIsPaidForUnknownPeopleAsWell(t *testing.T) {
	// Costly enough to be seen beside everything else.
	r := stafftest.New(t, func(c *staff.Config) { c.Cost = staff.Cost{Time: 2, Memory: 24 << 10, Threads: 1} })
	ana := r.Person(t, at(sun, staff.Staff))
	least := func(email string) time.Duration {
		least := time.Hour
		for range 5 {
			r.Clock.Add(time.Minute)
			began := time.Now()
			_, err := r.PasswordAndTOTP(t.Context(), email, "not the password", "123456", stafftest.Address)
			is(t, err, staff.ErrSignIn)
			least = min(least, time.Since(began))
		}
		return least
	}
	known, unknown := least(ana.Email), least("nobody@clinic.example")
	if unknown < known/5 { // without a hash it is a hundredth; the rest is for a busy machine
		t.Errorf("a known person takes %s, an unknown one %s", known, unknown)
	}
}

func TestWrongPasswordsSlowDownAndNeverLockOut(t *testing.T) {
	both(t, func(t *testing.T, r *stafftest.Rig) {
		ana := r.Person(t, at(sun, staff.Staff))
		var waits []time.Duration
		for tried := 0; tried < 20; {
			err := signIn(t, r, ana, "not the password", "123456")
			var slow *staff.SlowDownError
			if errors.As(err, &slow) {
				waits = append(waits, slow.Wait)
				r.Clock.Add(slow.Wait)
				continue
			}
			is(t, err, staff.ErrSignIn)
			tried++
		}
		if len(waits) < 15 || waits[0] > time.Second || waits[3] <= waits[0] || waits[len(waits)-1] != time.Minute {
			t.Errorf("waits are %v", waits)
		}
		// The right password has to wait like all others, and then works.
		err := signIn(t, r, ana, ana.Password, r.Code(t, ana))
		var slow *staff.SlowDownError
		if !errors.As(err, &slow) {
			t.Fatalf("after 20 wrong passwords: %v", err)
		}
		r.Clock.Add(slow.Wait)
		must(t, signIn(t, r, ana, ana.Password, r.Code(t, ana)))
		// Success forgets.
		for range 3 {
			is(t, signIn(t, r, ana, "not the password", "123456"), staff.ErrSignIn)
		}
	})
}

func TestGuessesAtTheSameMomentAreSlowedDownLikeThoseOneByOne(t *testing.T) {
	both(t, func(t *testing.T, r *stafftest.Rig) {
		ana := r.Person(t, at(sun, staff.Staff))
		var checked atomic.Int32
		var wait sync.WaitGroup
		for range 30 {
			wait.Go(func() {
				if errors.Is(signIn(t, r, ana, "not the password", "123456"), staff.ErrSignIn) {
					checked.Add(1)
				}
			})
		}
		wait.Wait()
		if n := checked.Load(); n != 4 { // the fourth begins the wait
			t.Errorf("%d guesses were checked", n)
		}
	})
}

func TestSomebodyFarAwayDoesNotKeepAnybodyOut(t *testing.T) {
	r := stafftest.New(t)
	ana := r.Person(t, at(sun, staff.Staff))
	r.SignIn(t, ana)
	refused := 0
	for i := range 40 { // each from another place
		_, err := r.PasswordAndTOTP(t.Context(), ana.Email, "guess", "123456", fmt.Sprintf("198.51.100.%d", i))
		var slow *staff.SlowDownError
		if errors.As(err, &slow) {
			refused++
		}
	}
	if refused < 25 {
		t.Errorf("only %d of 40 guesses from 40 addresses were slowed down", refused)
	}
	must(t, signIn(t, r, ana, ana.Password, r.Code(t, ana)))
}

func TestAnAddressIsSlowedDownOverAllAccounts(t *testing.T) {
	r := stafftest.New(t)
	refused := 0
	for i := range 50 {
		_, err := r.PasswordAndTOTP(t.Context(), fmt.Sprintf("guess%d@clinic.example", i), "guess", "123456", fmt.Sprintf("2001:db8:1:2::%x", i+1))
		var slow *staff.SlowDownError
		if errors.As(err, &slow) {
			refused++
		}
	}
	if refused < 15 {
		t.Errorf("only %d of 50 guesses from one network were slowed down", refused)
	}
}

func TestARecoveryCodeWorksOnce(t *testing.T) {
	r := stafftest.New(t)
	ana := r.Person(t, at(sun, staff.Staff))
	if len(ana.Recovery) != 10 {
		t.Fatalf("%d recovery codes", len(ana.Recovery))
	}
	typed := strings.ToLower(strings.ReplaceAll(ana.Recovery[3], "-", " "))
	in, err := r.PasswordAndTOTP(t.Context(), ana.Email, ana.Password, typed, stafftest.Address)
	must(t, err)
	if in.Method != staff.ByRecovery {
		t.Errorf("method is %s", in.Method)
	}
	_, err = r.PasswordAndTOTP(t.Context(), ana.Email, ana.Password, typed, stafftest.Address)
	is(t, err, staff.ErrSignIn)
	f, err := r.Factors(t.Context(), ana.ID)
	must(t, err)
	if f.Recovery != 9 {
		t.Errorf("%d recovery codes are left", f.Recovery)
	}

	var won atomic.Int32
	var wait sync.WaitGroup
	for i := range 10 {
		wait.Go(func() {
			if _, err := r.Recover(t.Context(), ana.Email, ana.Password, ana.Recovery[5], fmt.Sprintf("198.51.100.%d", i)); err == nil {
				won.Add(1)
			}
		})
	}
	wait.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of 10 got through with one recovery code", won.Load())
	}
}

func TestARecoveryCodeOfAnotherPersonIsRefused(t *testing.T) {
	r := stafftest.New(t)
	ana, eve := r.Person(t, at(sun, staff.Staff)), r.Person(t, at(sun, staff.Staff))
	_, err := r.Recover(t.Context(), ana.Email, ana.Password, eve.Recovery[0], stafftest.Address)
	is(t, err, staff.ErrSignIn)
}

func TestAPasswordIsHashedAnewWithAnotherCost(t *testing.T) {
	r := stafftest.New(t)
	ana := r.Person(t, at(sun, staff.Staff))
	before, err := r.Config.Accounts.Get(t.Context(), ana.ID)
	must(t, err)
	config := r.Config
	config.Cost = staff.Cost{Time: 2, Memory: 128, Threads: 1}
	later, err := staff.New(config)
	must(t, err)
	_, err = later.PasswordAndTOTP(t.Context(), ana.Email, ana.Password, r.Code(t, ana), stafftest.Address)
	must(t, err)
	after, err := r.Config.Accounts.Get(t.Context(), ana.ID)
	must(t, err)
	if before.Password == after.Password || !strings.HasPrefix(after.Password, "$argon2id$v=19$m=128,t=2,p=1$") {
		t.Errorf("hash is %s after %s", after.Password, before.Password)
	}
	r.Clock.Add(30 * time.Second)
	_, err = later.PasswordAndTOTP(t.Context(), ana.Email, ana.Password, r.Code(t, ana), stafftest.Address)
	must(t, err)
}

// interrupted are accounts where something happens before a change.
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

func TestAPasswordThatIsChangedWhileItIsCheckedSignsInNobody(t *testing.T) {
	r := stafftest.New(t)
	ana := r.Person(t, at(sun, staff.Staff))
	var once atomic.Bool
	config := r.Config
	config.Accounts = interrupted{r.Config.Accounts, &once, func() {
		_, err := r.Config.Accounts.Update(t.Context(), ana.ID, func(a *staff.Account) error {
			a.Password = "$argon2id$another"
			return nil
		})
		must(t, err)
	}}
	slow, err := staff.New(config)
	must(t, err)
	once.Store(true)
	_, err = slow.PasswordAndTOTP(t.Context(), ana.Email, ana.Password, r.Code(t, ana), stafftest.Address)
	is(t, err, staff.ErrSignIn)
}

func TestTheShippedCostIsPinned(t *testing.T) {
	if want := (staff.Cost{Time: 3, Memory: 64 << 10, Threads: 1}); staff.DefaultCost != want {
		t.Errorf("cost is %+v, was %+v", staff.DefaultCost, want)
	}
}

func TestNobodyWaitsForHashesForever(t *testing.T) {
	r := stafftest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := r.PasswordAndTOTP(ctx, "ana@clinic.example", "x", "123456", stafftest.Address)
	is(t, err, staff.ErrUnavailable)
}

func TestStoredSecretsAreSealedOrHashed(t *testing.T) {
	r := stafftest.New(t)
	ana := r.Person(t, at(sun, staff.Staff))
	_, link, err := r.Invite(t.Context(), r.Admin(t).Person, staff.NewPerson{Name: "In Vited", Email: "in@clinic.example", Roles: at(sun, staff.Staff)})
	must(t, err)
	kv, err := r.JS.KeyValue(t.Context(), "recado_staff")
	must(t, err)
	keys, err := kv.Keys(t.Context())
	must(t, err)
	var all strings.Builder
	for _, key := range keys {
		entry, err := kv.Get(t.Context(), key)
		must(t, err)
		all.Write(entry.Value())
	}
	if !strings.Contains(all.String(), ana.ID) {
		t.Fatal("the search does not see what is there")
	}
	_, secret, _ := strings.Cut(link, "-")
	for what, text := range map[string]string{"password": ana.Password, "TOTP secret": ana.Secret, "recovery code": ana.Recovery[0], "link": secret} {
		if strings.Contains(all.String(), text) || strings.Contains(all.String(), strings.ReplaceAll(text, "-", "")) {
			t.Errorf("the %s is stored in clear", what)
		}
	}
}

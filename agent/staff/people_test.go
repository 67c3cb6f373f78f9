package staff_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"recado/agent/inbox"
	"recado/agent/staff"
	"recado/agent/staff/stafftest"
)

func TestRolesAllowThemselvesAndLess(t *testing.T) {
	roles := append([]staff.Role{"", "owner"}, staff.Roles()...)
	for i, have := range roles {
		for j, need := range roles {
			want := i >= 2 && j >= 2 && i >= j
			if have.Allows(need) != want {
				t.Errorf("%q allows %q: %v", have, need, !want)
			}
		}
	}
}

func TestAPersonMayWhatTheirRoleSaysAtTheirClinicsOnly(t *testing.T) {
	for _, test := range []struct {
		name     string
		p        staff.Person
		clinic   string
		want     staff.Role
		disabled bool
	}{
		{"own clinic", staff.Person{Roles: at(sun, staff.Staff)}, sun, staff.Staff, false},
		{"another clinic", staff.Person{Roles: at(sun, staff.Admin)}, sunset, "", false},
		{"no clinic's records", staff.Person{Roles: at(sun, staff.Admin)}, inbox.NoClinic, "", false},
		{"no roles", staff.Person{}, sun, "", false},
		{"everywhere", staff.Person{Roles: at("*", staff.Reader)}, sunset, staff.Reader, false},
		{"everywhere and more at one", staff.Person{Roles: map[string]staff.Role{"*": staff.Reader, sun: staff.Admin}}, sun, staff.Admin, false},
		{"everywhere more than at one", staff.Person{Roles: map[string]staff.Role{"*": staff.Admin, sun: staff.Reader}}, sun, staff.Admin, false},
		{"staff everywhere, no clinic's records", staff.Person{Roles: at("*", staff.Staff)}, inbox.NoClinic, "", false},
		{"admin everywhere, no clinic's records", staff.Person{Roles: at("*", staff.Admin)}, inbox.NoClinic, staff.Admin, false},
		{"star is no clinic", staff.Person{Roles: at("*", staff.Admin)}, "*", "", false},
		{"nothing is no clinic", staff.Person{Roles: at("*", staff.Admin)}, "", "", false},
		{"an unknown role", staff.Person{Roles: at(sun, "owner")}, sun, "", false},
		{"disabled", staff.Person{Disabled: true, Roles: at("*", staff.Admin)}, sun, "", false},
	} {
		if got := test.p.Role(test.clinic); got != test.want {
			t.Errorf("%s: role is %q, not %q", test.name, got, test.want)
		}
		for _, need := range staff.Roles() {
			if test.p.Can(test.clinic, need) != test.want.Allows(need) {
				t.Errorf("%s: Can(%q) does not follow the role", test.name, need)
			}
		}
	}
	p := staff.Person{Roles: at("*", staff.Staff)}
	if got := p.Clinics([]string{sun, inbox.NoClinic, sunset}); !slices.Equal(got, []string{sun, sunset}) {
		t.Errorf("clinics are %v", got)
	}
}

func TestAnAdminGovernsOnlyWhomTheyCouldReachThemselves(t *testing.T) {
	everywhere, local := staff.Person{Roles: at("*", staff.Admin)}, staff.Person{Roles: at(sun, staff.Admin)}
	worker := staff.Person{Roles: at(sun, staff.Staff)}
	for name, test := range map[string]struct {
		by, other staff.Person
		want      bool
	}{
		"all":                    {everywhere, everywhere, true},
		"own clinic":             {local, worker, true},
		"two clinics":            {local, staff.Person{Roles: map[string]staff.Role{sun: staff.Reader, sunset: staff.Reader}}, false},
		"everywhere":             {local, staff.Person{Roles: at("*", staff.Reader)}, false},
		"nobody":                 {local, staff.Person{}, false},
		"staff governs nobody":   {worker, worker, false},
		"disabled":               {staff.Person{Disabled: true, Roles: at("*", staff.Admin)}, worker, false},
		"all, somebody disabled": {everywhere, staff.Person{Disabled: true, Roles: at(sun, staff.Staff)}, true},
	} {
		if test.by.Governs(test.other) != test.want {
			t.Errorf("%s: %v", name, !test.want)
		}
	}
}

// TestWhoMayChangeWhom walks every change over every kind of admin.
func TestWhoMayChangeWhom(t *testing.T) {
	r := stafftest.New(t)
	admin := r.Admin(t).Person
	local, worker, reader := r.Person(t, at(sun, staff.Admin)).Person, r.Person(t, at(sun, staff.Staff)).Person, r.Person(t, at(sunset, staff.Reader)).Person
	n := 0
	changes := map[string]func(by, target staff.Person) error{
		"invite": func(by, target staff.Person) error {
			n++
			_, _, err := r.Invite(t.Context(), by, staff.NewPerson{Name: "N", Email: fmt.Sprintf("n%d@clinic.example", n), Roles: maps.Clone(target.Roles)})
			return err
		},
		"link":  func(by, target staff.Person) error { _, err := r.NewLink(t.Context(), by, target.ID); return err },
		"reset": func(by, target staff.Person) error { _, err := r.ResetFactors(t.Context(), by, target.ID); return err },
		"disable": func(by, target staff.Person) error {
			_, err := r.Disable(t.Context(), by, target.ID)
			return err
		},
		"enable": func(by, target staff.Person) error { _, err := r.Enable(t.Context(), by, target.ID); return err },
		"role": func(by, target staff.Person) error {
			for clinic, role := range target.Roles {
				if _, err := r.SetRole(t.Context(), by, target.ID, clinic, role); err != nil {
					return err
				}
			}
			return nil
		},
	}
	for name, change := range changes {
		for _, test := range []struct {
			by, target staff.Person
			want       error
		}{
			{worker, worker, staff.ErrNotAllowed},
			{reader, worker, staff.ErrNotAllowed},
			{worker, local, staff.ErrNotAllowed},
			{local, reader, staff.ErrNotAllowed},
			{local, admin, staff.ErrNotAllowed},
			{local, worker, nil},
			{admin, reader, nil},
			{admin, local, nil},
		} {
			if err := change(test.by, test.target); !errors.Is(err, test.want) {
				t.Errorf("%s: %v on %v: %v, not %v", name, test.by.Roles, test.target.Roles, err, test.want)
			}
		}
	}
	for clinic, by := range map[string]staff.Person{"*": local, inbox.NoClinic: local, "": admin, "a b": admin, "a.b": admin, "a*": admin} {
		_, err := r.SetRole(t.Context(), by, worker.ID, clinic, staff.Admin)
		is(t, err, staff.ErrNotAllowed)
	}
	_, err := r.SetRole(t.Context(), admin, worker.ID, sun, "owner")
	var input *staff.InputError
	if !errors.As(err, &input) {
		t.Error(err)
	}
	_, err = r.Disable(t.Context(), admin, admin.ID)
	is(t, err, staff.ErrNotAllowed)
}

func TestTheLastAdminOfAllClinicsStays(t *testing.T) {
	r := stafftest.New(t)
	first := r.Admin(t).Person
	_, err := r.SetRole(t.Context(), first, first.ID, staff.Everywhere, "")
	is(t, err, staff.ErrLastAdmin)
	// An admin who was only invited manages nobody yet.
	_, token, err := r.Invite(t.Context(), first, staff.NewPerson{Name: "Two", Email: "two@clinic.example", Roles: at(staff.Everywhere, staff.Admin)})
	must(t, err)
	_, err = r.SetRole(t.Context(), first, first.ID, staff.Everywhere, staff.Staff)
	is(t, err, staff.ErrLastAdmin)
	second := r.SetUp(t, token, staff.Self{}).Person

	// Both step down in the same moment.
	var wait sync.WaitGroup
	var down atomic.Int32
	for _, p := range []staff.Person{first, second} {
		wait.Go(func() {
			if _, err := r.SetRole(t.Context(), p, p.ID, staff.Everywhere, ""); err == nil {
				down.Add(1)
			} else if !errors.Is(err, staff.ErrLastAdmin) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if down.Load() > 1 {
		t.Error("both stepped down")
	}
	people, err := r.People(t.Context())
	must(t, err)
	if !slices.ContainsFunc(people, func(p staff.Person) bool { return p.Can("any", staff.Admin) }) {
		t.Error("nobody is left")
	}
}

func TestAnEMailAddressIsOnePersons(t *testing.T) {
	r := stafftest.New(t)
	admin := r.Admin(t).Person
	var made atomic.Int32
	var wait sync.WaitGroup
	for range 10 {
		wait.Go(func() {
			_, _, err := r.Invite(t.Context(), admin, staff.NewPerson{Name: "Same", Email: " Same@Clinic.example ", Roles: at(sun, staff.Staff)})
			if err == nil {
				made.Add(1)
			} else if !errors.Is(err, staff.ErrExists) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if made.Load() != 1 {
		t.Errorf("%d people have one e-mail address", made.Load())
	}
	for _, bad := range []staff.NewPerson{
		{Name: "", Email: "x@clinic.example", Roles: at(sun, staff.Staff)},
		{Name: "X", Email: "", Roles: at(sun, staff.Staff)},
		{Name: "X", Email: "X <x@clinic.example>", Roles: at(sun, staff.Staff)},
		{Name: "X", Email: "x@clinic.example"},
		{Name: "X", Email: "x@clinic.example", Roles: at(sun, "owner")},
	} {
		_, _, err := r.Invite(t.Context(), admin, bad)
		var input *staff.InputError
		if !errors.As(err, &input) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestResettingFactorsRemovesThemAllAndSignsOut(t *testing.T) {
	r := stafftest.New(t)
	ana := r.Person(t, at(sun, staff.Staff))
	session, _ := r.SignIn(t, ana)
	token, err := r.ResetFactors(t.Context(), r.Admin(t).Person, ana.ID)
	must(t, err)
	_, _, err = r.Get(t.Context(), session, true)
	is(t, err, staff.ErrExpired)
	is(t, signIn(t, r, ana, ana.Password, r.Code(t, ana)), staff.ErrSignIn)
	_, err = r.Recover(t.Context(), ana.Email, ana.Password, ana.Recovery[0], stafftest.Address)
	is(t, err, staff.ErrSignIn)
	again := r.SetUp(t, token, staff.Self{Name: "Other", Email: "other@clinic.example"})
	if again.ID != ana.ID || again.Name != ana.Name || again.Email != ana.Email || len(again.Recovery) != 10 {
		t.Errorf("person is %+v", again.Person)
	}
	r.SignIn(t, again)
}

func TestAPersonsProfileIsKept(t *testing.T) {
	r := stafftest.New(t)
	ana := r.Person(t, at(sun, staff.Staff))
	token, _ := r.SignIn(t, ana)
	_, err := r.SetProfile(t.Context(), ana.ID, "  Ana   María ", "es", "dark")
	must(t, err)
	_, p, err := r.Get(t.Context(), token, true)
	must(t, err)
	if p.Name != "Ana María" || p.Language != "es" || p.Theme != "dark" {
		t.Errorf("person is %+v", p)
	}
}

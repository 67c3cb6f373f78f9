package staff_test

import (
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

// invited returns a person who was invited and the token of their link.
func invited(t *testing.T, r *stafftest.Rig) (staff.Person, string) {
	t.Helper()
	p, token, err := r.Invite(t.Context(), r.Admin(t).Person, staff.NewPerson{Name: "In Vited", Email: "in@clinic.example", Roles: at(sun, staff.Staff)})
	must(t, err)
	return p, token
}

func TestASetUpLinkWorksOnceAlsoWhen100UseItAtOnce(t *testing.T) {
	r := stafftest.New(t)
	other, err := staff.New(r.Config)
	must(t, err)
	_, token := invited(t, r)
	app, err := r.BeginSetUpTOTP(t.Context(), token, "")
	must(t, err)
	code := r.Code(t, stafftest.Known{Secret: strings.ReplaceAll(app.Secret, " ", "")})
	var won atomic.Int32
	var wait sync.WaitGroup
	begin := make(chan struct{})
	for i := range 100 {
		service := []*staff.Service{r.Service, other}[i%2]
		wait.Go(func() {
			<-begin
			_, err := service.FinishSetUpPassword(t.Context(), token, app.Ticket, fmt.Sprintf("caballo pila grapa %d", i), code, staff.Self{})
			switch {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, staff.ErrLink):
				t.Error(err)
			}
		})
	}
	close(begin)
	wait.Wait()
	if won.Load() != 1 {
		t.Fatalf("%d of 100 used one link", won.Load())
	}
	_, err = r.OpenLink(t.Context(), token)
	is(t, err, staff.ErrLink)
}

func TestASetUpLinkEndsAfter24Hours(t *testing.T) {
	r := stafftest.New(t)
	_, token := invited(t, r)
	r.Clock.Add(staff.LinkFor - time.Millisecond)
	_, err := r.OpenLink(t.Context(), token)
	must(t, err)
	r.Clock.Add(time.Millisecond)
	_, err = r.OpenLink(t.Context(), token)
	is(t, err, staff.ErrLink)
}

func TestLookingAtALinkDoesNotUseItUpNorDoesAMistake(t *testing.T) {
	r := stafftest.New(t)
	p, token := invited(t, r)
	for range 10 {
		link, err := r.OpenLink(t.Context(), token)
		must(t, err)
		if link.Person.ID != p.ID || link.First {
			t.Fatalf("link is %+v", link)
		}
	}
	app, err := r.BeginSetUpTOTP(t.Context(), token, "")
	must(t, err)
	code := r.Code(t, stafftest.Known{Secret: strings.ReplaceAll(app.Secret, " ", "")})
	for problem, try := range map[string][2]string{
		"password short":  {"short", code},
		"password email":  {"in@clinic.example", code},
		"password common": {"password1234!", code},
		"code wrong":      {"caballo correcto pila", wrong(code)},
	} {
		_, err := r.FinishSetUpPassword(t.Context(), token, app.Ticket, try[0], try[1], staff.Self{})
		var input *staff.InputError
		if !errors.As(err, &input) || input.Field+" "+input.Problem != problem {
			t.Errorf("%s: %v", problem, err)
		}
	}
	again, err := r.ShowTOTP(t.Context(), app.Ticket)
	must(t, err)
	if again.Secret != app.Secret || string(again.PNG) != string(app.PNG) || again.SVG != app.SVG || app.SVG == "" {
		t.Error("the form shown again has another secret")
	}
	_, err = r.FinishSetUpPassword(t.Context(), token, app.Ticket, "caballo correcto pila", code, staff.Self{})
	must(t, err)
}

func TestATicketOfOneLinkIsRefusedWithAnother(t *testing.T) {
	r := stafftest.New(t)
	_, token := invited(t, r)
	_, another, err := r.Invite(t.Context(), r.Admin(t).Person, staff.NewPerson{Name: "Ot Her", Email: "other@clinic.example", Roles: at(sun, staff.Staff)})
	must(t, err)
	app, err := r.BeginSetUpTOTP(t.Context(), another, "")
	must(t, err)
	code := r.Code(t, stafftest.Known{Secret: strings.ReplaceAll(app.Secret, " ", "")})
	_, err = r.FinishSetUpPassword(t.Context(), token, app.Ticket, "caballo correcto pila", code, staff.Self{})
	is(t, err, staff.ErrCeremony)
}

func TestALaterLinkEndsEarlierOnes(t *testing.T) {
	r := stafftest.New(t)
	p, first := invited(t, r)
	second, err := r.NewLink(t.Context(), r.Admin(t).Person, p.ID)
	must(t, err)
	_, err = r.OpenLink(t.Context(), first)
	is(t, err, staff.ErrLink)
	_, err = r.OpenLink(t.Context(), second)
	must(t, err)
	for _, token := range []string{"", "-", p.ID, p.ID + "-", p.ID + "-AAAA", "first-" + second, second + "A"} {
		_, err = r.OpenLink(t.Context(), token)
		is(t, err, staff.ErrLink)
	}
}

func TestALinkOfADisabledPersonIsVoid(t *testing.T) {
	r := stafftest.New(t)
	p, token := invited(t, r)
	_, err := r.Disable(t.Context(), r.Admin(t).Person, p.ID)
	must(t, err)
	_, err = r.OpenLink(t.Context(), token)
	is(t, err, staff.ErrLink)
	_, err = r.Enable(t.Context(), r.Admin(t).Person, p.ID)
	must(t, err)
	_, err = r.OpenLink(t.Context(), token)
	is(t, err, staff.ErrLink)
}

func TestALinkDoesNotReachWhatItsMakerMayNot(t *testing.T) {
	r := stafftest.New(t)
	local := r.Person(t, at(sun, staff.Admin))
	p, token, err := r.Invite(t.Context(), local.Person, staff.NewPerson{Name: "In Vited", Email: "in@clinic.example", Roles: at(sun, staff.Reader)})
	must(t, err)
	_, err = r.SetRole(t.Context(), local.Person, p.ID, sun, staff.Staff) // by the same admin: stays
	must(t, err)
	_, err = r.OpenLink(t.Context(), token)
	must(t, err)
	_, err = r.SetRole(t.Context(), r.Admin(t).Person, p.ID, sunset, staff.Staff)
	must(t, err)
	_, err = r.OpenLink(t.Context(), token)
	is(t, err, staff.ErrLink)
}

func TestOneOfManyConsolesThatStartTogetherPrintsTheFirstLink(t *testing.T) {
	r := stafftest.New(t)
	var mu sync.Mutex
	var tokens []string
	var wait sync.WaitGroup
	for range 20 {
		console, err := staff.New(r.Config)
		must(t, err)
		wait.Go(func() {
			token, err := console.FirstLink(t.Context(), false)
			if err != nil {
				t.Error(err)
			}
			if token != "" {
				mu.Lock()
				defer mu.Unlock()
				tokens = append(tokens, token)
			}
		})
	}
	wait.Wait()
	if len(tokens) != 1 {
		t.Fatalf("%d links were made", len(tokens))
	}
	link, err := r.OpenLink(t.Context(), tokens[0])
	must(t, err)
	if !link.First || link.Person.Roles[staff.Everywhere] != staff.Admin {
		t.Errorf("link is %+v", link)
	}
	if people, err := r.People(t.Context()); err != nil || len(people) != 0 {
		t.Errorf("people are %v, %v", people, err)
	}
}

func TestAFirstLinkThatExpiredOrWasLostIsMadeAnewUntilThereIsAPerson(t *testing.T) {
	r := stafftest.New(t)
	first, err := r.FirstLink(t.Context(), false)
	must(t, err)
	r.Clock.Add(staff.LinkFor)
	second, err := r.FirstLink(t.Context(), false)
	must(t, err)
	third, err := r.FirstLink(t.Context(), true)
	must(t, err)
	for _, token := range []string{first, second} {
		_, err = r.OpenLink(t.Context(), token)
		is(t, err, staff.ErrLink)
	}
	r.SetUp(t, third, staff.Self{Name: "Ada", Email: "ada@clinic.example", Language: "es"})
	for _, renew := range []bool{true, false} {
		token, err := r.FirstLink(t.Context(), renew)
		must(t, err)
		if token != "" {
			t.Error("a first link was made beside a person")
		}
	}
	people, err := r.People(t.Context())
	must(t, err)
	if len(people) != 1 || people[0].Name != "Ada" || people[0].Language != "es" || !people[0].Can("any", staff.Admin) {
		t.Errorf("people are %+v", people)
	}
}

func TestTheFirstLinkWorksOnceAlsoWithDifferentAddresses(t *testing.T) {
	r := stafftest.New(t)
	token, err := r.FirstLink(t.Context(), false)
	must(t, err)
	app, err := r.BeginSetUpTOTP(t.Context(), token, "")
	must(t, err)
	code := r.Code(t, stafftest.Known{Secret: strings.ReplaceAll(app.Secret, " ", "")})
	var won atomic.Int32
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			_, err := r.FinishSetUpPassword(t.Context(), token, app.Ticket, "caballo correcto pila", code, staff.Self{Name: "Ada", Email: fmt.Sprintf("ada%d@clinic.example", i)})
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, staff.ErrLink) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of 20 used the first link", won.Load())
	}
	// Addresses of those who came late are free again, and sign nobody in.
	people, err := r.People(t.Context())
	must(t, err)
	r.Clock.Add(2 * time.Minute)
	for i := range 20 {
		email := fmt.Sprintf("ada%d@clinic.example", i)
		_, _, err := r.Invite(t.Context(), people[0], staff.NewPerson{Name: "Next", Email: email, Roles: at(sun, staff.Reader)})
		if email == people[0].Email {
			is(t, err, staff.ErrExists)
		} else {
			must(t, err)
		}
	}
}

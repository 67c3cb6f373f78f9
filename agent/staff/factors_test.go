package staff_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"strings"
	"testing"
	"time"

	"recado/agent/inbox"
	"recado/agent/staff"
	"recado/agent/staff/stafftest"
)

func TestFactorsChangeOnlyWithAFreshSecondFactor(t *testing.T) {
	r := stafftest.New(t)
	ana := r.Person(t, at(sun, staff.Staff))
	token, _ := r.SignIn(t, ana)
	r.Clock.Add(staff.StepUpFor)
	changes := map[string]func() error{
		"begin TOTP":      func() error { _, err := r.BeginTOTP(t.Context(), token); return err },
		"set password":    func() error { return r.SetPassword(t.Context(), token, "", "", "") },
		"remove password": func() error { return r.RemovePassword(t.Context(), token) },
		"remove passkey":  func() error { return r.RemovePasskey(t.Context(), token, "") },
		"rename passkey":  func() error { return r.RenamePasskey(t.Context(), token, "", "x") },
		"recovery":        func() error { _, err := r.NewRecovery(t.Context(), token); return err },
		"glass":           func() error { _, err := r.BreakGlass(t.Context(), token, sunset, "nobody is there"); return err },
	}
	for name, change := range changes {
		if err := change(); !errors.Is(err, staff.ErrStepUp) {
			t.Errorf("%s: %v", name, err)
		}
	}
	session, err := r.StepUp(t.Context(), token, r.Code(t, ana), stafftest.Address)
	must(t, err)
	if !session.Fresh(r.Clock.Now()) {
		t.Error("a step up does not count")
	}
	for name, change := range changes {
		if err := change(); errors.Is(err, staff.ErrStepUp) {
			t.Errorf("%s after a step up: %v", name, err)
		}
	}
}

func TestGuessingTheStepUpIsSlowedDown(t *testing.T) {
	r := stafftest.New(t)
	ana := r.Person(t, at(sun, staff.Staff))
	token, _ := r.SignIn(t, ana)
	var slow *staff.SlowDownError
	for range 6 {
		if _, err := r.StepUp(t.Context(), token, wrong(r.Code(t, ana)), stafftest.Address); errors.As(err, &slow) {
			return
		}
	}
	t.Error("six wrong codes were not slowed down")
}

func TestTheLastFactorStays(t *testing.T) {
	r := stafftest.New(t)
	ana := r.Person(t, at(sun, staff.Staff))
	token, _ := r.SignIn(t, ana)
	is(t, r.RemovePassword(t.Context(), token), staff.ErrLastFactor)
	f, err := r.Factors(t.Context(), ana.ID)
	must(t, err)
	if !f.Password {
		t.Error("the last factor is gone")
	}
}

func TestANewPasswordEndsOtherSessions(t *testing.T) {
	r := stafftest.New(t)
	ana := r.Person(t, at(sun, staff.Staff))
	other, _ := r.SignIn(t, ana)
	token, _ := r.SignIn(t, ana)
	app, err := r.BeginTOTP(t.Context(), token)
	must(t, err)
	changed := stafftest.Known{Person: ana.Person, Password: "otra frase bien larga", Secret: strings.ReplaceAll(app.Secret, " ", "")}
	is(t, r.SetPassword(t.Context(), other, app.Ticket, changed.Password, r.Code(t, changed)), staff.ErrCeremony)
	must(t, r.SetPassword(t.Context(), token, app.Ticket, changed.Password, r.Code(t, changed)))
	_, _, err = r.Get(t.Context(), token, true)
	must(t, err)
	_, _, err = r.Get(t.Context(), other, true)
	is(t, err, staff.ErrExpired)
	is(t, signIn(t, r, changed, changed.Password, r.Code(t, changed)), staff.ErrSignIn) // the first code is used up
	r.Clock.Add(30 * time.Second)
	is(t, signIn(t, r, ana, ana.Password, r.Code(t, ana)), staff.ErrSignIn)
	must(t, signIn(t, r, changed, changed.Password, r.Code(t, changed)))
}

func TestNewRecoveryCodesEndTheOldOnes(t *testing.T) {
	r := stafftest.New(t)
	ana := r.Person(t, at(sun, staff.Staff))
	token, _ := r.SignIn(t, ana)
	codes, err := r.NewRecovery(t.Context(), token)
	must(t, err)
	_, err = r.Recover(t.Context(), ana.Email, ana.Password, ana.Recovery[0], stafftest.Address)
	is(t, err, staff.ErrSignIn)
	_, err = r.Recover(t.Context(), ana.Email, ana.Password, codes[0], stafftest.Address)
	must(t, err)
}

func TestBrokenGlassGivesStaffsAccessForHalfAnHourAfterItWasNoted(t *testing.T) {
	both(t, func(t *testing.T, r *stafftest.Rig) {
		ana := r.Person(t, at(sun, staff.Staff))
		token, _ := r.SignIn(t, ana)
		r.Refuse(errors.New("audit is down"))
		_, err := r.BreakGlass(t.Context(), token, sunset, "patient called, nobody is there")
		is(t, err, staff.ErrUnavailable)
		session, p, err := r.Get(t.Context(), token, true)
		must(t, err)
		if session.Glass != nil || session.Can(p, sunset, staff.Reader) {
			t.Fatal("glass that could not be noted gives access")
		}
		r.Refuse(nil)
		_, err = r.BreakGlass(t.Context(), token, sunset, "patient called, nobody is there")
		must(t, err)
		if broken := r.Broken(); len(broken) != 1 || broken[0].Clinic != sunset || broken[0].Reason != "patient called, nobody is there" {
			t.Errorf("noted was %+v", broken)
		}
		session, p, err = r.Get(t.Context(), token, true)
		must(t, err)
		if !session.Can(p, sunset, staff.Staff) || !session.ByGlass(p, sunset, staff.Staff) || session.Can(p, sunset, staff.Admin) || session.Can(p, "third", staff.Reader) {
			t.Error("broken glass gives other access than staff's to its clinic")
		}
		if session.ByGlass(p, sun, staff.Staff) || p.Can(sunset, staff.Reader) {
			t.Error("glass is taken for a role")
		}
		for range 3 {
			r.Clock.Add(10*time.Minute - time.Millisecond)
			_, _, err = r.Get(t.Context(), token, true)
			must(t, err)
		}
		session, p, err = r.Get(t.Context(), token, true)
		must(t, err)
		if !session.Can(p, sunset, staff.Staff) {
			t.Error("glass ended early")
		}
		r.Clock.Add(3 * time.Millisecond)
		session, p, err = r.Get(t.Context(), token, true)
		must(t, err)
		if session.Glass != nil || session.Can(p, sunset, staff.Reader) {
			t.Error("glass is broken for longer than half an hour")
		}
	})
}

func TestGlassIsNotBrokenWithoutReasonOrNeed(t *testing.T) {
	r := stafftest.New(t)
	ana := r.Person(t, map[string]staff.Role{sun: staff.Staff, sunset: staff.Reader})
	token, _ := r.SignIn(t, ana)
	for _, reason := range []string{"", "   short  ", strings.Repeat("x", 501)} {
		_, err := r.BreakGlass(t.Context(), token, sunset, reason)
		var input *staff.InputError
		if !errors.As(err, &input) {
			t.Errorf("reason of %d: %v", len(reason), err)
		}
	}
	for _, clinic := range []string{sun, "", staff.Everywhere, inbox.NoClinic} {
		_, err := r.BreakGlass(t.Context(), token, clinic, "patient called, nobody is there")
		is(t, err, staff.ErrNotAllowed)
	}
	_, err := r.BreakGlass(t.Context(), token, sunset, "patient called, nobody is there") // a reader gets staff's
	must(t, err)
	session, err := r.MendGlass(t.Context(), token)
	must(t, err)
	if session.Glass != nil {
		t.Error("mended glass is broken")
	}
	closed, err := staff.New(func() staff.Config { c := r.Config; c.OnBreakGlass = nil; return c }())
	must(t, err)
	_, err = closed.BreakGlass(t.Context(), token, sunset, "patient called, nobody is there")
	is(t, err, staff.ErrOff)
}

func TestPasswordsThatEverybodyTriesFirstAreRefused(t *testing.T) {
	for password, want := range map[string]string{
		"elevenchars": "short", "ñandúñandú1": "short", strings.Repeat("ab c9", 60): "long",
		"password1234": "common", "Password2026!": "common", "qwertyuiop123": "common", "passwordpassword": "common",
		"aaaaaaaaaaaa": "common", "123456789012": "common", "098765432109": "common", "abcdefghijklm": "common", "121212121212": "common",
		"contraseña2026": "common", "1234password5678": "common", "correcthorsebatterystaple": "common",
		"ana.nombre@clinic.example": "email", "ANA.NOMBRE@clinic.example": "email", "ana.nombre@clinic.example1": "email", "ana.nombre2026": "email",
		"María Dolores": "name", "mariadolores": "", "maría-dolores9": "name",
		"caballo correcto pila": "", "trombón azul 7 veces": "", "Xk3!vQ9z#Lw2": "",
	} {
		err := staff.CheckPassword(password, "ana.nombre@clinic.example", "María Dolores")
		var input *staff.InputError
		got := ""
		if errors.As(err, &input) {
			got = input.Problem
		}
		if got != want {
			t.Errorf("%q: %q, not %q", password, got, want)
		}
	}
}

func TestTheQRCodeIsAPictureAndADrawingOfTheSame(t *testing.T) {
	r := stafftest.New(t)
	_, token := invited(t, r)
	app, err := r.BeginSetUpTOTP(t.Context(), token, "")
	must(t, err)
	img, err := png.Decode(bytes.NewReader(app.PNG))
	must(t, err)
	var svg struct {
		ViewBox string `xml:"viewBox,attr"`
		Style   string `xml:"style,attr"`
		Path    []struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	must(t, xml.Unmarshal([]byte(app.SVG), &svg))
	if len(svg.Path) != 2 || svg.Style != "" {
		t.Fatalf("drawing is %q", app.SVG)
	}
	var modules int
	_, err = fmt.Sscanf(svg.ViewBox, "0 0 %d", &modules)
	must(t, err)
	if (modules-8-17)%4 != 0 { // QR codes have 17 + 4 n modules
		t.Errorf("%d modules with the border", modules)
	}
	dark := map[[2]int]bool{}
	for _, run := range strings.Split(strings.TrimSuffix(svg.Path[1].D, "z"), "z") {
		var x, y, w, back int
		_, err := fmt.Sscanf(run, "M%d %dh%dv1h-%d", &x, &y, &w, &back)
		must(t, err)
		for i := range w {
			dark[[2]int{x + i, y}] = true
		}
	}
	// The picture's pixels say the same at the middle of each module.
	b := img.Bounds()
	scale := b.Dx() / (modules - 8)
	offset := (b.Dx() - scale*(modules-8)) / 2
	for y := range modules - 8 {
		for x := range modules - 8 {
			v, _, _, _ := img.At(offset+x*scale+scale/2, offset+y*scale+scale/2).RGBA()
			if (v < 0x8000) != dark[[2]int{x + 4, y + 4}] {
				t.Fatalf("module %d, %d differs", x, y)
			}
		}
	}
}

package booking_test

import (
	"strings"
	"testing"
	"time"

	"recado/agent/schedule"
)

func TestOnlyOutrightWordsConfirmOrGiveUpAVisit(t *testing.T) {
	const asks, expected = "What would you like to do|Qué desea hacer", "We expect you|Le esperamos"
	for _, test := range []struct{ words, want string }{
		{"no sé si pueda ir a mi cita", asks},
		{"I'm not sure I can make it to my appointment", asks},
		{"I might not make it to my appointment", asks},
		{"confirmo mi cita", expected},
		{"I confirm my appointment", expected},
	} {
		k := offered(t)
		k.say("2")
		k.now = k.now.Add(5 * 24 * time.Hour)
		d := k.say(test.words)
		if !oneOf(d.Text(), test.want) || confirmed(k) != (test.want == expected) {
			t.Errorf("%q is %s by %s: %s", test.words, d.Disposition, d.Rule, d.Text())
		}
	}
	for _, test := range []struct {
		words, want string
		left        int
	}{
		{"si, confirmo", expected, 1},
		{"yes I confirm my visit", expected, 1},
		{"sí está bien", asks, 1},
		{"yes", asks, 1},
		{"ok", asks, 1},
		{"should I cancel?", asks, 1},
		{"cancel it", "Thank you for telling us", 0},
		{"1", "Thank you for telling us", 0},
		{"keep it", "still|sigue|stays", 1},
	} {
		k := offered(t)
		k.say("2")
		k.say("I can't come")
		d := k.say(test.words)
		if !oneOf(d.Text(), test.want) || len(k.bookings()) != test.left {
			t.Errorf("%q leaves %d, and is %s by %s: %s", test.words, len(k.bookings()), d.Disposition, d.Rule, d.Text())
		}
	}
}

func oneOf(text, wants string) bool {
	for _, want := range strings.Split(wants, "|") {
		if strings.Contains(text, want) {
			return true
		}
	}
	return false
}

func confirmed(k *talk) bool {
	all := k.bookings()
	return len(all) == 1 && all[0].State == schedule.Confirmed
}

func TestNoIsNoFirstVisitUnlessItSaysSo(t *testing.T) {
	for words, want := range map[string]string{
		"no, nunca he ido": "new", "no, never been there": "new", "nope, brand new": "new", "no, es nuestra primera vez": "new", "no nunca he ido": "new", "yes": "new", "sí, primera vez": "new",
		"no": "returning", "nope, been there before": "returning", "no, ya soy paciente": "returning", "no es la primera vez": "returning", "ya he ido": "returning",
		"no es nuestra primera vez": "",
	} {
		k := newTalk(t, bookable(), wednesday(t))
		k.say("I need an appointment on Tuesday")
		k.say(words)
		if d := k.session.Booking; d == nil || string(d.Patient) != want {
			t.Errorf("%q: %+v, want %q", words, d, want)
		}
	}
}

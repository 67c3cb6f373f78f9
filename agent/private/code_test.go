package private

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"recado/agent"
)

func TestThreeWrongCodesLockThePageForAnHour(t *testing.T) {
	r := newRoom(t)
	token := r.hand(t, agent.SMS, 1, 1)
	p := r.phone(t)
	p.open(token)
	wrong, right := r.wrong(t, 1), r.lastCode(t, 1)
	for _, slip := range []string{"", "12345", "1234567", "abcdef", "１２３４５６"} {
		if a := p.code(slip); a.Error != "code_form" {
			t.Errorf("%q is answered %d %s", slip, a.code, a.body)
		}
	}
	for left := 2; left >= 1; left-- {
		if a := p.code(wrong); a.code != http.StatusForbidden || a.Error != "code_wrong" || a.Left != left {
			t.Fatalf("wrong with %d left: %d %s", left, a.code, a.body)
		}
	}
	if a := p.code(wrong); a.code != http.StatusLocked || a.Wait != 3600 {
		t.Fatalf("wrong again: %d %s", a.code, a.body)
	}
	locked := func(when string) {
		t.Helper()
		other := r.phone(t)
		for what, a := range map[string]answer{"code": p.code(right), "new code": p.another(), "open": other.open(token), "reload": p.open("")} {
			if a.Error != "locked" || a.Wait <= 0 || a.Step == StepThread {
				t.Errorf("%s, %s: %d %s", when, what, a.code, a.body)
			}
		}
	}
	locked("at once")
	r.clock.add(time.Hour - time.Second)
	locked("after 59 minutes and 59 seconds")
	r.clock.add(time.Second)
	if a := p.code(right); a.Error != "code_old" {
		t.Errorf("the old code after the lock: %d %s", a.code, a.body)
	}
	if a := p.another(); a.code != http.StatusOK || a.Step != StepCode {
		t.Fatalf("a new code after the lock: %d %s", a.code, a.body)
	}
	if a := p.code(r.lastCode(t, 1)); a.Step != StepThread {
		t.Errorf("the new code after the lock: %d %s", a.code, a.body)
	}
	want := "private_code_sent private_code_failed private_code_failed private_locked private_code_sent private_opened"
	if got := r.audit.kinds(); got != want {
		t.Errorf("the audit has %q", got)
	}
}

func TestNewCodesForgiveNoWrongOnes(t *testing.T) {
	r := newRoom(t)
	p := r.phone(t)
	p.open(r.hand(t, agent.SMS, 1, 1))
	for n := range 3 {
		a := p.code(r.wrong(t, 1))
		if locked := a.Error == "locked"; locked != (n == 2) {
			t.Fatalf("wrong code %d: %d %s", n+1, a.code, a.body)
		}
		r.clock.add(time.Minute)
		p.another()
	}
}

func TestManyTriesAtOnceAreTriedOneAfterTheOther(t *testing.T) {
	r := newRoom(t)
	p := r.phone(t)
	p.open(r.hand(t, agent.SMS, 1, 1))
	wrong := r.wrong(t, 1)
	var tried atomic.Int32
	var racing sync.WaitGroup
	for range 60 {
		racing.Go(func() {
			switch a := p.code(wrong); a.Error {
			case "code_wrong":
				tried.Add(1)
			case "locked", "unavailable":
			default:
				t.Errorf("answered %d %s", a.code, a.body)
			}
		})
	}
	racing.Wait()
	if tried.Load() != 2 {
		t.Errorf("%d wrong codes were forgiven", tried.Load())
	}
}

func TestATryThatWasOvertakenIsCountedAsWell(t *testing.T) {
	r := newRoom(t)
	e, err := r.handler.enter(t.Context(), r.hand(t, agent.SMS, 1, 1))
	must(t, err)
	for round := range 2 { // of a door that is new, and of one that is there
		tries := 0
		d, err := r.handler.change(t.Context(), e, func(d door, now time.Time) (door, error) {
			if tries++; tries == 1 {
				_, err := r.handler.change(t.Context(), e, func(d door, now time.Time) (door, error) { d.Wrong++; return d, nil })
				must(t, err)
			}
			d.Wrong++
			return d, nil
		})
		must(t, err)
		if want := 2 * (round + 1); tries != 2 || d.Wrong != want {
			t.Errorf("round %d: %d tries, %d counted, want %d", round, tries, d.Wrong, want)
		}
	}
}

func TestALinkGoesOnWithAnotherCode(t *testing.T) {
	r := newRoom(t)
	token := r.hand(t, agent.WhatsApp, 1, 1)
	p := r.phone(t)
	p.open(token)

	// She taps the link again to get back from her messages.
	if a := p.open(token); a.code != http.StatusConflict || a.Step != StepCode || a.Lasts != 600 || len(r.codes(t, 1)) != 1 {
		t.Errorf("a second tap: %d %s", a.code, a.body)
	}
	// Her phone forgot the page meanwhile.
	if a := p.open(""); a.Step != StepCode || len(r.codes(t, 1)) != 1 {
		t.Errorf("a reload: %d %s", a.code, a.body)
	}
	// At once there is no other code; a little later there is.
	if a := p.another(); a.Error != "later" || a.Wait != 30 {
		t.Errorf("another code at once: %d %s", a.code, a.body)
	}
	r.clock.add(31 * time.Second)
	if a := p.another(); a.Step != StepCode || len(r.codes(t, 1)) != 2 {
		t.Errorf("another code: %d %s", a.code, a.body)
	}
	// The first one arrives after the second.
	if a := p.code(r.codes(t, 1)[0]); a.Step != StepThread {
		t.Errorf("the first of two codes: %d %s", a.code, a.body)
	}
	// Inside, the link leads back in, and sends nothing.
	if a := p.open(token); a.code != http.StatusOK || a.Step != StepThread || len(r.codes(t, 1)) != 2 {
		t.Errorf("the link inside: %d %s", a.code, a.body)
	}

	// On another phone it asks for a code and shows nothing.
	tablet := r.phone(t)
	if a := tablet.open(token); a.code != http.StatusConflict || a.Step != StepAgain || tablet.thread().code != http.StatusUnauthorized {
		t.Errorf("another phone: %d %s", a.code, a.body)
	}
	r.clock.add(time.Minute)
	if a := tablet.another(); a.Step != StepCode {
		t.Errorf("a code for another phone: %d %s", a.code, a.body)
	}
	// That code waits too long.
	r.clock.add(10 * time.Minute)
	if a := tablet.code(r.lastCode(t, 1)); a.Error != "code_old" {
		t.Errorf("a code after ten minutes: %d %s", a.code, a.body)
	}
	if a := tablet.open(""); a.Step != StepAgain {
		t.Errorf("then the page: %d %s", a.code, a.body)
	}
	tablet.another()
	if a := tablet.code(r.lastCode(t, 1)); a.Step != StepThread {
		t.Errorf("a fresh code: %d %s", a.code, a.body)
	}
}

func TestCodesAreSentAFewTimesAnHour(t *testing.T) {
	r := newRoom(t)
	p := r.phone(t)
	p.open(r.hand(t, agent.SMS, 1, 1))
	for range 4 {
		r.clock.add(time.Minute)
		if a := p.another(); a.code != http.StatusOK {
			t.Fatalf("answered %d %s", a.code, a.body)
		}
	}
	r.clock.add(time.Minute)
	if a := p.another(); a.Error != "later" || a.Wait != 55*60 || len(r.codes(t, 1)) != 5 {
		t.Errorf("the sixth in an hour: %d %s", a.code, a.body)
	}
	// A later link of the same conversation is no way around it.
	if a := p.open(r.hand(t, agent.SMS, 1, 2)); a.Step != StepCode || len(r.codes(t, 1)) != 5 {
		t.Errorf("with another link: %d %s", a.code, a.body)
	}
	r.clock.add(55 * time.Minute)
	if a := p.another(); a.code != http.StatusOK {
		t.Errorf("an hour later: %d %s", a.code, a.body)
	}
}

package dispatch

import (
	"fmt"
	"testing"
	"time"

	"recado/agent/channel"
)

func takes(d time.Duration) channel.Pace { return channel.Pace{Number: channel.Limit{Takes: d}} }

func TestANumberSendsAtItsPaceInTheOrderOfArrivalAndEmergenciesDoNotWait(t *testing.T) {
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	p := newPace(func() time.Time { return now })
	if wait := p.enter("a", conversation(1), "r0", takes(time.Second), false); wait != 0 {
		t.Fatalf("the first waits %s", wait)
	}
	if wait := p.enter("b", conversation(1), "other", takes(time.Second), false); wait != 0 {
		t.Errorf("another number waits %s", wait)
	}
	for i := range 3 {
		if wait, want := p.enter("a", conversation(1), fmt.Sprint("r", i+1), takes(2*time.Second), false), time.Second+time.Duration(i)*2*time.Second; wait != want {
			t.Errorf("reply %d waits %s, want %s", i+1, wait, want)
		}
	}
	if wait := p.enter("a", conversation(1), "911", takes(3*time.Second), true); wait != 0 {
		t.Errorf("an emergency waits %s", wait)
	}
	now = now.Add(time.Second)
	if wait := p.enter("a", conversation(1), "r1", takes(2*time.Second), false); wait != 3*time.Second {
		t.Errorf("what the emergency overtook waits %s, want 3s", wait)
	}
	now = now.Add(3 * time.Second)
	if wait := p.enter("a", conversation(1), "r1", takes(2*time.Second), false); wait != 0 {
		t.Errorf("the first in the queue waits %s", wait)
	}
	if wait := p.enter("a", conversation(1), "r2", takes(2*time.Second), false); wait != 2*time.Second {
		t.Errorf("the second in the queue waits %s, want 2s", wait)
	}
}

func TestATurnThatNobodyComesForDelaysNobody(t *testing.T) {
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	p := newPace(func() time.Time { return now })
	p.enter("a", conversation(1), "r0", takes(time.Second), false)
	p.enter("a", conversation(1), "withheld", takes(time.Second), false)
	if wait := p.enter("a", conversation(1), "r2", takes(time.Second), false); wait != 2*time.Second {
		t.Fatalf("the third waits %s, want 2s: a reply overtook the one before it", wait)
	}
	now = now.Add(2 * time.Second)
	if wait := p.enter("a", conversation(1), "r2", takes(time.Second), false); wait != 0 {
		t.Errorf("it waits %s for a reply that nobody sends", wait)
	}
	now = now.Add(time.Hour)
	p.enter("a", conversation(1), "r3", takes(time.Second), false)
	if n := len(p.numbers["a"].turns); n != 0 {
		t.Errorf("%d turns that nobody came for are kept", n)
	}
}

func TestLateComersTogetherKeepTheLimit(t *testing.T) {
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	p := newPace(func() time.Time { return now })
	for i := range 5 {
		p.enter("a", conversation(1), fmt.Sprint("r", i), takes(time.Second), false)
	}
	now = now.Add(30 * time.Second)
	sent := 0
	for i := 1; i < 5; i++ {
		if p.enter("a", conversation(1), fmt.Sprint("r", i), takes(time.Second), false) == 0 {
			sent++
		}
	}
	if sent != 1 {
		t.Errorf("%d of four that came late went out at once, want 1", sent)
	}
}

// meta is what one WhatsApp message costs.
var meta = channel.Pace{
	Number:  channel.Limit{Takes: time.Second / 72, Burst: 8},
	Patient: channel.Limit{Takes: 6 * time.Second, Burst: 45},
}

func TestOnePatientsMessagesWaitForThatPatientsLimitAlone(t *testing.T) {
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	p := newPace(func() time.Time { return now })
	for i := range 45 {
		for wait := p.enter("a", conversation(1), fmt.Sprint("r", i), meta, false); wait > 0; wait = p.enter("a", conversation(1), fmt.Sprint("r", i), meta, false) {
			now = now.Add(wait)
		}
	}
	began := now
	if wait := p.enter("a", conversation(1), "r45", meta, false); wait < 4*time.Second || wait > 6*time.Second {
		t.Errorf("after 45 at once the next waits %s, want about 6 s", wait)
	}
	if wait := p.enter("a", conversation(2), "other", meta, false); wait > time.Second/72 {
		t.Errorf("another patient waits %s for the first", wait)
	}
	if wait := p.enter("a", conversation(1), "911", meta, true); wait != 0 {
		t.Errorf("an emergency waits %s", wait)
	}
	if wait := p.enter("a", conversation(1), "r45", meta, false); wait < 10*time.Second {
		t.Errorf("what the emergency overtook waits %s, want 6 s more", wait)
	}
	now = began.Add(46 * 6 * time.Second) // all is paid for
	for i := range 45 {
		if wait := p.enter("b", conversation(1), fmt.Sprint("later", i), channel.Pace{Patient: meta.Patient}, false); wait != 0 {
			t.Fatalf("reply %d of the next burst waits %s", i, wait)
		}
	}
}

// In no second more goes out than the channel takes, however many want to.
func TestANumberSendsNoMoreThanItsLimit(t *testing.T) {
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	p := newPace(func() time.Time { return now })
	waiting := map[string]bool{}
	for i := range 200 {
		waiting[fmt.Sprint("r", i)] = true
	}
	var sent []time.Time
	for began := now; len(waiting) > 0; now = now.Add(7 * time.Millisecond) {
		if now.Sub(began) > 10*time.Second {
			t.Fatalf("%d wait after 10 s", len(waiting))
		}
		for i := range 200 {
			id := fmt.Sprint("r", i)
			if waiting[id] && p.enter("a", conversation(i), id, meta, false) == 0 {
				delete(waiting, id)
				sent = append(sent, now)
			}
		}
	}
	for i, at := range sent {
		if i >= 80 && at.Sub(sent[i-80]) < time.Second {
			t.Fatalf("81 messages within %s", at.Sub(sent[i-80]))
		}
	}
	if took := sent[len(sent)-1].Sub(sent[0]); took > 3*time.Second {
		t.Errorf("200 messages took %s, at 80 a second", took)
	}
}

func TestARefusalHoldsBackWhatItIsAbout(t *testing.T) {
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	p := newPace(func() time.Time { return now })
	p.holdPatient(conversation(1), 6*time.Second)
	if wait := p.enter("a", conversation(1), "r1", meta, false); wait != 6*time.Second {
		t.Errorf("the patient's next waits %s, want 6s", wait)
	}
	if wait := p.enter("a", conversation(2), "r2", meta, false); wait != 0 {
		t.Errorf("another patient's waits %s", wait)
	}
	p.holdNumber("a", 4*time.Second)
	if wait := p.enter("a", conversation(3), "r3", meta, false); wait != 4*time.Second {
		t.Errorf("the number's next waits %s, want 4s", wait)
	}
	if wait := p.enter("b", conversation(3), "r4", meta, false); wait != 0 {
		t.Errorf("another number's waits %s", wait)
	}
	if wait := p.enter("a", conversation(1), "911", meta, true); wait != 0 {
		t.Errorf("an emergency waits %s", wait)
	}
	now = now.Add(4 * time.Second)
	if wait := p.enter("a", conversation(3), "r3", meta, false); wait != 0 {
		t.Errorf("when the number may go on it waits %s", wait)
	}
}

func TestPatientsWhoseLimitIsFreeAreForgotten(t *testing.T) {
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	p := newPace(func() time.Time { return now })
	for i := range 1000 {
		p.enter("a", conversation(i), fmt.Sprint(i), channel.Pace{Patient: meta.Patient}, false)
	}
	now = now.Add(2 * sweepEvery)
	p.enter("a", conversation(1), "last", meta, false)
	if n := len(p.patients); n != 1 {
		t.Errorf("%d patients are remembered", n)
	}
}

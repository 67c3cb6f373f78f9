package dispatch

import (
	"fmt"
	"testing"
	"time"
)

func TestANumberSendsAtItsPaceInTheOrderOfArrivalAndEmergenciesDoNotWait(t *testing.T) {
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	p := newPace(func() time.Time { return now })
	if wait := p.enter("a", "r0", time.Second, false); wait != 0 {
		t.Fatalf("the first waits %s", wait)
	}
	if wait := p.enter("b", "other", time.Second, false); wait != 0 {
		t.Errorf("another number waits %s", wait)
	}
	for i := range 3 {
		if wait, want := p.enter("a", fmt.Sprint("r", i+1), 2*time.Second, false), time.Second+time.Duration(i)*2*time.Second; wait != want {
			t.Errorf("reply %d waits %s, want %s", i+1, wait, want)
		}
	}
	if wait := p.enter("a", "911", 3*time.Second, true); wait != 0 {
		t.Errorf("an emergency waits %s", wait)
	}
	now = now.Add(time.Second)
	if wait := p.enter("a", "r1", 2*time.Second, false); wait != 3*time.Second {
		t.Errorf("what the emergency overtook waits %s, want 3s", wait)
	}
	now = now.Add(3 * time.Second)
	if wait := p.enter("a", "r2", 2*time.Second, false); wait != 2*time.Second {
		t.Errorf("the second in the queue waits %s, want 2s", wait)
	}
	if wait := p.enter("a", "r1", 2*time.Second, false); wait != 0 {
		t.Errorf("the first in the queue waits %s", wait)
	}
}

func TestAPlaceThatNobodyComesForIsGivenUp(t *testing.T) {
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	p := newPace(func() time.Time { return now })
	p.enter("a", "r0", time.Second, false)
	p.enter("a", "withheld", time.Second, false)
	p.enter("a", "r2", time.Second, false)
	now = now.Add(2 * time.Second)
	if wait := p.enter("a", "r2", time.Second, false); wait <= 0 {
		t.Fatal("a reply overtook the one before it")
	}
	now = now.Add(forgetAfter)
	if wait := p.enter("a", "r2", time.Second, false); wait != 0 {
		t.Errorf("it waits %s for a reply that nobody sends", wait)
	}
}

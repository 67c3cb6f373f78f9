package llm

import (
	"fmt"
	"testing"
	"time"
)

var midnight = time.Date(2026, time.December, 3, 0, 0, 0, 0, time.UTC)

func TestAConversationHasItsCallsOfADayAndNoMore(t *testing.T) {
	t.Parallel()
	a := newAllowance(3, 10)
	now := midnight.Add(time.Hour)
	for range 3 {
		if !a.take(now, "one") {
			t.Fatal("a call that was left is refused")
		}
	}
	if a.take(now, "one") || !a.take(now, "other") {
		t.Error("one conversation's calls must end, and only its own")
	}
	a.giveBack(now, "one")
	if !a.take(now, "one") || a.take(now, "one") {
		t.Error("a call that was not made can be made once")
	}
	late := time.Date(2026, time.December, 3, 20, 0, 0, 0, time.FixedZone("CST", -6*3600)) // 2 in the morning, UTC
	if !a.take(late, "one") {
		t.Error("the next day (UTC) begins anew")
	}
	if len(a.made) != 1 || a.last.Len() != 1 {
		t.Errorf("%d conversations of the day before are still held", len(a.made))
	}
	a.giveBack(now, "other")
	if c := a.last.Front().Value.(*counted).calls; c != 1 {
		t.Errorf("a call of yesterday was taken off today's: %d", c)
	}
}

func TestAnAllowanceForgetsWhoAskedLongestAgo(t *testing.T) {
	t.Parallel()
	const most = 100
	a := newAllowance(1, most)
	now := midnight
	for i := range 10 * most {
		now = now.Add(time.Second)
		if !a.take(now, fmt.Sprint(i)) {
			t.Fatalf("conversation %d has no call", i)
		}
		if a.take(now, "0") {
			t.Fatal("one that keeps asking is forgotten, and so begins anew")
		}
		if len(a.made) > most || a.last.Len() != len(a.made) {
			t.Fatalf("%d conversations are held, at most %d", len(a.made), most)
		}
	}
	if !a.take(now, "1") {
		t.Error("one that was forgotten begins anew")
	}
	if a.take(now, fmt.Sprint(10*most-1)) {
		t.Error("the last one was forgotten before older ones")
	}
}

func TestNoLimitMeansNone(t *testing.T) {
	t.Parallel()
	a := newAllowance(-1, 1)
	b := newAllowance(1, 1)
	for range 50 {
		if !a.take(midnight, "x") || !b.take(midnight, "") {
			t.Fatal("refused")
		}
	}
	a.giveBack(midnight, "x")
}

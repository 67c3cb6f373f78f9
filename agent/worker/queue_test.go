package worker

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"recado/agent"
)

func queueOf(slots, backlog int) *queue {
	return newQueue(slots, backlog, newPace(time.Hour, 1000))
}

func at(clinic string, conversation int) agent.Conversation {
	return agent.Conversation{Clinic: clinic, Channel: agent.SMS, ID: fmt.Sprintf("%032d", conversation)}
}

// took takes everything off, one slot at a time.
func took(q *queue) (all []string) {
	for {
		l, d, _ := q.next()
		if l == nil {
			return all
		}
		all = append(all, fmt.Sprint(l.conversation.Clinic, d.seq))
		q.done(l, d, outcome{cursor: d.seq})
	}
}

func TestClinicsTakeTurns(t *testing.T) {
	q := queueOf(1, 100)
	for i := range 5 {
		q.add(&delivery{seq: uint64(i + 1)}, at("a", i))
	}
	q.add(&delivery{seq: 6}, at("b", 6))
	q.add(&delivery{seq: 7}, at("c", 7))
	if got, want := took(q), []string{"a1", "b6", "c7", "a2", "a3", "a4", "a5"}; !slices.Equal(got, want) {
		t.Errorf("worked on %v, want %v", got, want)
	}
}

func TestWhatComesBackKeepsItsPlace(t *testing.T) {
	q := queueOf(1, 100)
	q.add(&delivery{seq: 8}, at("a", 8))
	q.add(&delivery{seq: 3}, at("a", 3))
	if got, want := took(q), []string{"a3", "a8"}; !slices.Equal(got, want) {
		t.Errorf("worked on %v, want %v", got, want)
	}
}

func TestAFloodOfOneConversationIsOneDelivery(t *testing.T) {
	q := queueOf(1, 100)
	c := at("a", 1)
	q.add(&delivery{seq: 1}, c)
	l, first, _ := q.next()
	for seq := uint64(2); seq <= 50; seq++ {
		change := q.add(&delivery{seq: seq}, c)
		if seq > 2 && (len(change.covered) != 1 || change.covered[0].seq != seq-1) {
			t.Fatalf("%d: covered %v, want the one before", seq, change.covered)
		}
	}
	q.add(&delivery{seq: 51}, at("a", 2))
	if late := q.add(&delivery{seq: 20}, c); len(late.covered) != 1 || late.covered[0].seq != 20 {
		t.Error("an event that comes late is not covered by the newest")
	}
	if again := q.add(&delivery{seq: 50}, c); len(again.covered) != 0 || len(again.stale) != 1 {
		t.Error("the newest event is acknowledged because it was delivered twice")
	}
	settle, _ := q.done(l, first, outcome{cursor: 30, then: goOn}) // a turn took as much as it can
	if len(settle) != 0 {
		t.Errorf("settled %v with a turn that did not end it", settle)
	}
	if got, want := took(q), []string{"a51", "a50"}; !slices.Equal(got, want) {
		t.Errorf("worked on %v, want the others first: %v", got, want)
	}
	if len(q.lines) != 0 || q.waiting != 0 || q.busy != 0 {
		t.Errorf("left: %d lines, %d wait, %d slots", len(q.lines), q.waiting, q.busy)
	}
}

func TestTheClinicThatHasMostGivesBackItsYoungest(t *testing.T) {
	q := queueOf(1, 9) // and the slot: ten may wait
	for i := range 8 {
		q.add(&delivery{seq: uint64(i + 1)}, at("flood", i))
	}
	for i := range 2 {
		q.add(&delivery{seq: uint64(100 + i)}, at("other", i))
	}
	change := q.add(&delivery{seq: 102}, at("other", 2))
	if len(change.back) != 1 || change.back[0].seq != 8 {
		t.Fatalf("handed back %v, want the flood's youngest", change.back)
	}
	for i := range 1000 {
		q.pace.away(time.Second, "flood") // a thousand of it are away
		_ = i
	}
	for i := 3; i < 7; i++ {
		change = q.add(&delivery{seq: uint64(100 + i)}, at("other", i))
		if len(change.back) != 1 || change.back[0].seq >= 100 {
			t.Fatalf("%d: handed back %v, want what floods, though there is less of it here", i, change.back)
		}
	}
	for i := 7; i < 20; i++ {
		q.add(&delivery{seq: uint64(100 + i)}, at("other", i))
	}
	if left := len(q.shares["flood"].lines); left != 2 {
		t.Errorf("%d conversations of the flood are left, want 2: it has its turns as well", left)
	}
}

func TestATurnThatDoesNotEndHoldsNobodyUp(t *testing.T) {
	q := queueOf(2, 10)
	c := at("a", 1)
	q.add(&delivery{seq: 1}, c)
	stuck, first, _ := q.next()
	q.add(&delivery{seq: 2}, c)
	q.overdue(time.Now().Add(-time.Minute))
	if l, _, _ := q.next(); l != nil {
		t.Fatal("a turn that is not overdue lost its conversation")
	}
	q.overdue(time.Now().Add(time.Minute))
	if got := took(q); !slices.Equal(got, []string{"a2"}) {
		t.Errorf("worked on %v, want the event that waited", got)
	}
	if settle, change := q.done(stuck, first, outcome{then: askAgain}); len(settle) != 1 || change.rests != nil {
		t.Error("a turn that was overdue keeps its event")
	}
}

func TestWhatIsHandedBackDoesNotComeBackAllAtOnce(t *testing.T) {
	p := newPace(100*time.Millisecond, 10)
	steps := map[time.Duration]int{}
	for range 100 {
		steps[p.away(time.Second, "flood").Round(100*time.Millisecond)]++
	}
	for step, n := range steps {
		if n > 21 { // two steps of the grid, if the clock went on meanwhile
			t.Errorf("%d come back after %s", n, step)
		}
	}
	if other := p.away(time.Second, "other"); other > 1200*time.Millisecond {
		t.Errorf("another clinic's waits %s behind a flood", other)
	}
	if failed := p.away(time.Second, whatFailed); failed > 1200*time.Millisecond {
		t.Errorf("what failed waits %s behind a flood", failed)
	}
	if n := p.gone("flood"); n != 100 {
		t.Errorf("%d are away, want 100", n)
	}
}

package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/inbox"
	"recado/agent/worker"
)

var (
	_ worker.OwnerChecker  = (*Owners)(nil)
	_ channel.OwnerChecker = (*Owners)(nil)
)

var ana, ben = inbox.Actor{Person: "ana"}, inbox.Actor{Person: "ben"}

func TestOfAHundredClaimsAtOnceOneWinsAndTheOthersLearnWho(t *testing.T) {
	r := setup(t)
	consoles := []*Store{r.store(t), r.store(t), r.store(t)}
	c := r.filed(t, consoles[0], 1)
	const people = 100
	won, held := make(chan string, people), make(chan string, people)
	begin := make(chan struct{})
	var claiming sync.WaitGroup
	for i := range people {
		claiming.Go(func() {
			<-begin
			person := fmt.Sprint("person-", i)
			_, err := consoles[i%len(consoles)].Claim(t.Context(), sun, c.ID, inbox.Actor{Person: person})
			var taken *inbox.HeldError
			switch {
			case err == nil:
				won <- person
			case errors.As(err, &taken):
				held <- taken.By
			default:
				t.Error(err)
			}
		})
	}
	close(begin)
	claiming.Wait()
	close(won)
	close(held)
	if len(won) != 1 || len(held) != people-1 {
		t.Fatalf("%d have the case and %d were told who has it, want 1 and %d", len(won), len(held), people-1)
	}
	winner := <-won
	for by := range held {
		if by != winner {
			t.Errorf("somebody was told that %s has it; %s has", by, winner)
		}
	}
	if owner, err := consoles[0].owners.Owner(t.Context(), c.Of()); err != nil || owner != winner {
		t.Errorf("workers see %q, %v", owner, err)
	}
}

func TestWorkersSeeWhoHoldsAConversation(t *testing.T) {
	r := setup(t)
	s := r.store(t)
	owners, err := OpenOwners(t.Context(), r.connect(t))
	must(t, err)
	c := r.filed(t, s, 1)
	for i, step := range []struct {
		do   func() (inbox.Case, error)
		want string
	}{
		{func() (inbox.Case, error) { return c, nil }, ""},
		{func() (inbox.Case, error) { return s.Claim(t.Context(), sun, c.ID, ana) }, "ana"},
		{func() (inbox.Case, error) { return s.HandBack(t.Context(), sun, c.ID, ana) }, ""},
		{func() (inbox.Case, error) { return s.Claim(t.Context(), sun, c.ID, ana) }, "ana"},
		{func() (inbox.Case, error) { return s.Assign(t.Context(), sun, c.ID, ana, "ben") }, "ben"},
		{func() (inbox.Case, error) { return s.Release(t.Context(), sun, c.ID, ben) }, ""},
		{func() (inbox.Case, error) { return s.Assign(t.Context(), sun, c.ID, ana, "ben") }, "ben"},
		{func() (inbox.Case, error) { return s.Resolve(t.Context(), sun, c.ID, ben, inbox.Called) }, ""},
		{func() (inbox.Case, error) { return s.Reopen(t.Context(), sun, c.ID, ben) }, ""},
	} {
		if _, err := step.do(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		if got, err := owners.Owner(t.Context(), c.Of()); err != nil || got != step.want {
			t.Fatalf("after step %d workers see %q, %v, want %q", i, got, err, step.want)
		}
	}
}

func TestALateWriteOfAClaimCannotUndoARelease(t *testing.T) {
	r := setup(t)
	s := r.store(t)
	c := r.filed(t, s, 1)
	claimed, at, err := s.change(t.Context(), sun, c.ID, func(c inbox.Case, now time.Time) (inbox.Case, error) { return c.Claim(ana, now) })
	must(t, err)
	_, err = s.Release(t.Context(), sun, c.ID, ana)
	must(t, err)
	must(t, s.owners.follow(t.Context(), claimed, s.version(at), time.Now()))
	if owner, err := s.owners.Owner(t.Context(), c.Of()); owner != "" || err != nil {
		t.Errorf("workers see %q, %v after the release", owner, err)
	}
}

func TestAClaimThatWorkersCannotSeeIsNone(t *testing.T) {
	r := setup(t)
	s := r.store(t)
	c := r.filed(t, s, 1)
	must(t, r.js.DeleteKeyValue(t.Context(), bus.BucketOwner))
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if _, err := s.Claim(ctx, sun, c.ID, ana); err == nil {
		t.Fatal("the claim succeeds")
	}
	if c, _, err := s.Case(t.Context(), sun, c.ID); err != nil || c.Owner != "" || c.State != inbox.Open {
		t.Errorf("the case is %s, held by %q, %v", c.State, c.Owner, err)
	}
}

func TestReconcileMendsWhatAKilledConsoleLeftBehind(t *testing.T) {
	r := setup(t)
	s := r.store(t)
	x := r.index(t, s)
	claimed, released := r.filed(t, s, 1), r.filed(t, s, 2)
	_, err := s.Claim(t.Context(), sun, released.ID, ben)
	must(t, err)
	// killed after the case and before the holder was written
	_, _, err = s.change(t.Context(), sun, claimed.ID, func(c inbox.Case, now time.Time) (inbox.Case, error) { return c.Claim(ana, now) })
	must(t, err)
	_, last, err := s.change(t.Context(), sun, released.ID, func(c inbox.Case, now time.Time) (inbox.Case, error) { return c.Release(ben, now) })
	must(t, err)
	must(t, x.Wait(t.Context(), last-1))
	owner := func(c inbox.Case) string {
		t.Helper()
		who, err := s.owners.Owner(t.Context(), c.Of())
		must(t, err)
		return who
	}
	if owner(claimed) != "" || owner(released) != "ben" {
		t.Fatal("nothing is to be mended")
	}
	must(t, s.Reconcile(t.Context(), x))
	if owner(claimed) != "ana" || owner(released) != "" {
		t.Errorf("after mending: %q and %q", owner(claimed), owner(released))
	}
}

func TestSigningOffReleasesWhatOneHolds(t *testing.T) {
	r := setup(t)
	s := r.store(t)
	x := r.index(t, s)
	mine, theirs := r.filed(t, s, 1), r.filed(t, s, 2)
	_, err := s.Claim(t.Context(), sun, mine.ID, ana)
	must(t, err)
	_, err = s.Claim(t.Context(), sun, theirs.ID, ben)
	must(t, err)
	until(t, soon, "the index has both", func() bool { c, _ := x.Case(sun, theirs.ID); return c.Owner == "ben" })
	x.mu.Lock()
	x.staleAfter = -1
	x.mu.Unlock()
	if released, err := s.ReleaseAll(t.Context(), x, "", "ana"); !errors.Is(err, ErrStale) || len(released) > 0 {
		t.Errorf("by a list that may lack some: %v, %v", released, err)
	}
	x.mu.Lock()
	x.staleAfter = time.Minute
	x.mu.Unlock()
	released, err := s.ReleaseAll(t.Context(), x, "", "ana")
	if err != nil || len(released) != 1 || released[0].ID != mine.ID || released[0].State != inbox.Open {
		t.Errorf("released %v, %v", released, err)
	}
	if c, _, _ := s.Case(t.Context(), sun, theirs.ID); c.Owner != "ben" {
		t.Error("another person's case was released")
	}
}

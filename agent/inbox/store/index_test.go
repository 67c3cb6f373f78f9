package store

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"

	"recado/agent"
	"recado/agent/inbox"
)

func TestAnIndexHoldsWhatWasThereAndFollowsEveryConsole(t *testing.T) {
	r := setup(t)
	s, other := r.store(t), r.store(t)
	first := r.filed(t, s, 1)
	x := r.index(t, s)
	if c, ok := x.Case(sun, first.ID); !ok || c.ID != first.ID {
		t.Fatal("what was there is missing")
	}
	_, before, _ := x.Since([]string{sun}, 0)
	second := r.filed(t, other, 2)
	_, err := other.Claim(t.Context(), sun, first.ID, ana)
	must(t, err)
	must(t, x.Wait(t.Context(), before+1))
	changes, last, known := x.Since([]string{sun}, before)
	if !known || len(changes) != 2 || changes[0].Case != second.ID || changes[1].Case != first.ID || last != changes[1].ID {
		t.Errorf("changes since %d: %+v, %d, %v", before, changes, last, known)
	}
	if changes, _, _ := x.Since([]string{sunset}, before); len(changes) != 0 {
		t.Errorf("another clinic is told of %v", changes)
	}
	// The ids are the same for an index that begins now, as after a restart.
	again := r.index(t, r.store(t))
	if changes, _, known := again.Since([]string{sun}, changes[0].ID); !known || len(changes) != 1 || changes[0].Case != first.ID {
		t.Errorf("a restarted console tells %+v, %v", changes, known)
	}
	if _, _, known := again.Since([]string{sun}, last+100); known {
		t.Error("an id that was never given is known")
	}
	if p := x.List(inbox.Query{Clinics: []string{sun}, Owner: "ana"}); p.Total != 1 || p.Cases[0].ID != first.ID || p.Revision != last {
		t.Errorf("the list of ana's cases is %+v", p)
	}
	if p := x.List(inbox.Query{Clinics: []string{sun}, Offset: 1, Limit: 5}); p.Total != 2 || len(p.Cases) != 1 {
		t.Errorf("the second page is %+v", p)
	}
}

// Whatever changes, the queue is what sorting all cases would make.
func TestAnIndexKeepsTheOrderOfTheQueue(t *testing.T) {
	x := &Index{cases: map[string]*indexed{}, now: time.Now}
	rapid.Check(t, func(t *rapid.T) {
		priorities := []agent.Priority{agent.PriorityEmergency, agent.PriorityUrgent, agent.PriorityRoutine}
		begin := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
		for range 30 {
			id := rapid.StringMatching("[a-f]").Draw(t, "id")
			c, there := x.cases[id]
			switch next := inbox.New(id, inbox.News{
				Arrival: inbox.Arrival{ID: "r", Priority: rapid.SampledFrom(priorities).Draw(t, "priority"), At: begin.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "at")) * time.Hour)},
				Clinic:  sun,
			}, inbox.NewPolicy(nil), begin); rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				x.set(id, nil)
			case 1:
				if !there {
					continue
				}
				if done, err := c.Resolve(ana, inbox.Called, begin.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "resolved"))*time.Hour)); err == nil {
					x.set(id, &indexed{done, 1})
				}
			default:
				x.set(id, &indexed{next, 1})
			}
			if len(x.queue) != len(x.cases) {
				t.Fatalf("%d in the queue, %d cases", len(x.queue), len(x.cases))
			}
			for i, c := range x.queue {
				if x.cases[c.ID] != c || i > 0 && inbox.Compare(&x.queue[i-1].Case, &c.Case) >= 0 {
					t.Fatalf("place %d of the queue is %+v", i, c.Case)
				}
			}
		}
	})
}

func TestAnIndexLacksNothingAfterTheServerWasAway(t *testing.T) {
	r := setup(t)
	s := r.store(t)
	c := r.filed(t, s, 1)
	x := r.index(t, s)
	for range 2 {
		must(t, r.server.Restart())
		ctx, cancel := context.WithTimeout(t.Context(), soon)
		var note error
		until(t, soon, "the note is written", func() bool {
			_, note = s.Note(ctx, sun, c.ID, ana, NewEntryID(), canary)
			return note == nil
		})
		cancel()
		want, _, err := s.Case(t.Context(), sun, c.ID)
		must(t, err)
		until(t, soon, "the index has it", func() bool {
			got, _ := x.Case(sun, c.ID)
			return len(got.Actions) == len(want.Actions)
		})
	}
}

func TestAnIndexSaysWhenItIsStale(t *testing.T) {
	r := setup(t)
	s := r.store(t, func(c *Config) { c.freshEvery, c.staleAfter = 50*time.Millisecond, 400*time.Millisecond })
	x := r.index(t, s)
	if since, ok := x.Fresh(); !ok || time.Since(since) > time.Second {
		t.Fatalf("at the start it is stale since %s", since)
	}
	r.server.Stop()
	stopped := time.Now()
	until(t, soon, "it says that it is stale", func() bool { _, ok := x.Fresh(); return !ok })
	if since, _ := x.Fresh(); since.After(stopped) {
		t.Errorf("it knew that it lacks nothing %s after the server was gone", since.Sub(stopped))
	}
	must(t, r.server.Restart())
	until(t, soon, "it is fresh again", func() bool { _, ok := x.Fresh(); return ok })
}

func TestWaitEndsWithAChangeOrItsContext(t *testing.T) {
	r := setup(t)
	s := r.store(t)
	x := r.index(t, s)
	woken := make(chan error, 1)
	go func() { woken <- x.Wait(t.Context(), x.Revision()) }()
	r.filed(t, s, 1)
	select {
	case err := <-woken:
		must(t, err)
	case <-time.After(soon):
		t.Fatal("a change wakes nobody")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if x.Wait(ctx, x.Revision()) == nil {
		t.Error("it returns without a change")
	}
}

func TestExpiryRemovesAllOfWhatIsDoneAndNothingElse(t *testing.T) {
	r := setup(t)
	later := time.Duration(0)
	s := r.store(t, func(c *Config) { c.Now = func() time.Time { return time.Now().Add(later) } })
	x := r.index(t, s)
	done, open := r.filed(t, s, 1), r.filed(t, s, 2)
	for _, c := range []inbox.Case{done, open} {
		_, err := s.Note(t.Context(), sun, c.ID, ana, NewEntryID(), canary)
		must(t, err)
		_, err = s.Claim(t.Context(), sun, c.ID, ana)
		must(t, err)
	}
	_, err := s.Resolve(t.Context(), sun, done.ID, ana, inbox.Called)
	must(t, err)
	until(t, soon, "the index has it", func() bool { c, _ := x.Case(sun, done.ID); return c.State == inbox.Resolved })
	cut := time.Now().Add(time.Minute)
	if _, err := s.Expire(t.Context(), x, sun, cut); err == nil {
		t.Error("what a stream may deliver again is removed")
	}
	later = MinRetention + time.Hour
	if n, err := s.Expire(t.Context(), x, sunset, cut); err != nil || n != 0 {
		t.Errorf("another clinic's: %d, %v", n, err)
	}
	if n, err := s.Expire(t.Context(), x, sun, cut); err != nil || n != 1 {
		t.Fatalf("removed %d, %v", n, err)
	}
	for bucket, want := range map[string]int{"recado_case": 1, "recado_record": 1, "recado_thread": 1, "recado_owner": 1} {
		if keys := r.bucketKeys(t, bucket); len(keys) != want {
			t.Errorf("%s holds %v, want %d", bucket, keys, want)
		}
	}
	until(t, soon, "the index lets it go", func() bool { _, ok := x.Case(sun, done.ID); return !ok })
	if changes, _, _ := x.Since([]string{sun}, 0); len(changes) != 2 || !changes[1].Gone || changes[1].Case != done.ID {
		t.Errorf("pages are told %+v", changes)
	}
	// The conversation begins anew, once.
	r.publish(t, r.message(t, sun, 1, 2, agent.PriorityRoutine), r.message(t, sun, 1, 3, agent.PriorityRoutine))
	stop := r.ingest(t, s)
	r.settled(t)
	stop()
	c, err := s.Latest(t.Context(), sun, convID(1))
	if err != nil || c.ID == done.ID || len(c.Arrivals) != 2 || c.State != inbox.Open {
		t.Errorf("afterwards: %+v, %v", c, err)
	}
}

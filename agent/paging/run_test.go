package paging

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"recado/agent/inbox"
	"recado/agent/paging/store"
)

// running is a rig whose clock is the bubble's.
func running(t *testing.T) *rig {
	r := setup(t)
	return r
}

// follow keeps the rig's clock at the bubble's, which begins at another time.
func (r *rig) live() (elapsed func() time.Duration, now func() time.Time) {
	began := time.Now()
	elapsed = func() time.Duration { return time.Since(began) }
	now = func() time.Time {
		t := start.Add(time.Since(began))
		r.clock.set(t)
		return t
	}
	return elapsed, now
}

func TestARunningPagerPagesInTimeAndStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := running(t)
		_, now := r.live()
		p := r.pager(t, func(c *Config) { c.Now = now })
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		time.Sleep(time.Minute) // of the bubble
		now()
		r.put(opened(1, "emergency", 1))
		time.Sleep(time.Second)
		synctest.Wait()
		if pages := r.post.all(); len(pages) != 1 || pages[0].at.Sub(at(1)) > time.Second {
			t.Fatalf("within a second of its arrival: %+v", pages)
		}
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		var steps []int
		for _, g := range r.post.all() {
			steps = append(steps, g.page.Step)
			due := at(1).Add([]time.Duration{0, 3 * time.Minute, 8 * time.Minute}[g.page.Step-1] + time.Duration(g.page.Repeat)*10*time.Minute)
			if late := g.at.Sub(due); late < 0 || late > 2*time.Second {
				t.Errorf("step %d, repeat %d, is %v late", g.page.Step, g.page.Repeat, late)
			}
		}
		if !slices.Equal(steps, []int{1, 2, 2, 3, 3}) {
			t.Errorf("steps %v", steps)
		}
		now()
		r.claim(t, 1)
		time.Sleep(time.Second)
		synctest.Wait()
		if last := r.post.all(); last[len(last)-1].page.Kind != Acknowledged {
			t.Errorf("within a second of the claim: %+v", last[len(last)-1])
		}
		stop()
		synctest.Wait()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		default:
			t.Error("it does not stop")
		}
	})
}

func TestAnIdlePagerRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := running(t)
		_, now := r.live()
		lists := &countedList{desk: r.desk}
		p := r.pager(t, func(c *Config) { c.Now, c.List = now, lists })
		for n := range 20 { // late, and nobody is to be told
			c := opened(n, "request", -9000)
			r.put(c)
		}
		// another console's trouble, which this one may not call over yet
		if _, err := r.states.Put(t.Context(), sun+".trouble-filing", store.State{Alarm: "a", By: "other", At: now(), Since: now()}, 0); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n := lists.n; n > 120 {
			t.Errorf("it looked %d times in ten minutes", n)
		}
		stop()
		<-done
	})
}

type countedList struct {
	*desk
	n int
}

func (c *countedList) List(q inbox.Query) storePage {
	c.n++
	return c.desk.List(q)
}

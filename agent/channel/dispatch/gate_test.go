package dispatch

import (
	"context"
	"testing"

	"recado/agent/channel/channeltest"
)

func TestTheGateLetsUrgentOnesInFirst(t *testing.T) {
	g := newGate(1)
	if err := g.enter(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	waits := func(urgent bool) int {
		g.mu.Lock()
		defer g.mu.Unlock()
		if urgent {
			return len(g.waiting[0])
		}
		return len(g.waiting[1])
	}
	order := make(chan string)
	enter := func(name string, urgent bool) {
		before := waits(urgent)
		go func() {
			if err := g.enter(context.WithoutCancel(t.Context()), urgent); err == nil {
				order <- name // unbuffered: the next one comes after it was read
				g.leave()
			}
		}()
		for waits(urgent) == before {
		}
	}
	enter("first", false)
	enter("second", false)
	enter("urgent", true)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.enter(gone, true); err == nil {
		t.Error("a place was given to one who left")
	}
	g.leave()
	for _, want := range []string{"urgent", "first", "second"} {
		if got := <-order; got != want {
			t.Errorf("%s came, want %s", got, want)
		}
	}
	if err := g.enter(channeltest.Context(t), false); err != nil {
		t.Error("the gate lost its place")
	}
}

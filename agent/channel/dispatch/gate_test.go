package dispatch

import (
	"context"
	"runtime"
	"testing"

	"recado/agent/channel/channeltest"
)

// waiters counts those who wait, urgent ones first.
func (g *gate) waiters() [2]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return [2]int{len(g.waiting[0]), len(g.waiting[1])}
}

func (g *gate) awaitWaiters(t *testing.T, enough func([2]int) bool) {
	t.Helper()
	for ctx := channeltest.Context(t); !enough(g.waiters()); runtime.Gosched() {
		if ctx.Err() != nil {
			t.Fatalf("%v wait at the gate", g.waiters())
		}
	}
}

func TestTheGateLetsUrgentOnesInFirst(t *testing.T) {
	g := newGate(1)
	if err := g.enter(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	order := make(chan string)
	enter := func(name string, urgent bool) {
		class := 1
		if urgent {
			class = 0
		}
		before := g.waiters()[class]
		go func() {
			if err := g.enter(context.WithoutCancel(t.Context()), urgent); err == nil {
				order <- name // unbuffered: the next one comes after it was read
				g.leave()
			}
		}()
		g.awaitWaiters(t, func(n [2]int) bool { return n[class] > before })
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

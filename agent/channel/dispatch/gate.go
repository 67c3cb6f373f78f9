package dispatch

import (
	"context"
	"sync"
)

// gate lets so many in at once; who is urgent waits only for others who are.
type gate struct {
	mu      sync.Mutex
	free    int
	waiting [2][]chan struct{} // urgent ones first
}

func newGate(places int) *gate { return &gate{free: places} }

// enter waits for a place. It returns ctx's cause if that ends first.
func (g *gate) enter(ctx context.Context, urgent bool) error {
	class := 1
	if urgent {
		class = 0
	}
	g.mu.Lock()
	if g.free > 0 {
		g.free--
		g.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	g.waiting[class] = append(g.waiting[class], turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	for i, other := range g.waiting[class] {
		if other == turn {
			g.waiting[class] = append(g.waiting[class][:i], g.waiting[class][i+1:]...)
			g.mu.Unlock()
			return context.Cause(ctx)
		}
	}
	g.mu.Unlock()
	g.leave() // the place came at the same moment
	return context.Cause(ctx)
}

// leave gives a place to who waits.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for class := range g.waiting {
		if len(g.waiting[class]) > 0 {
			close(g.waiting[class][0])
			g.waiting[class] = g.waiting[class][1:]
			return
		}
	}
	g.free++
}

package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"recado/agent"
	"recado/agent/worker"
)

// Memory is what conversations in flight take in a worker's process.
type Memory struct {
	Conversations int `json:"conversations"`
	// Bytes is the growth of heap and stacks with all of them being decided at
	// once, after a garbage collection.
	Bytes int64 `json:"bytes"`
}

// thinking is a decider that holds every turn until it is let go, as a slow
// language model does.
type thinking struct {
	worker.Decider
	arrived sync.WaitGroup
	letGo   chan struct{}
}

func (d *thinking) Decide(ctx context.Context, t agent.Turn) (agent.Decision, error) {
	d.arrived.Done()
	select {
	case <-d.letGo:
	case <-ctx.Done():
	}
	return d.Decider.Decide(ctx, t)
}

// Memory lets a worker decide n turns at once and weighs them.
func (r *Rig) Memory(ctx context.Context, n int) (m Memory, err error) {
	m.Conversations = n
	r.cfg.Log(fmt.Sprintf("%d conversations in flight", n))
	if err := r.empty(ctx); err != nil {
		return m, err
	}
	d := &thinking{Decider: r.cfg.Decider, letGo: make(chan struct{})}
	d.arrived.Add(n)
	w, err := r.worker(ctx, d, n)
	if err != nil {
		return m, err
	}
	before := inUse()
	if err := w.start(ctx); err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, w.stop(ctx)) }()
	defer close(d.letGo)
	if err := r.backlog(ctx, 0, n); err != nil {
		return m, err
	}
	all := make(chan struct{})
	go func() { d.arrived.Wait(); close(all) }()
	select {
	case <-all:
	case <-time.After(time.Minute):
		return m, errors.New("not all conversations came to be decided within a minute")
	case <-ctx.Done():
		return m, context.Cause(ctx)
	}
	m.Bytes = inUse() - before
	return m, nil
}

func inUse() int64 {
	runtime.GC()
	runtime.GC() // what finalizers let go
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapInuse + s.StackInuse)
}

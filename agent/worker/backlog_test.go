package worker

import (
	"context"
	"flag"
	"runtime"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/session"
	"recado/agent/session/redistest"
	"recado/agent/vault"
)

var backlogSize = flag.Int("backlog", 1500, "conversations that wait, in the test of a backlog")

// TestABacklogDrains also says how long an emergency at its very end waits,
// and what memory worker and server together need. With -backlog 100000 it
// takes minutes.
func TestABacklogDrains(t *testing.T) {
	n := *backlogSize
	r := setup(t)
	var events []agent.Event
	for i := range n - 5 {
		events = append(events, event(i, 1, "hola"))
	}
	for i := range 5 {
		events = append(events, event(n+i, 1, "emergency"))
	}
	r.pour(t, events)

	cfg := r.config()
	cfg.Store = realStore(t) // miniredis is too slow for so many keys
	cfg.Slots, cfg.Backlog = 16, 256
	cfg.LeaseTTL, cfg.RetryMin, cfg.RetryMax = 15*time.Second, 250*time.Millisecond, 2*time.Second
	cfg.Decider = &thinks{for_: 5 * time.Millisecond}
	cfg.Log = nil // the tests' log keeps every line
	before := heap()
	peak := before
	begun := time.Now()
	w := r.start(t, cfg)
	marks, err := r.js.Stream(t.Context(), bus.StreamTurn)
	must(t, err)
	var emergencies time.Duration
	turns := 0 // when the last emergency was answered
	most := 0
	answered := func(filter string) int {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		info, err := marks.Info(ctx, jetstream.WithSubjectFilter(filter))
		must(t, err)
		return len(info.State.Subjects)
	}
	looked := begun
	until(t, 10*time.Minute, "the backlog is drained", func() bool {
		if emergencies == 0 && answered("recado.mark.>") == 5 {
			emergencies, turns = time.Since(begun), answered("recado.turn.>")
		}
		w.queue.mu.Lock()
		most = max(most, len(w.queue.lines))
		w.queue.mu.Unlock()
		if time.Since(looked) > time.Second/2 {
			looked, peak = time.Now(), max(peak, heap())
		}
		in, err := r.js.Stream(t.Context(), bus.StreamIn)
		must(t, err)
		c, err := in.Consumer(t.Context(), bus.ConsumerWorker)
		must(t, err)
		return emergencies > 0 && c.CachedInfo().NumPending == 0 && c.CachedInfo().NumAckPending == 0
	})
	took := time.Since(begun)
	t.Logf("%d conversations in %s; emergencies at the end answered after %s, when %d others were; at most %d held; %d MB more memory at the peak",
		n, took.Round(time.Millisecond), emergencies.Round(time.Millisecond), turns, most, (peak-before)>>20)
	// The server shows as many conversations to workers as MaxAckPending says.
	if turns > max(n/2, n-8192) {
		t.Errorf("the emergencies at the end were answered after %d of %d turns", turns, n)
	}
	if limit := 16*cfg.Backlog + 2*cfg.Slots; most > limit {
		t.Errorf("the worker held %d conversations, at most %d", most, limit)
	}
	if limit := int64(64<<20 + n*512); peak-before > limit {
		t.Errorf("memory grew by %d MB", (peak-before)>>20)
	}
	r.settled(t, time.Minute)
	if n > 10_000 {
		return // reading everything back takes too long
	}
	for _, fault := range faultsOf(events, r.read(t)) {
		t.Error(fault)
	}
}

// realStore is a store in a Redis of its own.
func realStore(t *testing.T) session.Store {
	client := redis.NewClient(session.Options(redistest.Start(t).Addr))
	t.Cleanup(func() { client.Close() })
	box, err := vault.ParseBox(vault.NewBoxKey())
	must(t, err)
	return session.NewRedis(client, box, 0)
}

// heap is what is in use, of worker and server.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

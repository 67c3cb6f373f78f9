package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"recado/agent/bus"
	"recado/agent/inbox"
)

// Index holds all cases in memory, as the bucket says. It lags behind it by
// little, and says when it does not know whether it does. It is safe for
// concurrent use.
type Index struct {
	stream jetstream.Stream
	log    *zap.Logger
	now    func() time.Time

	freshEvery, staleAfter time.Duration

	mu       sync.RWMutex
	cases    map[string]*indexed // by the bucket's key
	queue    []*indexed          // the same, in the order of the queue
	revision uint64              // of the last change that is in
	moved    chan struct{}       // closed, and made anew, at each change
	current  time.Time           // when it was last known to lack nothing
	removed  []Change            // the last cases that are gone

	synced chan struct{}
	stop   context.CancelFunc
	done   sync.WaitGroup
}

type indexed struct {
	inbox.Case
	revision uint64
}

// subjectCases is what the bucket's keys are stored under.
const subjectCases = "$KV." + bus.BucketCase + "."

// Index reads all cases and follows their changes until ctx ends or Close is
// called. It returns once it holds every case that was there.
func (s *Store) Index(ctx context.Context) (*Index, error) {
	stream, err := s.cfg.JetStream.Stream(ctx, "KV_"+bus.BucketCase)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s (run recado streams first): %w", bus.BucketCase, err)
	}
	last := stream.CachedInfo().State.LastSeq
	x := &Index{
		stream: stream, log: s.log, now: s.cfg.Now,
		freshEvery: s.cfg.freshEvery, staleAfter: s.cfg.staleAfter,
		cases: map[string]*indexed{}, moved: make(chan struct{}), synced: make(chan struct{}),
	}
	consumer, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{subjectCases + ">"}, DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy,
		InactiveThreshold: time.Minute,
	})
	if err != nil {
		return nil, fmt.Errorf("follow cases: %w", err)
	}
	info, err := consumer.Info(ctx)
	if err != nil {
		return nil, fmt.Errorf("follow cases: %w", err)
	}
	if info.NumPending == 0 {
		close(x.synced)
	}
	pull, err := consumer.Consume(x.take, jetstream.PullMaxMessages(2048),
		jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
			x.log.Warn("following cases is disturbed", zap.Error(err))
		}))
	if err != nil {
		return nil, fmt.Errorf("follow cases: %w", err)
	}
	life, cancel := context.WithCancel(ctx)
	x.stop = cancel
	x.done.Go(func() {
		<-life.Done()
		pull.Stop()
		<-pull.Closed()
	})
	select {
	case <-x.synced:
	case <-life.Done():
		x.Close()
		return nil, fmt.Errorf("read all cases: %w", context.Cause(ctx))
	}
	// What was last may be gone: then no message has its number.
	x.mu.Lock()
	x.revision, x.current = max(x.revision, last), time.Now()
	x.mu.Unlock()
	x.done.Go(func() { x.watch(life) })
	return x, nil
}

// Close ends it. It may be called again.
func (x *Index) Close() {
	x.stop()
	x.done.Wait()
}

// take is called for one change after the other.
func (x *Index) take(msg jetstream.Msg) {
	meta, err := msg.Metadata()
	if err != nil {
		x.log.Error("a case without JetStream metadata", zap.Error(err))
		return
	}
	k := strings.TrimPrefix(msg.Subject(), subjectCases)
	var c inbox.Case
	gone := msg.Headers().Get("KV-Operation") != ""
	if !gone {
		if err := json.Unmarshal(msg.Data(), &c); err != nil {
			x.log.Error("a case that cannot be read", zap.String("key", k), zap.Error(err))
			gone = true
		}
	}
	x.mu.Lock()
	revision := meta.Sequence.Stream
	switch {
	case revision <= x.revision: // once more, after the connection was lost
	case gone:
		if clinic, id, ok := strings.Cut(k, "."); ok && x.cases[k] != nil {
			x.removed = append(x.removed, Change{ID: revision, Clinic: clinic, Case: id, Gone: true})
			x.removed = x.removed[max(len(x.removed)-1000, 0):]
		}
		x.set(k, nil)
	default:
		x.set(k, &indexed{c, revision})
	}
	x.revision = max(x.revision, revision)
	moved := x.moved
	x.moved = make(chan struct{})
	x.mu.Unlock()
	close(moved)
	if meta.NumPending == 0 {
		select {
		case <-x.synced:
		default:
			close(x.synced)
		}
	}
}

// set replaces a case; nil removes it. A list is asked for more often than a
// case changes, so the order is kept instead of being made for each.
func (x *Index) set(k string, c *indexed) {
	find := func(c *indexed) (int, bool) {
		return slices.BinarySearchFunc(x.queue, c, func(a, b *indexed) int { return inbox.Compare(&a.Case, &b.Case) })
	}
	if old := x.cases[k]; old != nil {
		if i, ok := find(old); ok {
			x.queue = slices.Delete(x.queue, i, i+1)
		}
		delete(x.cases, k)
	}
	if c == nil {
		return
	}
	x.cases[k] = c
	i, _ := find(c)
	x.queue = slices.Insert(x.queue, i, c)
}

// watch keeps current up to date: a quiet bucket and a lost connection look
// the same from here, so the bucket is asked.
func (x *Index) watch(ctx context.Context) {
	tick := time.NewTicker(x.freshEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		asked := time.Now()
		question, cancel := context.WithTimeout(ctx, x.freshEvery)
		info, err := x.stream.Info(question)
		cancel()
		if err != nil {
			continue
		}
		x.mu.Lock()
		if x.revision >= info.State.LastSeq {
			x.current = asked
		}
		x.mu.Unlock()
	}
}

// Fresh returns when the index was last known to lack nothing, and whether
// that is recent. Where it is not, pages have to say since when they are
// stale.
func (x *Index) Fresh() (since time.Time, ok bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.current, time.Since(x.current) <= x.staleAfter
}

// Page is a part of a list. Its cases may not be changed in place.
type Page struct {
	Cases []inbox.Case
	Total int // how many the query chooses, on all pages
	// Revision is what the list shows: give it to Since.
	Revision uint64
}

// List returns the cases that q chooses, in the order of the queue.
func (x *Index) List(q inbox.Query) Page {
	now := x.now()
	x.mu.RLock()
	defer x.mu.RUnlock()
	p := Page{Revision: x.revision}
	for _, c := range x.queue {
		if !q.Chooses(&c.Case, now) {
			continue
		}
		if p.Total >= q.Offset && (q.Limit <= 0 || len(p.Cases) < q.Limit) {
			p.Cases = append(p.Cases, c.Case)
		}
		p.Total++
	}
	return p
}

// Count is how many cases q chooses.
func (x *Index) Count(q inbox.Query) int {
	now := x.now()
	x.mu.RLock()
	defer x.mu.RUnlock()
	n := 0
	for _, c := range x.cases {
		if q.Chooses(&c.Case, now) {
			n++
		}
	}
	return n
}

// Stats measures a clinic's cases.
func (x *Index) Stats(clinic string, since time.Time) inbox.Stats {
	x.mu.RLock()
	var cases []inbox.Case
	for _, c := range x.cases {
		if c.Clinic == clinic {
			cases = append(cases, c.Case)
		}
	}
	x.mu.RUnlock()
	return inbox.Measure(cases, since, x.now())
}

// Case returns a case as the index has it.
func (x *Index) Case(clinic, id string) (inbox.Case, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	c, ok := x.cases[key(clinic, id)]
	if !ok {
		return inbox.Case{}, false
	}
	return c.Case, true
}

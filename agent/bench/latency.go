package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/worker"
)

// Latency is how long patients wait at a fixed rate of messages: from when a
// message was due until its reply is in the stream.
type Latency struct {
	Rate    int `json:"messages_per_second"`
	Workers int `json:"workers"`
	Sent    int `json:"sent"`
	// Unanswered are messages without a reply when the time was up. A stop's
	// silence and the like is no answer either, so a few are expected.
	Unanswered int           `json:"unanswered"`
	P50        time.Duration `json:"p50_ns"`
	P90        time.Duration `json:"p90_ns"`
	P99        time.Duration `json:"p99_ns"`
	Max        time.Duration `json:"max_ns"`
}

// patience is how long after the last message replies are waited for.
const patience = 5 * time.Second

// Latency sends rate messages a second for a while, each in a conversation of
// its own, to some workers. A message that is sent late, because the machine
// was busy, has waited since it was due.
func (r *Rig) Latency(ctx context.Context, workers, rate int, during time.Duration) (l Latency, err error) {
	return r.latency(ctx, r.cfg.Decider, workers, rate, during)
}

// Model is Latency with a decider that waits for every message as for a
// language model.
type Model struct {
	Thinks  time.Duration `json:"thinks_ns"`
	Slots   int           `json:"slots"`
	Latency Latency       `json:"latency"`
}

// Model is Latency with a language model that thinks that long, at three
// quarters of what the slots of one worker allow.
func (r *Rig) Model(ctx context.Context, thinks, during time.Duration) (m *Model, err error) {
	m = &Model{Thinks: thinks, Slots: r.cfg.Slots}
	rate := max(int(.75*float64(r.cfg.Slots)/thinks.Seconds()), 1)
	m.Latency, err = r.latency(ctx, slow{r.cfg.Decider, thinks}, 1, rate, during)
	return m, err
}

// slow is a decider with a language model of fixed speed.
type slow struct {
	worker.Decider
	thinks time.Duration
}

func (d slow) Decide(ctx context.Context, t agent.Turn) (agent.Decision, error) {
	select {
	case <-time.After(d.thinks):
	case <-ctx.Done():
	}
	return d.Decider.Decide(ctx, t)
}

func (r *Rig) latency(ctx context.Context, d worker.Decider, workers, rate int, during time.Duration) (l Latency, err error) {
	l = Latency{Rate: rate, Workers: workers}
	r.cfg.Log(fmt.Sprintf("%d messages a second, %d workers", rate, workers))
	if err := r.empty(ctx); err != nil {
		return l, err
	}
	stop, err := r.workers(ctx, d, workers)
	if err != nil {
		return l, err
	}
	defer func() { err = errors.Join(err, stop(ctx)) }()
	watch := &watch{due: map[string]time.Time{}}
	done, err := watch.start(ctx, r.js)
	if err != nil {
		return l, err
	}
	defer done()
	if err := r.send(ctx, watch, rate, during); err != nil {
		return l, err
	}
	watch.settle(ctx)
	watch.mu.Lock()
	defer watch.mu.Unlock()
	l.Sent, l.Unanswered = len(watch.took)+len(watch.due), len(watch.due)
	slices.Sort(watch.took)
	l.P50, l.P90, l.P99, l.Max = at(watch.took, .5), at(watch.took, .9), at(watch.took, .99), at(watch.took, 1)
	return l, nil
}

// workers starts some, each with connections of its own.
func (r *Rig) workers(ctx context.Context, d worker.Decider, n int) (stop func(context.Context) error, err error) {
	var all []running
	stop = func(ctx context.Context) error {
		var err error
		for _, w := range all {
			err = errors.Join(err, w.stop(ctx))
		}
		return err
	}
	for range n {
		w, err := r.worker(ctx, d, r.cfg.Slots)
		if err != nil {
			return nil, errors.Join(err, stop(ctx))
		}
		if err := w.start(ctx); err != nil {
			return nil, errors.Join(err, stop(ctx))
		}
		all = append(all, w)
	}
	return stop, nil
}

// send publishes on time, whatever becomes of the messages before.
func (r *Rig) send(ctx context.Context, w *watch, rate int, during time.Duration) error {
	begun := time.Now()
	for i := range int(during.Seconds() * float64(rate)) {
		due := begun.Add(time.Duration(i) * time.Second / time.Duration(rate))
		if wait := time.Until(due); wait > 0 {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		c := r.conversation(i)
		e := r.event(c, Messages()[i%len(Messages())])
		msg, err := r.message(e)
		if err != nil {
			return err
		}
		w.expect(e.ID, due)
		if _, err := r.js.PublishMsgAsync(msg); err != nil {
			return fmt.Errorf("publish a message: %w", err)
		}
	}
	return nil
}

// watch measures when replies are in the stream. It is safe for concurrent
// use.
type watch struct {
	mu   sync.Mutex
	due  map[string]time.Time // by event
	took []time.Duration
}

func (w *watch) expect(event string, due time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.due[event] = due
}

func (w *watch) start(ctx context.Context, js jetstream.JetStream) (stop func(), err error) {
	consumer, err := js.OrderedConsumer(ctx, bus.StreamTurn, jetstream.OrderedConsumerConfig{
		FilterSubjects: bus.AllReplies(), DeliverPolicy: jetstream.DeliverNewPolicy,
	})
	if err != nil {
		return nil, fmt.Errorf("watch replies: %w", err)
	}
	running, err := consumer.Consume(func(m jetstream.Msg) {
		now := time.Now()
		out, ok, err := bus.ReplyIn(m.Subject(), m.Data())
		if err != nil || !ok {
			return
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, event := range out.Answers {
			if due, ok := w.due[event]; ok {
				delete(w.due, event)
				w.took = append(w.took, now.Sub(due))
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("watch replies: %w", err)
	}
	return running.Stop, nil
}

// settle waits until every message has its reply, or for patience.
func (w *watch) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		w.mu.Lock()
		left := len(w.due)
		w.mu.Unlock()
		if left == 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// at is the smallest of the sorted values that a share q of them does not
// exceed.
func at(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

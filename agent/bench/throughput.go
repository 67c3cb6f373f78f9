package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
)

// Throughput is how many turns a second both workers do.
type Throughput struct {
	Slots  int       `json:"slots"`
	Worker []float64 `json:"worker_turns_per_second"` // one a round, in the order in which they ran
	Null   []float64 `json:"null_turns_per_second"`
	// Ratio is the median of the rounds' ratios, each of the worker to the
	// null worker that ran right after it.
	Ratio float64 `json:"ratio"`
	// WorkerCPU and NullCPU are the processor time of a turn in all processes
	// together, NATS and Redis among them: a figure that other work on the
	// machine disturbs less. Medians; 0 where the system does not tell.
	WorkerCPU time.Duration `json:"worker_cpu_ns_per_turn"`
	NullCPU   time.Duration `json:"null_cpu_ns_per_turn"`
}

// Throughput lets the worker and the null worker empty the same backlog in
// turns.
func (r *Rig) Throughput(ctx context.Context) (Throughput, error) {
	t := Throughput{Slots: r.cfg.Slots}
	if err := r.empty(ctx); err != nil {
		return t, err
	}
	nc, b, client, err := r.connect(ctx)
	if err != nil {
		return t, err
	}
	defer nc.Close()
	defer client.Close()
	nothing := &null{bus: b, client: client, slots: make(chan struct{}, r.cfg.Slots), failures: make(chan error, 1), session: make([]byte, 512)}
	r.cfg.Log("warm up")
	// The first messages open the conversations: afterwards both workers find
	// a session.
	if _, err := r.round(ctx, nil, 0); err != nil {
		return t, err
	}
	var of []agent.Conversation
	for i := range min(len(Messages()), r.cfg.Conversations) {
		of = append(of, r.conversation(i))
	}
	if err := nothing.like(ctx, r.js, of); err != nil {
		return t, err
	}
	if _, err := r.round(ctx, nothing, 1); err != nil {
		return t, err
	}
	var ratios, workerCPU, nullCPU []float64
	for i := range r.cfg.Rounds {
		r.cfg.Log(fmt.Sprintf("round %d of %d", i+1, r.cfg.Rounds))
		a, err := r.round(ctx, nil, 0)
		if err != nil {
			return t, err
		}
		b, err := r.round(ctx, nothing, 1)
		if err != nil {
			return t, err
		}
		t.Worker, t.Null = append(t.Worker, a.rate), append(t.Null, b.rate)
		ratios = append(ratios, a.rate/b.rate)
		workerCPU, nullCPU = append(workerCPU, a.cpu), append(nullCPU, b.cpu)
	}
	t.Ratio = median(ratios)
	t.WorkerCPU, t.NullCPU = time.Duration(median(workerCPU)), time.Duration(median(nullCPU))
	return t, nil
}

// round is what one worker did with one backlog.
type round struct {
	rate float64 // turns a second
	cpu  float64 // nanoseconds a turn
}

// round publishes a message of every conversation of a lane and lets w answer
// them, or a real worker where w is nil. Both kinds have conversations of
// their own.
func (r *Rig) round(ctx context.Context, w running, lane int) (round, error) {
	if w == nil {
		var err error
		if w, err = r.worker(ctx, r.cfg.Decider, r.cfg.Slots); err != nil {
			return round{}, err
		}
	}
	n := r.cfg.Conversations
	if err := r.backlog(ctx, lane*n, n); err != nil {
		return round{}, err
	}
	used, err := cpuTime(r.cfg.Processes)
	if err != nil {
		return round{}, err
	}
	begun := time.Now()
	if err := w.start(ctx); err != nil {
		return round{}, err
	}
	err = r.drained(ctx)
	took := time.Since(begun)
	after, cpuErr := cpuTime(r.cfg.Processes)
	did := round{rate: float64(n) / took.Seconds(), cpu: float64(after-used) / float64(n)}
	return did, errors.Join(err, cpuErr, w.stop(ctx))
}

// backlog publishes one message in each of n conversations.
func (r *Rig) backlog(ctx context.Context, first, n int) error {
	pending := make([]jetstream.PubAckFuture, 0, n)
	for i := range n {
		c := r.conversation(first + i)
		msg, err := r.message(r.event(c, Messages()[(first+i)%len(Messages())]))
		if err != nil {
			return err
		}
		future, err := r.js.PublishMsgAsync(msg)
		if err != nil {
			return fmt.Errorf("publish a message: %w", err)
		}
		pending = append(pending, future)
	}
	select {
	case <-r.js.PublishAsyncComplete():
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for _, future := range pending {
		select {
		case err := <-future.Err():
			return fmt.Errorf("publish a message: %w", err)
		case ack := <-future.Ok():
			r.last[future.Msg().Subject] = ack.Sequence
		}
	}
	return nil
}

// drained waits until every event is acknowledged.
func (r *Rig) drained(ctx context.Context) error {
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-look.C:
		}
		consumer, err := r.in.Consumer(ctx, bus.ConsumerWorker)
		if err != nil {
			return fmt.Errorf("look at the consumer: %w", err)
		}
		info := consumer.CachedInfo()
		if info.NumPending == 0 && info.NumAckPending == 0 {
			return nil
		}
	}
}

func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/telemetry/red"
)

// Worker takes events and commits turns until it is stopped.
type Worker struct {
	cfg    Config
	log    *zap.Logger
	hand   *hand
	queue  *queue
	pace   *pace
	looks  chan struct{} // one for each event that may be looked at at once
	meters *meters
	tracer trace.Tracer // nil for none
	// publish commits a turn; it is Config.Bus.PublishBatch but in tests that
	// plant a bug.
	publish func(ctx context.Context, lastSeq uint64, messages ...bus.Message) (uint64, error)
	// take takes an event on; it is receive but in builds that plant a bug.
	take func(*nats.Msg)

	start, stop sync.Once
	started     bool
	taking      *bus.Taking
	ackWait     time.Duration

	gate     sync.RWMutex  // held while an event is taken on and while draining begins
	draining chan struct{} // closed when Stop begins: start nothing new
	ctx      context.Context
	cancel   context.CancelCauseFunc // ends what did not finish in time
	events   sync.WaitGroup
	sweeper  sync.WaitGroup
	stopped  chan struct{} // closed when Stop is done
}

// errDraining is why work ends that did not finish within DrainTimeout.
var errDraining = errors.New("worker is stopping")

// maxLooks is how many events are looked at for an emergency at once. The
// rules take microseconds; it is publishing what they find that waits.
const maxLooks = 16

// leastBack is how many of the events that were handed back may return within
// an eighth of Config.RetryMax, however slow the worker is. They are looked at
// again, which costs little.
const leastBack = 250

// handBackTimeout is how long Stop waits for events to be handed back that
// were pulled and not begun.
const handBackTimeout = time.Second

// New returns a worker that is not started.
func New(cfg Config) (*Worker, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	w := &Worker{
		cfg:      cfg,
		log:      cfg.Log,
		hand:     newHand(),
		pace:     newPace(cfg.RetryMax/8, max(cfg.Slots, leastBack)),
		looks:    make(chan struct{}, maxLooks),
		publish:  cfg.Bus.PublishBatch,
		draining: make(chan struct{}),
		stopped:  make(chan struct{}),
	}
	w.pace.hope = hopeful
	w.queue = newQueue(cfg.Slots, cfg.Backlog, w.pace)
	w.take = w.receive
	var err error
	if w.meters, err = newMeters(cfg.Meters, w); err != nil {
		return nil, err
	}
	w.cfg.Store = measured{cfg.Store, w.meters}
	if cfg.Tracers != nil {
		w.tracer = cfg.Tracers.Tracer(red.Scope)
	}
	w.plant()
	return w, nil
}

// Start begins to take events. ctx bounds the start and carries values for
// the work after it; the work itself ends with Stop only. A worker starts
// once.
func (w *Worker) Start(ctx context.Context) error {
	err := errors.New("start a worker: it was started before")
	w.start.Do(func() { err = w.begin(ctx) })
	return err
}

func (w *Worker) begin(ctx context.Context) error {
	var err error
	if w.ackWait, err = w.cfg.Bus.AckWait(ctx); err != nil {
		return fmt.Errorf("start a worker: %w", err)
	}
	w.ctx, w.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	// Time for an acknowledgement runs from the pull, so no more is pulled at
	// once than can be worked on.
	w.taking, err = w.cfg.Bus.Take(w.cfg.Slots, func(msg *nats.Msg) { w.take(msg) }, func(err error) {
		w.log.Warn("taking events is disturbed", zap.Error(err))
	})
	if err != nil {
		w.cancel(err)
		return fmt.Errorf("start a worker: %w", err)
	}
	w.started = true
	w.sweeper.Go(w.sweep)
	w.log.Info("worker started", zap.Int("slots", w.cfg.Slots))
	return nil
}

// Stop drains the worker: it takes no more events, lets turns finish for
// Config.DrainTimeout, cancels the rest and hands their events back. It
// returns when nothing runs any more, or with ctx's error. It may be called
// again, also at the same time.
func (w *Worker) Stop(ctx context.Context) error {
	w.start.Do(func() {}) // a worker that was never started cannot start now
	w.stop.Do(func() {
		w.gate.Lock()
		close(w.draining)
		w.gate.Unlock()
		go func() {
			defer close(w.stopped)
			if w.started {
				w.drain()
			}
		}()
	})
	select {
	case <-w.stopped:
		return nil
	case <-ctx.Done():
		if w.started {
			w.cancel(errDraining)
		}
		return fmt.Errorf("stop a worker: %w", context.Cause(ctx))
	}
}

func (w *Worker) drain() {
	w.taking.Drain() // what was pulled already is handed back by receive
	late := time.AfterFunc(w.cfg.DrainTimeout, func() { w.cancel(errDraining) })
	for _, d := range w.queue.close() {
		w.settle(d, agent.Conversation{}, outcome{})
	}
	w.events.Wait()
	late.Stop()
	w.cancel(errDraining)
	w.sweeper.Wait()
	select {
	case <-w.taking.Closed():
	case <-time.After(handBackTimeout): // NATS is away: the events come again by themselves
	}
	w.log.Info("worker stopped")
}

func (w *Worker) isDraining() bool {
	select {
	case <-w.draining:
		return true
	default:
		return false
	}
}

// receive is called for one event after the other. It blocks while many are
// looked at, so that no more is pulled than can be, and never for a turn.
func (w *Worker) receive(msg *nats.Msg) {
	select {
	case w.looks <- struct{}{}:
	case <-w.draining:
		_ = msg.Nak() // for another worker, at once
		return
	}
	if !w.begins(msg) {
		<-w.looks
	}
}

// begins reports whether an event is looked at.
func (w *Worker) begins(msg *nats.Msg) bool {
	w.gate.RLock()
	defer w.gate.RUnlock()
	if w.isDraining() {
		_ = msg.Nak()
		return false
	}
	meta, err := msg.Metadata()
	if err != nil {
		w.log.Error("delivery has no metadata", zap.Error(err))
		return false
	}
	d := &delivery{
		msg: msg, seq: meta.Sequence.Stream, tries: meta.NumDelivered,
		subject: msg.Subject, stored: bus.StoredOf(msg, meta),
	}
	if meta.NumDelivered > 1 {
		w.meters.redelivery.Add(w.ctx, 1)
	}
	w.hand.take(d)
	w.events.Go(func() {
		defer func() { <-w.looks }()
		w.look(d)
	})
	return true
}

// sweep tells NATS and the session store that what is in hand is worked on.
func (w *Worker) sweep() {
	events := time.NewTicker(w.ackWait / 3)
	defer events.Stop()
	leases := time.NewTicker(w.cfg.LeaseTTL / 3)
	defer leases.Stop()
	doubts := time.NewTicker(w.cfg.LeaseTTL / 8)
	defer doubts.Stop()
	for {
		select {
		case <-w.ctx.Done():
			return
		case <-events.C:
			held, _ := w.hand.all()
			for _, d := range held {
				_ = d.msg.InProgress() // if NATS is away, the event comes again
			}
		case <-doubts.C:
			for _, l := range w.hand.doubtful(time.Now()) {
				if err := w.cfg.Store.Release(w.ctx, l.conversation, l.token, false); err != nil {
					break // the store is still away
				}
				w.hand.givenBack(l, time.Now().Add(w.cfg.LeaseTTL/2))
			}
		case <-leases.C:
			w.unlessDraining(func() {
				w.queue.overdue(time.Now().Add(-w.cfg.LeaseTTL))
				w.apply(agent.Conversation{}, w.queue.shed())
			})
			_, held := w.hand.all()
			for _, l := range held {
				// If the store is away, the commit's compare-and-set decides.
				// So it does of a lost lease, but a turn may change an
				// appointment book before it commits.
				still, err := w.cfg.Store.Renew(w.ctx, l.conversation, l.token, w.cfg.LeaseTTL)
				if err != nil {
					break
				}
				if !still {
					w.hand.lost(l)
				}
			}
		}
	}
}

package dispatch

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/telemetry/red"
)

// Dispatcher sends replies. Run may be called once.
type Dispatcher struct {
	cfg  Config
	log  *zap.Logger
	gate *gate
	pace *pace

	meters *meters
	tracer trace.Tracer // nil for none

	consumer jetstream.Consumer
	stream   jetstream.Stream

	mu      sync.Mutex
	lanes   map[agent.Conversation]*lane
	floor   uint64 // every reply up to it is settled
	floorAt time.Time
	running sync.WaitGroup
}

// New returns a dispatcher, or what is wrong with cfg.
func New(cfg Config) (*Dispatcher, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	d := &Dispatcher{cfg: cfg, log: cfg.Log, gate: newGate(cfg.Slots), pace: newPace(cfg.Now), lanes: map[agent.Conversation]*lane{}}
	var err error
	if d.meters, err = newMeters(cfg); err != nil {
		return nil, err
	}
	if cfg.Tracers != nil {
		d.tracer = cfg.Tracers.Tracer(red.Scope)
	}
	cfg.Deliveries.onRefused(d.slowDown)
	return d, nil
}

// slowDown holds back what a status says the channel is too busy for: all of
// the clinic's number, or what goes to that patient.
func (d *Dispatcher) slowDown(r Record, s channel.Status) {
	if s.Refusal.Advice != channel.Retry {
		return
	}
	wait := max(s.Refusal.After, d.cfg.RetryMin)
	if s.Refusal.Scope == channel.ScopeNumber {
		d.pace.holdNumber(numberOf(r.Channel, s.Account), wait)
		return
	}
	d.pace.holdPatient(r.conversation(), wait)
}

// Run sends until ctx ends, then lets calls that are going on finish and
// hands the rest back to other gateways. It returns nil then, and an error
// only if it could not start.
func (d *Dispatcher) Run(ctx context.Context) error {
	var err error
	if d.stream, err = d.cfg.JetStream.Stream(ctx, bus.StreamTurn); err != nil {
		return fmt.Errorf("open stream %s (run recado streams first): %w", bus.StreamTurn, err)
	}
	if d.consumer, err = d.stream.Consumer(ctx, d.cfg.Consumer); err != nil {
		return fmt.Errorf("open consumer %s of %s (run recado streams first): %w", d.cfg.Consumer, bus.StreamTurn, err)
	}
	consumer := d.consumer.CachedInfo().Config
	options := []jetstream.PullConsumeOpt{
		jetstream.PullMaxMessages(256),
		jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
			d.log.Warn("pulling replies", zap.Error(err))
		}),
	}
	if len(consumer.PriorityGroups) > 0 {
		// An operator chose one sending gateway with others standing by.
		options = append(options, jetstream.PullPriorityGroup(consumer.PriorityGroups[0]))
	}
	work, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	if err := d.followAgain(work); err != nil {
		// Then such replies are told to staff at once.
		d.log.Error("replies that a channel reports as failed are not sent once more", zap.Error(err))
	}
	pull, err := d.consumer.Consume(func(msg jetstream.Msg) { d.take(work, msg) }, options...)
	if err != nil {
		return fmt.Errorf("pull replies: %w", err)
	}
	d.log.Info("dispatching replies", zap.String("consumer", d.cfg.Consumer), zap.Int("slots", d.cfg.Slots))
	d.keepAlive(ctx, consumer.AckWait/3)

	pull.Stop()
	<-pull.Closed()
	stop(errStopping)
	done := make(chan struct{})
	go func() { d.running.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(d.cfg.DrainTimeout):
		d.log.Warn("calls still going on were left behind; their replies are confirmed by status before they are sent again")
	}
	d.handBack()
	return nil
}

// keepAlive tells the server about every message that is held, until ctx ends.
func (d *Dispatcher) keepAlive(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(max(every, 10*time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		for _, msg := range d.held() {
			if err := msg.InProgress(); err != nil {
				d.log.Debug("keeping a reply", zap.Error(err))
			}
		}
	}
}

func (d *Dispatcher) held() []jetstream.Msg {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []jetstream.Msg
	for _, l := range d.lanes {
		for _, h := range l.held {
			all = append(all, h.msg)
		}
	}
	return all
}

func (d *Dispatcher) handBack() {
	for _, msg := range d.held() {
		if err := msg.Nak(); err != nil {
			d.log.Debug("handing a reply back", zap.Error(err))
		}
	}
}

// take gives a message to the lane of its conversation. It never blocks:
// while lanes wait, others' replies come in.
func (d *Dispatcher) take(ctx context.Context, msg jetstream.Msg) {
	meta, err := msg.Metadata()
	if err != nil {
		d.log.Error("a reply without JetStream metadata", zap.Error(err))
		return
	}
	c, err := bus.ParseReplies(msg.Subject())
	if err != nil {
		d.log.Error("a reply on a subject that names no conversation: dropped", zap.Uint64("seq", meta.Sequence.Stream))
		if err := msg.TermWithReason("subject names no conversation"); err != nil {
			d.log.Debug("terminating a message", zap.Error(err))
		}
		return
	}
	out, ok, err := bus.ReplyIn(msg.Subject(), msg.Data())
	if err == nil && !ok { // a turn that says nothing
		if err := msg.Ack(); err != nil {
			d.log.Debug("acknowledging a turn without a reply", zap.Error(err))
		}
		return
	}
	urgent := err == nil && out.Emergency

	d.mu.Lock()
	defer d.mu.Unlock()
	l, ok := d.lanes[c]
	if !ok {
		l = newLane(d, c)
		d.lanes[c] = l
	}
	l.held[meta.Sequence.Stream] = held{msg: msg, at: meta.Timestamp, urgent: urgent}
	if urgent {
		l.wakeUp()
	}
	if !ok {
		d.running.Add(1)
		go func() {
			defer d.running.Done()
			l.run(ctx)
		}()
	}
}

// settledUpTo returns a sequence up to which every reply is settled. It asks
// the server at most every few seconds: an old answer is a low one, and only
// makes lanes look at more records.
func (d *Dispatcher) settledUpTo(ctx context.Context) (uint64, error) {
	d.mu.Lock()
	floor, at := d.floor, d.floorAt
	d.mu.Unlock()
	if time.Since(at) < 2*time.Second {
		return floor, nil
	}
	info, err := d.consumer.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("look up what is settled: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.floor, d.floorAt = info.AckFloor.Stream, time.Now()
	return d.floor, nil
}

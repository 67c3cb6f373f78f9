// Package lag watches how far a consumer of JetStream is behind: one goroutine
// a process asks the server now and then, and what it says is what metrics and
// readiness tell.
package lag

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.uber.org/zap"

	"recado/agent/bus"
	"recado/agent/telemetry/red"
)

// Config is what a Watch needs. Fields without a default are required.
type Config struct {
	JetStream        jetstream.JetStream
	Stream, Consumer string
	// Letters counts dead letters as well: the role has to be able to list
	// the subjects of the turn stream.
	Letters bool
	// Every is how often the server is asked. Defaults to 5 s.
	Every time.Duration
	// Meters is where figures go. Defaults to nowhere.
	Meters metric.MeterProvider
	// Log gets what goes wrong, once. Defaults to none.
	Log *zap.Logger
}

// State is what the server said.
type State struct {
	Pending    uint64        // messages that nobody has been given
	AckPending int           // given to somebody, and not settled
	Oldest     time.Duration // age of the oldest that is not settled, by the server's clock
	Letters    uint64        // dead letters of the last 30 days
}

// Watch asks. It is safe for concurrent use.
type Watch struct {
	cfg Config

	mu    sync.Mutex
	state State
	at    time.Time // of the last answer
	err   error     // of the last attempt
}

// New returns a Watch that has not asked yet; Run asks.
func New(cfg Config) (*Watch, error) {
	switch {
	case cfg.JetStream == nil:
		return nil, errors.New("lag config: JetStream is missing")
	case cfg.Stream == "" || cfg.Consumer == "":
		return nil, errors.New("lag config: Stream or Consumer is missing")
	}
	if cfg.Every <= 0 {
		cfg.Every = 5 * time.Second
	}
	if cfg.Log == nil {
		cfg.Log = zap.NewNop()
	}
	if cfg.Meters == nil {
		cfg.Meters = noop.NewMeterProvider()
	}
	w := &Watch{cfg: cfg}
	return w, w.meter()
}

func (w *Watch) meter() error {
	meter := w.cfg.Meters.Meter(red.Scope)
	of := metric.WithAttributeSet(attribute.NewSet(attribute.String("consumer", w.cfg.Consumer)))
	gauge := func(name, unit, description string, value func(State) float64) error {
		_, err := meter.Float64ObservableGauge(name, metric.WithUnit(unit), metric.WithDescription(description),
			metric.WithFloat64Callback(func(_ context.Context, o metric.Float64Observer) error {
				if s, ok := w.State(); ok { // no figure is better than an old one
					o.Observe(value(s), of)
				}
				return nil
			}))
		return err
	}
	problems := []error{
		gauge("recado.consumer.lag", "{message}", "Messages that wait for a consumer.", func(s State) float64 { return float64(s.Pending) }),
		gauge("recado.consumer.ack.pending", "{message}", "Messages in the hands of a consumer's processes.", func(s State) float64 { return float64(s.AckPending) }),
		gauge("recado.consumer.oldest.age", "s", "Age of the oldest message that a consumer has not settled; 0 for none.", func(s State) float64 { return s.Oldest.Seconds() }),
	}
	if w.cfg.Letters {
		problems = append(problems, gauge("recado.dead.letters.stored", "{letter}", "Dead letters of the last 30 days, those put back included.", func(s State) float64 { return float64(s.Letters) }))
	}
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("set up figures of a consumer: %w", err)
	}
	return nil
}

// Run asks until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	tick := time.NewTicker(w.cfg.Every)
	defer tick.Stop()
	for {
		w.Look(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Look asks once.
func (w *Watch) Look(ctx context.Context) {
	asking, cancel := context.WithTimeout(ctx, w.cfg.Every)
	defer cancel()
	state, err := w.look(asking)
	if ctx.Err() != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil && w.err == nil {
		w.cfg.Log.Warn("JetStream does not tell of the consumer", zap.String("consumer", w.cfg.Consumer), zap.Error(err))
	}
	if w.err = err; err == nil {
		w.state, w.at = state, time.Now()
	}
}

func (w *Watch) look(ctx context.Context) (State, error) {
	stream, err := w.cfg.JetStream.Stream(ctx, w.cfg.Stream)
	if err != nil {
		return State{}, fmt.Errorf("look up stream %s: %w", w.cfg.Stream, err)
	}
	consumer, err := stream.Consumer(ctx, w.cfg.Consumer)
	if err != nil {
		return State{}, fmt.Errorf("look up consumer %s: %w", w.cfg.Consumer, err)
	}
	info := consumer.CachedInfo()
	s := State{Pending: info.NumPending, AckPending: info.NumAckPending}
	if info.NumPending > 0 || info.NumAckPending > 0 {
		now := stream.CachedInfo().TimeStamp
		filters := info.Config.FilterSubjects
		if len(filters) == 0 {
			filters = stream.CachedInfo().Config.Subjects
		}
		for _, filter := range filters {
			msg, err := stream.GetMsg(ctx, info.AckFloor.Stream+1, jetstream.WithGetMsgSubject(filter))
			if errors.Is(err, jetstream.ErrMsgNotFound) {
				continue
			}
			if err != nil {
				return State{}, fmt.Errorf("look for the oldest message of consumer %s: %w", w.cfg.Consumer, err)
			}
			s.Oldest = max(s.Oldest, now.Sub(msg.Time))
		}
	}
	if !w.cfg.Letters {
		return s, nil
	}
	turn, err := w.cfg.JetStream.Stream(ctx, bus.StreamTurn)
	if err != nil {
		return State{}, fmt.Errorf("look up stream %s: %w", bus.StreamTurn, err)
	}
	counted, err := turn.Info(ctx, jetstream.WithSubjectFilter(bus.AllDead()))
	if err != nil {
		return State{}, fmt.Errorf("count dead letters: %w", err)
	}
	for _, n := range counted.State.Subjects {
		s.Letters += n
	}
	return s, nil
}

// patience is how many answers may be missing before the last one is old.
const patience = 4

// State returns what the server said last; false where that is too old.
func (w *Watch) State() (State, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state, !w.at.IsZero() && time.Since(w.at) < patience*w.cfg.Every
}

// Ready returns nil while the consumer is there and the server tells of it,
// else a reason for operators.
func (w *Watch) Ready() error {
	if _, ok := w.State(); ok {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case errors.Is(w.err, jetstream.ErrConsumerNotFound), errors.Is(w.err, jetstream.ErrStreamNotFound):
		return fmt.Errorf("consumer %s of %s is not there: run recado streams", w.cfg.Consumer, w.cfg.Stream)
	case w.at.IsZero():
		return fmt.Errorf("JetStream has not told of consumer %s yet", w.cfg.Consumer)
	}
	return fmt.Errorf("JetStream has not told of consumer %s for %s", w.cfg.Consumer, time.Since(w.at).Round(time.Second))
}

package worker

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/clinic"
	"recado/agent/schedule"
	"recado/agent/session"
	"recado/agent/vault"
)

// Decider decides turns. It is called by many goroutines at once.
type Decider interface {
	// Decide returns what is done with a turn. An error, or a panic, is an
	// attempt; after Config.Attempts of them the turn goes to staff.
	Decide(ctx context.Context, t agent.Turn) (agent.Decision, error)
	// EmergencyOnReceipt looks at one event by rules alone, without session
	// or language model, and reports whether it is an emergency. It gives the
	// same answer for the same event every time.
	EmergencyOnReceipt(e agent.Event, p *clinic.Profile, now time.Time) (agent.Decision, bool)
	// Fallback returns the hand-off for a turn that cannot be decided. It
	// looks at no text.
	Fallback(t agent.Turn) agent.Decision
}

// Profiles finds clinics. It is called by many goroutines at once.
type Profiles interface {
	// Profile returns the clinic with this id. ErrUnknownClinic sends the
	// event to staff; any other error means: try again later.
	Profile(clinicID string) (*clinic.Profile, error)
}

// ErrUnknownClinic is what Profiles returns for a clinic that it does not have.
var ErrUnknownClinic = errors.New("unknown clinic")

// Sealers finds the key of a clinic's staff. It is called by many goroutines
// at once.
type Sealers interface {
	// Sealer returns the clinic's sealer, or false if it has none: then
	// Config.Operator seals.
	Sealer(clinicID string) (*vault.Sealer, bool)
}

// OwnerChecker tells who holds a conversation now. The console implements it
// where staff can take a conversation over between two turns.
type OwnerChecker interface {
	// Owner returns the staff member who holds the conversation, else "".
	Owner(ctx context.Context, c agent.Conversation) (string, error)
}

// Links makes the patients' own links to the private page. It is called by
// many goroutines at once.
type Links interface {
	// Link is the link for a record of a conversation, the same every time;
	// "" for none.
	Link(clinic, conversation, record string) string
}

// Config is what a worker needs. Fields without a default are required.
type Config struct {
	Bus      *bus.Bus      // the streams
	Store    session.Store // sessions and leases
	Decider  Decider       //
	Profiles Profiles      //
	Sealers  Sealers       //
	// Operator seals for those who run Recado, where a clinic is unknown or
	// has no key of its own.
	Operator *vault.Sealer
	// Owners is asked who holds the conversation when a turn is decided, just
	// before it is committed. Defaults to none: the session's own Owner counts.
	Owners OwnerChecker
	// Books finds the appointment books that visits are booked in. Defaults to
	// none: visits are booked by the clinics' links and by staff.
	Books schedule.Books
	// Reminders is told of turns that booked or moved a visit. Defaults to
	// none: nobody is reminded.
	Reminders Reminders
	// Links makes the link that a hand-off text shows. Defaults to none: the
	// profile's link is shown.
	Links Links
	// Log gets constant messages and never anything that a patient wrote.
	// Defaults to none.
	Log *zap.Logger

	// Slots is how many turns are decided at once. With a language model it
	// is the model's quota: throughput is slots / thinking time.
	// Defaults to 64.
	Slots int
	// Backlog is how many conversations may wait for a slot in this worker; the
	// youngest of the clinic that has most are handed back. A fast worker holds
	// some seconds of its work, if that is more, up to 16 x Backlog, and is
	// taken for one until it was seen to be slow. Defaults to 16 x Slots.
	Backlog int
	// LeaseTTL is how long a dead worker keeps its conversation from others.
	// A living one renews its lease. Defaults to 15 s.
	LeaseTTL time.Duration
	// TurnTimeout is how long deciding may take. Defaults to 20 s.
	TurnTimeout time.Duration
	// DrainTimeout is how long Stop lets turns finish before it cancels
	// them. Defaults to 20 s.
	DrainTimeout time.Duration
	// Attempts is how many times deciding a turn may fail, or kill its
	// worker, before the turn goes to staff undecided. Defaults to 3.
	Attempts int
	// RetryMin and RetryMax bound how long an event waits after NATS or the
	// session store failed, growing from one to the other.
	// Default to 250 ms and 2 s.
	RetryMin, RetryMax time.Duration
	// MaxTurnEvents and MaxTurnBytes bound a turn; what is beyond is the next
	// one. Default to 64 events and 128 KiB.
	MaxTurnEvents, MaxTurnBytes int
	// Meters is where figures of turns, leases and the session store go.
	// Defaults to nowhere.
	Meters metric.MeterProvider
	// Tracers makes a span of each turn, without content, in the trace of the
	// turn's last event. Defaults to none: traces are carried on as they came.
	Tracers trace.TracerProvider
	// Now is the clock that turns are decided by. Defaults to time.Now.
	Now func() time.Time

	// steps, in tests, is called before each step; an error abandons the
	// event there, as if the process had been killed.
	steps func(ctx context.Context, s step, c agent.Conversation) error
}

func (c *Config) complete() error {
	switch {
	case c.Bus == nil:
		return errors.New("worker config: Bus is missing")
	case c.Store == nil:
		return errors.New("worker config: Store is missing")
	case c.Decider == nil:
		return errors.New("worker config: Decider is missing")
	case c.Profiles == nil:
		return errors.New("worker config: Profiles is missing")
	case c.Sealers == nil:
		return errors.New("worker config: Sealers is missing")
	case c.Operator == nil:
		return errors.New("worker config: Operator is missing: generate an operator's key, so that nothing is lost where a clinic has none")
	}
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.steps == nil {
		c.steps = func(context.Context, step, agent.Conversation) error { return nil }
	}
	defaultTo(&c.Slots, 64)
	defaultTo(&c.Backlog, 16*c.Slots)
	defaultTo(&c.LeaseTTL, 15*time.Second)
	defaultTo(&c.TurnTimeout, 20*time.Second)
	defaultTo(&c.DrainTimeout, 20*time.Second)
	defaultTo(&c.Attempts, 3)
	defaultTo(&c.RetryMin, 250*time.Millisecond)
	defaultTo(&c.RetryMax, 2*time.Second)
	defaultTo(&c.MaxTurnEvents, 64)
	defaultTo(&c.MaxTurnBytes, 128<<10)
	return nil
}

func defaultTo[T int | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

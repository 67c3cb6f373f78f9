package dispatch

import (
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/language"
	"recado/agent/vault"
)

// Config is what a dispatcher needs. Fields without a default are required.
type Config struct {
	// JetStream holds the replies.
	JetStream jetstream.JetStream
	// Consumer is the durable consumer of bus.StreamTurn that all gateways
	// share; its filter decides which channels they send on. With a priority
	// group and the pinned policy one gateway sends and the others stand by;
	// without, which is how it is provisioned, all send.
	// Defaults to bus.ConsumerGateway.
	Consumer string
	// Senders are the ways out, one for each channel of the filter.
	Senders map[agent.Channel]channel.Sender
	// Deliveries is the record of what was sent. The webhook that takes
	// delivery statuses in has to have the same.
	Deliveries *Deliveries
	// Consent is asked before each send.
	Consent channel.Consent
	// Addresses is asked in place of Consent where it is set: it holds a stop
	// on all channels of an address, and records one that a channel tells of.
	// Defaults to none.
	Addresses channel.AddressConsent
	// Owners is asked before each send. Defaults to none: nobody holds a
	// conversation. A reply that is withheld for an owner is told to
	// staff like one that was not delivered.
	Owners channel.OwnerChecker
	// Windows tells when patients last wrote, for senders that are
	// channel.Windowed. Defaults to none: what a reply's own address says of it
	// counts, which is enough for all but what staff and reminders send.
	Windows channel.Windows
	// Templates has what may be sent when the time of free replies has passed.
	// Defaults to none: such a reply is not sent, and staff are told.
	Templates channel.Templates
	// Menu returns what the button reads that opens a list of choices, for a
	// clinic with words of its own for it. Defaults to the sender's words.
	Menu func(clinic string, lang language.Language) string
	// Box opens the addresses in replies.
	Box *vault.Box
	// Log gets ids, codes and states; never a text or an address. Defaults to
	// none.
	Log *zap.Logger

	// Slots is how many calls are made at once. Defaults to 32.
	Slots int
	// SendTimeout bounds one call. Defaults to 10 s.
	SendTimeout time.Duration
	// ConfirmWait is how long a lane waits for a status where it is not known
	// whether a message was taken, before it sends again. It has to be longer
	// than SendTimeout, so that nobody repeats a call that is still going on.
	// Defaults to 30 s.
	ConfirmWait time.Duration
	// EmergencyConfirmWait is the same for emergency texts. Defaults to 15 s,
	// or ConfirmWait where that is shorter.
	EmergencyConfirmWait time.Duration
	// RetryMin and RetryMax bound the pause between attempts, doubling from
	// one to the other. Default to 1 s and 30 s; emergencies wait a quarter
	// of it at most.
	RetryMin, RetryMax time.Duration
	// RetryFor is how long after its first attempt a reply is given up.
	// Emergencies go on until MaxAge. Defaults to 10 min.
	RetryFor time.Duration
	// AgainAfter is how long after a status that says so (channel.Status.Again) a
	// reply is sent once more. It is also the time in which a status that was
	// overtaken may still say that the patient has it. Defaults to 30 s.
	AgainAfter time.Duration
	// MaxAge is how old a reply may be to be sent at all, for example after
	// an outage. Defaults to 24 h, the channel's window for free replies.
	MaxAge time.Duration
	// DrainTimeout is how long Run waits for calls that are going on when its
	// context ends. Defaults to 15 s.
	DrainTimeout time.Duration
	// Meters is where figures of sends go. Defaults to nowhere.
	Meters metric.MeterProvider
	// Tracers makes a span of each call, without content, in the trace of its
	// turn. Defaults to none.
	Tracers trace.TracerProvider
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

func (c *Config) complete() error {
	switch {
	case c.JetStream == nil:
		return errors.New("dispatch config: JetStream is missing")
	case len(c.Senders) == 0:
		return errors.New("dispatch config: Senders is empty: nothing could be sent")
	case c.Deliveries == nil:
		return errors.New("dispatch config: Deliveries is missing")
	case c.Consent == nil:
		return errors.New("dispatch config: Consent is missing: nobody's stop would be honoured")
	case c.Box == nil:
		return errors.New("dispatch config: Box is missing")
	}
	if c.Consumer == "" {
		c.Consumer = bus.ConsumerGateway
	}
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Slots <= 0 {
		c.Slots = 32
	}
	defaultTo(&c.SendTimeout, 10*time.Second)
	defaultTo(&c.ConfirmWait, 30*time.Second)
	defaultTo(&c.EmergencyConfirmWait, min(15*time.Second, c.ConfirmWait))
	defaultTo(&c.RetryMin, time.Second)
	defaultTo(&c.RetryMax, 30*time.Second)
	defaultTo(&c.RetryFor, 10*time.Minute)
	defaultTo(&c.AgainAfter, 30*time.Second)
	defaultTo(&c.MaxAge, 24*time.Hour)
	defaultTo(&c.DrainTimeout, 15*time.Second)
	if shortest := min(c.ConfirmWait, c.EmergencyConfirmWait); shortest <= c.SendTimeout {
		return fmt.Errorf("dispatch config: the wait for a status (%s) is not longer than SendTimeout (%s): a call could be repeated while it goes on", shortest, c.SendTimeout)
	}
	return nil
}

func defaultTo(field *time.Duration, value time.Duration) {
	if *field <= 0 {
		*field = value
	}
}

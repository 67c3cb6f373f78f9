package private

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"recado/agent"
	"recado/agent/audit"
	"recado/agent/clinic"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/locales"
)

// Screener finds emergencies in what patients write. *agent.Agent implements
// it; one without a language model is asked for no more than its rules and
// its classifier know at once.
type Screener interface {
	Decide(ctx context.Context, t agent.Turn) (agent.Decision, error)
	EmergencyOnReceipt(e agent.Event, p *clinic.Profile, now time.Time) (agent.Decision, bool)
}

// Birthdates asks a clinic's records for a patient's date of birth, which then
// takes the place of a code. It is called by many goroutines at once.
type Birthdates interface {
	// Known reports whether the records hold the date of birth of the
	// conversation's patient. An error counts as no: a code is sent.
	Known(ctx context.Context, c agent.Conversation) (bool, error)
	// Matches reports whether the patient was born on that day. It takes as
	// long whether it matches or not.
	Matches(ctx context.Context, c agent.Conversation, year int, month time.Month, day int) (bool, error)
}

// Consent tells who wants no messages: no code reaches them.
type Consent interface {
	Stopped(ctx context.Context, c agent.Conversation) (bool, error)
}

// Config is what the page needs. Fields without a default are required.
type Config struct {
	// JetStream is a connection as the console's user: it holds the visits and
	// takes the codes to the channels.
	JetStream jetstream.JetStream
	// Inbox has the records, the cases and the threads.
	Inbox *store.Store
	// Links knows the links that workers made.
	Links *Links
	// Clinics returns those whose patients may come as they are now, at least
	// one at the start. It is asked for every request; clinic.Always is for
	// clinics that do not change.
	Clinics func() clinic.Directory
	// Screener looks at every message before it is stored.
	Screener Screener
	// Catalogue has the texts that go out over a channel.
	// Defaults to locales.Default.
	Catalogue *locales.Catalogue
	// Birthdates asks the clinics' records. Defaults to none: everybody gets a
	// code.
	Birthdates Birthdates
	// Consent is asked before a code is sent. Defaults to none: a patient who
	// stopped messages waits for a code that the gateway withholds.
	Consent Consent
	// Audit is told who got in and who did not; while it is unavailable nobody
	// gets in.
	Audit audit.Appender
	// Said is told of the case that has a patient's new message, so that
	// somebody may be paged. It must not wait. Defaults to none.
	Said func(c inbox.Case)
	// Proxies are the addresses of proxies whose X-Forwarded-For is believed.
	// Defaults to none: whoever connects is who asks, and behind a proxy all
	// patients share one limit.
	Proxies []netip.Prefix
	// Secure marks the cookies for https only and binds them to this host. It
	// is set by itself where this process terminates TLS; set it where a proxy
	// does. Defaults to false.
	Secure bool
	// Retention is how long messages are kept after a case was resolved, as
	// the page tells patients. Defaults to 0: the page says that the clinic
	// keeps them with its records.
	Retention time.Duration
	// Log gets ids and errors; never a text, a code or a token. Defaults to
	// none.
	Log *zap.Logger
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time

	// CodeAge is how long a code works. Defaults to 10 min.
	CodeAge time.Duration
	// CodesAnHour is how many codes one patient may ask for in an hour.
	// Defaults to 5.
	CodesAnHour int
	// CodePause is how long a patient waits before she may ask for another
	// code. Defaults to 30 s.
	CodePause time.Duration
	// Retries is how many wrong codes are forgiven. Defaults to 2.
	Retries int
	// LockTime is how long the page is locked after that. Defaults to 60 min.
	LockTime time.Duration
	// Idle is how long a visit lasts after the last thing that the patient
	// did. Defaults to 30 min.
	Idle time.Duration
	// MaxVisit is how long it lasts at most. Defaults to 8 h.
	MaxVisit time.Duration
	// MaxText is the longest message in characters. Defaults to 4000.
	MaxText int
	// Rate and Burst limit what one patient posts. Default to one in 2 s and
	// 12.
	Rate  rate.Limit
	Burst int
	// AddressRate and AddressBurst limit what one address posts; many patients
	// may share one. Default to 2 a second and 60.
	AddressRate  rate.Limit
	AddressBurst int
	// MaxStreams is how many pages may wait for messages at once; of one
	// patient, 6. Defaults to 2000.
	MaxStreams int
	// Heartbeat is how often a waiting page hears from the server, and how
	// often it is asked whether its visit has ended. Defaults to 15 s.
	Heartbeat time.Duration
	// Timeout bounds what one request may wait for. Defaults to 8 s.
	Timeout time.Duration
}

func (c *Config) complete() error {
	switch {
	case c.JetStream == nil:
		return errors.New("private page config: JetStream is missing")
	case c.Inbox == nil:
		return errors.New("private page config: Inbox is missing")
	case c.Links == nil:
		return errors.New("private page config: Links is missing")
	case c.Clinics == nil || len(c.Clinics().Profiles()) == 0:
		return errors.New("private page config: Clinics is missing: nobody could come")
	case c.Audit == nil:
		return errors.New("private page config: Audit is missing: nobody may get in without it")
	case c.Screener == nil:
		return errors.New("private page config: Screener is missing: an emergency would be answered by nobody")
	}
	if c.Catalogue == nil {
		var err error
		if c.Catalogue, err = locales.Default(); err != nil {
			return fmt.Errorf("private page config: %w", err)
		}
	}
	if c.Said == nil {
		c.Said = func(inbox.Case) {}
	}
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	defaultTo(&c.CodeAge, 10*time.Minute)
	defaultTo(&c.CodesAnHour, 5)
	defaultTo(&c.CodePause, 30*time.Second)
	defaultTo(&c.Retries, 2)
	defaultTo(&c.LockTime, time.Hour)
	defaultTo(&c.Idle, 30*time.Minute)
	defaultTo(&c.MaxVisit, 8*time.Hour)
	defaultTo(&c.MaxText, 4000)
	defaultTo(&c.Rate, rate.Every(2*time.Second))
	defaultTo(&c.Burst, 12)
	defaultTo(&c.AddressRate, 2)
	defaultTo(&c.AddressBurst, 60)
	defaultTo(&c.MaxStreams, 2000)
	defaultTo(&c.Heartbeat, 15*time.Second)
	defaultTo(&c.Timeout, 8*time.Second)
	return nil
}

func defaultTo[T int | time.Duration | rate.Limit](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

package remind

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/clinic"
	"recado/agent/language"
	"recado/agent/schedule"
	"recado/locales"
)

// When reminders go out, in minutes after midnight of the clinic's zone.
const (
	hour     = 10 * 60 // the day before the visit
	earliest = 8 * 60  // and never before this or after that, however late they are
	latest   = 20 * 60
)

const (
	// enough is how long before its reminder a visit was booked at least:
	// nobody has forgotten since.
	enough = 12 * time.Hour
	// tooLate is how near a visit is when nobody is reminded any more.
	tooLate = 2 * time.Hour
)

// Profiles finds clinics. It is called by many goroutines at once.
type Profiles interface {
	Profile(clinic string) (*clinic.Profile, error)
}

// Config is what a Reminder needs. Fields without a default are required.
type Config struct {
	JetStream jetstream.JetStream
	Books     schedule.Books
	Profiles  Profiles
	Catalogue *locales.Catalogue
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Log gets ids of clinics and conversations. Defaults to none.
	Log *zap.Logger
}

// Reminder sets reminders and sends those that are due. It is safe for
// concurrent use, by any number of processes.
type Reminder struct {
	cfg      Config
	consumer jetstream.Consumer
}

// Open looks up the consumer of what is due, which `recado streams` has made.
func Open(ctx context.Context, cfg Config) (*Reminder, error) {
	if cfg.JetStream == nil || cfg.Books == nil || cfg.Profiles == nil || cfg.Catalogue == nil {
		return nil, errors.New("open reminders: JetStream, Books, Profiles or Catalogue is missing")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = zap.NewNop()
	}
	consumer, err := cfg.JetStream.Consumer(ctx, bus.StreamRemind, bus.ConsumerRemind)
	if err != nil {
		return nil, fmt.Errorf("open consumer %s of %s (run recado streams first): %w", bus.ConsumerRemind, bus.StreamRemind, err)
	}
	return &Reminder{cfg, consumer}, nil
}

// note is a reminder while it waits. It names nobody.
type note struct {
	V        int               `json:"v"`
	Start    time.Time         `json:"start"` // of the visit when it was set
	Language language.Language `json:"language"`
	ReplyTo  string            `json:"reply_to"` // sealed by the gateway
}

// Moment is when to remind of a visit that was booked at now; false where
// there is no use in it any more.
func Moment(start, now time.Time, zone *time.Location) (time.Time, bool) {
	at := clinic.DateOf(start.In(zone)).AddDays(-1).At(hour, zone)
	return at, at.Sub(now) >= enough
}

// Plan sets a reminder of each visit that the patient has booked, where the
// clinic reminds. Set again it is replaced, so call it whenever a visit was
// booked or moved, and again when in doubt. replyTo is where the patient wrote
// from, as it came with their message.
func (r *Reminder) Plan(ctx context.Context, c agent.Conversation, lang language.Language, replyTo string) error {
	p, err := r.cfg.Profiles.Profile(c.Clinic)
	if err != nil {
		return fmt.Errorf("set a reminder: %w", err)
	}
	if !p.Booking.Reminders || replyTo == "" || c.Channel == agent.Terminal || c.Channel == agent.Web {
		return nil // a page that was closed shows no reminder
	}
	visits, err := r.visits(ctx, p, c)
	if err != nil {
		return fmt.Errorf("set a reminder: %w", err)
	}
	now := r.cfg.Now()
	for _, v := range visits {
		at, useful := Moment(v.Start(), now, p.Zone)
		if v.State != schedule.Booked || !useful {
			continue
		}
		data, err := json.Marshal(note{V: agent.Version, Start: v.Start().UTC(), Language: lang, ReplyTo: replyTo})
		if err != nil {
			return fmt.Errorf("set a reminder: %w", err)
		}
		_, err = r.cfg.JetStream.Publish(ctx, bus.RemindSubject(c, v.Ref), data, jetstream.WithExpectStream(bus.StreamRemind),
			jetstream.WithScheduleAt(at), jetstream.WithScheduleTarget(bus.DueSubject(c, v.Ref)), jetstream.WithScheduleTTL(bus.MaxDueAge))
		if err != nil {
			return fmt.Errorf("set a reminder: %w", err)
		}
	}
	return nil
}

// visits are those that the conversation has booked and that are not over.
func (r *Reminder) visits(ctx context.Context, p *clinic.Profile, c agent.Conversation) ([]schedule.Booking, error) {
	book, err := r.cfg.Books.Book(p)
	if err != nil {
		return nil, err
	}
	return book.Bookings(ctx, schedule.Owner{Clinic: c.Clinic, Channel: string(c.Channel), Conversation: c.ID})
}

package webchat

import (
	"errors"
	"net/netip"
	"regexp"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"recado/agent"
	"recado/agent/channel"
)

// Clinic is what the page says about whom one writes to.
type Clinic struct {
	ID    string
	Name  string
	Phone string // as shown to patients; optional
	// Key names the clinic in addresses and in the script tag of its website;
	// it is public. Defaults to ID.
	Key string
	// Origins are of the websites that may show the widget, such as
	// https://www.clinic.example. None may without.
	Origins []string
}

// Config is what the page needs. Fields without a default are required.
type Config struct {
	// JetStream takes events in and holds the replies.
	JetStream jetstream.JetStream
	// Clinic is the clinic of addresses that name none, while Clinics knows it.
	// It may be left out where Clinics is given: each address has to name its
	// clinic then.
	Clinic Clinic
	// Clinics finds the clinic with a key or with an id. It is asked at each request, so
	// that a changed profile is seen at once, by many goroutines. Defaults to
	// Clinic alone, by its key and by its id.
	Clinics func(key string) (Clinic, bool)
	// ConversationKey makes conversation ids and the tokens of visitors. All
	// gateways need the same; with another one open chats begin anew.
	ConversationKey []byte
	// Consent is asked before each reply is shown. Defaults to none: no stop
	// is honoured after a reply was decided.
	Consent channel.Consent
	// Owners is asked before each reply is shown. Defaults to none: nobody
	// holds a conversation.
	Owners channel.OwnerChecker
	// Undelivered is told of each reply that is withheld because staff hold
	// the conversation. Defaults to none.
	Undelivered channel.Undelivered
	// Secure marks the cookie for https only. It is set by itself where this
	// process terminates TLS; set it where a proxy does. Defaults to false.
	Secure bool
	// Proxies are the addresses of proxies whose X-Forwarded-For is believed.
	// Defaults to none: behind a proxy in a private network nobody's address
	// is known then, and what is limited by address is not limited.
	Proxies []netip.Prefix
	// Log gets conversation ids and errors; never a text. Defaults to none.
	Log *zap.Logger

	// MaxText is the longest message in characters. Defaults to 2000.
	MaxText int
	// Rate and Burst limit the messages of one visitor, and how often their
	// pages begin to wait for replies, for all that may wait at once besides
	// Burst. Default to one in 2 s and 8.
	Rate  rate.Limit
	Burst int
	// NewRate and NewBurst limit the new visitors of all pages of one clinic
	// together, so that nobody avoids Rate by dropping the cookie. Default to
	// 10 a second and 60.
	NewRate  rate.Limit
	NewBurst int
	// AddressRate and AddressBurst limit what one address posts, and the pages
	// without script that it loads; a waiting room of patients may share one.
	// Default to 4 a second and 120.
	AddressRate  rate.Limit
	AddressBurst int
	// MaxStreams is how many pages may wait for replies at once; each holds a
	// consumer at the NATS server. Defaults to 2000; of one visitor, 6.
	MaxStreams int
	// MaxAddressStreams is the same of one address. Defaults to 100.
	MaxAddressStreams int
	// Heartbeat is how often an idle page hears from the server, so that
	// proxies keep the connection. Defaults to 15 s.
	Heartbeat time.Duration
	// LookEvery is how often a page without script looks for a reply, in whole
	// seconds. Defaults to 5 s.
	LookEvery time.Duration
	// PublishTimeout bounds storing a message and each look-up for one.
	// Defaults to 5 s.
	PublishTimeout time.Duration
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

func (c *Config) complete() error {
	switch {
	case c.JetStream == nil:
		return errors.New("web chat config: JetStream is missing")
	case c.Clinic.ID == "" && c.Clinics == nil:
		return errors.New("web chat config: Clinic and Clinics are missing: nobody could be written to")
	case c.Clinic.ID != "" && !agent.ValidClinicID(c.Clinic.ID):
		return errors.New("web chat config: Clinic.ID is not a clinic id: lower-case letters, digits and dashes")
	case c.Clinic.ID != "" && c.Clinic.Name == "":
		return errors.New("web chat config: Clinic.Name is missing: patients see it at the top of the page")
	case len(c.ConversationKey) < 16:
		return errors.New("web chat config: ConversationKey has less than 16 bytes")
	}
	if c.Clinics == nil {
		only := c.Clinic
		c.Clinics = func(key string) (Clinic, bool) { return only, key == only.ID || key == only.Key && key != "" }
	}
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	defaultTo(&c.MaxText, 2000)
	defaultTo(&c.Rate, rate.Every(2*time.Second))
	defaultTo(&c.Burst, 8)
	defaultTo(&c.NewRate, 10)
	defaultTo(&c.NewBurst, 60)
	defaultTo(&c.AddressRate, 4)
	defaultTo(&c.AddressBurst, 120)
	defaultTo(&c.MaxStreams, 2000)
	defaultTo(&c.MaxAddressStreams, 100)
	defaultTo(&c.Heartbeat, 15*time.Second)
	defaultTo(&c.LookEvery, 5*time.Second)
	defaultTo(&c.PublishTimeout, 5*time.Second)
	return nil
}

func defaultTo[T int | time.Duration | rate.Limit](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// key is what addresses name the clinic with.
func (c Clinic) key() string {
	if c.Key != "" {
		return c.Key
	}
	return c.ID
}

// originForm holds no character that means something in a policy.
var originForm = regexp.MustCompile(`^https?://([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?(:[0-9]{1,5})?$`)

// origins are those of the clinic that are of the form that origins have.
func (c Clinic) origins() []string {
	var out []string
	for _, o := range c.Origins {
		if originForm.MatchString(o) {
			out = append(out, o)
		}
	}
	return out
}

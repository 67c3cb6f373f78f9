package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"time"

	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"recado/agent"
	"recado/agent/audit"
	"recado/agent/clinic"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/schedule"
	"recado/agent/staff"
	"recado/locales"
)

// Audit is where it is written down who saw and did what. *audit.Log is one.
type Audit interface {
	audit.Appender
	// Read returns up to n entries of a clinic before a sequence, the newest
	// first; before 0 begins at the end.
	Read(ctx context.Context, clinic string, before uint64, n int) ([]audit.Entry, error)
	// Verify checks the whole chain of a clinic.
	Verify(ctx context.Context, clinic string, anchors ...audit.Head) (audit.Report, error)
	// Export writes the whole chain of a clinic as lines that recado audit
	// verify reads.
	Export(ctx context.Context, clinic string, w io.Writer) (audit.Head, error)
}

// Config is what a Server needs. Fields without a default are required.
type Config struct {
	// Staff is accounts and sessions.
	Staff *staff.Service
	// Audit is asked before anything is shown or done.
	Audit Audit
	// Inbox and Index are the cases.
	Inbox *store.Store
	Index *store.Index
	// Clinics returns those whose staff use this console as they are now, at
	// least one at the start. It is asked for every request: a clinic that is
	// added is there from then on, and one that is gone is not shown, whatever
	// is stored about it. clinic.Always is for those that do not change.
	Clinics func() clinic.Directory
	// Catalogue is the texts that staff may send in a channel.
	Catalogue *locales.Catalogue
	// PrivateLink makes the patient's own link to the private page for a
	// record. Defaults to the profile's link.
	PrivateLink func(clinic, conversation, record string) string
	// Translator puts what patients wrote into the reader's language, beside
	// the original, when somebody asks for it. It sends to covered endpoints
	// only. Defaults to none, and then it is not offered.
	Translator agent.Translator
	// Books are the appointment books, for the page of a day's visits. Defaults
	// to none, and then there is no such page.
	Books schedule.Books
	// Public is the address that browsers know the console by, such as
	// https://staff.example.org. Its origin may post here.
	Public string
	// Secure marks the cookie for https only, and asks browsers to stay with
	// https. Defaults to false: for tests and development.
	Secure bool
	// Proxies are the addresses of proxies whose X-Forwarded-For is believed.
	// Defaults to none: whoever connects is the client.
	Proxies []netip.Prefix
	// Rate and Burst limit what people at one address post who are not signed
	// in. Default to 5 a second and 100.
	Rate  rate.Limit
	Burst int
	// Demo, if set, signs in whoever shows its token, for development: /staff/demo
	// takes the token from the fragment. Defaults to none: there is no such page.
	Demo func(ctx context.Context, token string) (staff.SignIn, error)
	// Warning is what a clinic's admins have to know, in their language, such
	// as that nobody would be paged; "" for nothing. Defaults to none.
	Warning func(clinic, lang string) string
	// Log gets ids of requests, route patterns and states; never a path with
	// its ids, a query or a body. Defaults to none.
	Log *zap.Logger
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

func (c *Config) complete() error {
	switch {
	case c.Staff == nil:
		return errors.New("console config: Staff is missing")
	case c.Audit == nil:
		return errors.New("console config: Audit is missing: nothing may be shown without it")
	case c.Inbox == nil || c.Index == nil:
		return errors.New("console config: Inbox or Index is missing")
	case c.Catalogue == nil:
		return errors.New("console config: Catalogue is missing")
	case c.Clinics == nil || len(c.Clinics().Profiles()) == 0:
		return errors.New("console config: there is no clinic")
	}
	public, err := url.Parse(c.Public)
	if err != nil || public.Host == "" || public.Scheme != "https" && public.Scheme != "http" {
		return errors.New("console config: Public is no address such as https://staff.example.org")
	}
	if c.Secure && public.Scheme != "https" {
		return errors.New("console config: Public begins with http:// while Secure is set: staff sign in over https")
	}
	seen := map[string]bool{inbox.NoClinic: true}
	for _, p := range c.Clinics().Profiles() {
		if p == nil || !agent.ValidClinicID(p.ID) {
			return errors.New("console config: a clinic has no profile")
		}
		if seen[p.ID] {
			return fmt.Errorf("console config: clinic %s is there twice", p.ID)
		}
		seen[p.ID] = true
	}
	if c.Rate <= 0 {
		c.Rate = 5
	}
	if c.Burst <= 0 {
		c.Burst = 100
	}
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return nil
}

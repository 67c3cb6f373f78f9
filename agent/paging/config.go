package paging

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.uber.org/zap"

	"recado/agent/clinic"
	"recado/agent/inbox"
	inboxstore "recado/agent/inbox/store"
	"recado/agent/paging/ladder"
	"recado/agent/paging/store"
)

// List is all cases, as far as this console knows. *store.Index of agent/inbox
// is one.
type List interface {
	List(q inbox.Query) inboxstore.Page
	Stats(clinic string, since time.Time) inbox.Stats
	Fresh() (since time.Time, ok bool)
	Wait(ctx context.Context, after uint64) error
	Revision() uint64
}

// Cases reads a case as it is now. *store.Store of agent/inbox does.
type Cases interface {
	Case(ctx context.Context, clinic, id string) (inbox.Case, uint64, error)
}

// Check looks for one kind of trouble.
type Check struct {
	Kind   Kind   // Filing, Audit or Storage
	Clinic string // empty where it concerns all
	// Ask returns nil while it works. It is called by one goroutine, every
	// so often, and has to keep to ctx.
	Ask func(ctx context.Context) error
}

// Config is what a Pager needs. Fields without a default are required.
type Config struct {
	// Plan is whom to page. Without one nobody is; Warnings says so.
	Plan ladder.Plan
	// Senders bring pages to the contacts of each kind that Plan names.
	Senders map[ladder.Via]Sender
	// Clinics returns the clinics as they are now, for their names, zones and
	// hours; it is asked at every look. Ladders of a clinic that is not among
	// them stand still, and go on where they were once it is back. clinic.Always
	// is for clinics that do not change.
	Clinics func() clinic.Directory
	// List and Cases are the inbox.
	List  List
	Cases Cases
	// States is what was paged, shared by all consoles.
	States store.States
	// Public is the address that browsers know the console by, such as
	// https://staff.example.org. Pages link to it.
	Public string
	// Checks look for trouble that staff have to know of. Defaults to none.
	Checks []Check
	// Meters make the figures. Defaults to none.
	Meters metric.MeterProvider
	// Log gets clinics, kinds, steps and codes; never an address. Defaults to
	// none.
	Log *zap.Logger
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time

	// steps, in tests, is called at points at which a console may be killed;
	// an error abandons what it was doing there.
	steps func(moment) error
	// instance tells consoles apart.
	instance string
}

// moment is a point at which tests may kill a pager.
type moment string

const (
	momentLeased moment = "leased" // before a page is sent
	momentSent   moment = "sent"   // before that is written down
)

func (c *Config) complete() error {
	switch {
	case c.Clinics == nil:
		return errors.New("paging config: Clinics is missing")
	case c.List == nil || c.Cases == nil:
		return errors.New("paging config: List or Cases is missing")
	case c.States == nil:
		return errors.New("paging config: States is missing: pages would be sent by every console")
	}
	if public, err := url.Parse(c.Public); err != nil || public.Host == "" {
		return errors.New("paging config: Public is no address such as https://staff.example.org, and pages would lead nowhere")
	}
	for name, l := range c.Plan {
		for _, to := range l.Contacts() {
			if c.Senders[to.Via] == nil {
				return fmt.Errorf("paging config: the ladder of clinic %s pages by %s, and nothing here can send that", name, to.Via)
			}
		}
	}
	if c.Meters == nil {
		c.Meters = noop.NewMeterProvider()
	}
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.steps == nil {
		c.steps = func(moment) error { return nil }
	}
	if c.instance == "" {
		c.instance = rand.Text()
	}
	return nil
}

// clinics are the ids of all clinics, and of what came for none.
func (c *Config) clinics() []string {
	var ids []string
	for _, p := range c.Clinics().Profiles() {
		ids = append(ids, p.ID)
	}
	return append(ids, inbox.NoClinic)
}

// profile is a clinic's; nil for none.
func (c *Config) profile(id string) *clinic.Profile {
	p, _ := c.Clinics().Profile(id)
	return p
}

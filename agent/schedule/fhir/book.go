package fhir

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"recado/agent/clinic"
	"recado/agent/schedule"
)

var (
	_ schedule.Schedule  = (*Book)(nil)
	_ schedule.Day       = (*Book)(nil)
	_ schedule.Requester = (*Book)(nil)
)

// Config is one clinic's book on a FHIR server.
type Config struct {
	// Profile names the server, the visits, and what they are called there.
	// Required.
	Profile *clinic.Profile
	// Key signs in where the profile names a client (booking.fhir.client_id),
	// by SMART backend services. Required then.
	Key *Key
	// HTTP sends the requests; its redirects are not followed. Defaults to a
	// client of its own.
	HTTP *http.Client
	// Timeout bounds one request. Defaults to 10 seconds.
	Timeout time.Duration
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Wait waits before a read is tried again. Defaults to a timer.
	Wait func(ctx context.Context, d time.Duration) error
}

// Book is a clinic's appointment book on a FHIR server. It is safe for
// concurrent use.
type Book struct {
	profile *clinic.Profile
	booking clinic.Booking
	client  *client
	now     func() time.Time

	mu        sync.Mutex
	statement *statement
	stated    time.Time // when statement was read
	silent    time.Time // when it could not be read
	actors    *calendars
	listed    time.Time // when actors were read
}

// New returns the book of a profile. It sends nothing yet.
func New(cfg Config) (*Book, error) {
	if cfg.Profile == nil {
		return nil, errors.New("fhir: Config.Profile is required")
	}
	booking := cfg.Profile.Booking.WithDefaults()
	server := booking.FHIR
	base, err := url.Parse(strings.TrimRight(server.BaseURL, "/"))
	if err != nil || base.Host == "" || !private(base) {
		return nil, errors.New("fhir: booking.fhir.base_url must be an https address, or http on this machine")
	}
	if server.ClientID != "" && cfg.Key == nil {
		return nil, errors.New("fhir: booking.fhir.client_id signs in with a private key, and none is given")
	}
	if cfg.HTTP == nil {
		cfg.HTTP = &http.Client{}
	}
	own := *cfg.HTTP
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Wait == nil {
		cfg.Wait = wait
	}
	c := &client{base: base, http: &own, timeout: cmp.Or(cfg.Timeout, 10*time.Second), wait: cfg.Wait}
	if server.ClientID != "" {
		c.signIn = &signIn{client: c, key: cfg.Key, id: server.ClientID, scopes: server.Scopes, address: server.TokenURL, now: cfg.Now}
	}
	return &Book{profile: cfg.Profile, booking: booking, client: c, now: cfg.Now}, nil
}

// Can says what the server's CapabilityStatement offers: where nobody can book
// by it, wishes are taken for staff. While it cannot be read the book claims
// everything, so that the calls say that it is unavailable.
func (b *Book) Can() schedule.Capabilities {
	can := schedule.Capabilities{Offers: true, Changes: true, Link: b.profile.Links.Booking}
	b.mu.Lock()
	silent := !b.silent.IsZero() && b.now().Sub(b.silent) < silence
	b.mu.Unlock()
	if silent {
		return can
	}
	ctx, cancel := context.WithTimeout(context.Background(), b.client.timeout)
	defer cancel()
	s, err := b.server(ctx)
	if err == nil {
		can.Offers = s.locks() || s.operates()
		can.Changes, can.Requests = can.Offers, !can.Offers
		return can
	}
	b.mu.Lock()
	b.silent = b.now()
	b.mu.Unlock()
	return can
}

// silence is how long Can does not ask a server that gave no answer.
const silence = 15 * time.Second

// locking returns the statement of a server whose slots can be held.
func (b *Book) locking(ctx context.Context) (*statement, error) {
	s, err := b.server(ctx)
	if err != nil {
		return nil, err
	}
	if !s.locks() {
		return nil, fmt.Errorf("fhir: the server offers no conditional update of Slots: %w", schedule.ErrUnsupported)
	}
	return s, nil
}

// window is what may be booked now: starts in [from, to).
func (b *Book) window() (from, to time.Time) {
	now := b.now()
	return now.Add(b.booking.Notice), now.Add(b.booking.Ahead)
}

// private reports whether nobody can read along on the way to u.
func private(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

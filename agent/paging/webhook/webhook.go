// Package webhook brings pages to webhooks, as signed JSON.
//
// A request is a POST with the body of Body and the headers
//
//	Idempotency-Key   the page's id; a page that is sent again has the same
//	Recado-Signature  t=<unix seconds>,v1=<hex>, where hex is HMAC-SHA256 of
//	                  "<t>.<body>" with the shared secret
//
// Whoever receives it checks the signature over the bytes as they came,
// refuses a time that is minutes away, and drops ids that it has seen. Any
// answer from 200 to 299 means that the page was taken; its body is ignored.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"recado/agent/paging"
	"recado/agent/paging/ladder"
)

// Names of headers.
const (
	HeaderKey       = "Idempotency-Key"
	HeaderSignature = "Recado-Signature"
)

// Version is the form of Body.
const Version = 1

// Body is what a webhook gets.
type Body struct {
	V      int       `json:"v"`
	ID     string    `json:"id"`
	Thread string    `json:"thread"` // the same for all pages about one alarm
	Kind   string    `json:"kind"`   // a paging.Kind
	At     time.Time `json:"at"`
	Clinic struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"clinic"`
	Priority  string    `json:"priority,omitempty"`
	Case      string    `json:"case,omitempty"`
	Reference string    `json:"reference,omitempty"`
	Count     int       `json:"count,omitempty"`
	Since     time.Time `json:"since"`
	Step      int       `json:"step,omitempty"`
	Repeat    int       `json:"repeat,omitempty"`
	Link      string    `json:"link,omitempty"`
	Digest    *Digest   `json:"digest,omitempty"`
	Text      string    `json:"text"` // one line for people, in the contact's language
}

// Digest is the morning's counts.
type Digest struct {
	Open          int            `json:"open"`
	Claimed       int            `json:"claimed"`
	Waiting       int            `json:"waiting"`
	Late          int            `json:"late"`
	OldestSeconds int            `json:"oldest_seconds"`
	Priorities    map[string]int `json:"priorities"`
}

// LeastSecret is how long a secret has to be, in bytes.
const LeastSecret = 16

// Config is how webhooks are called.
type Config struct {
	// Secret signs. Required, LeastSecret bytes or more.
	Secret string
	// Attempts is how often one page is tried. Defaults to 3.
	Attempts int
	// Timeout bounds one attempt. Defaults to 7 s.
	Timeout time.Duration
	// RootCAs are trusted. Defaults to the system's.
	RootCAs *x509.CertPool
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time

	wait func(ctx context.Context, d time.Duration) error // between attempts
}

// Sender implements paging.Sender.
type Sender struct {
	cfg    Config
	public *http.Client // refuses private networks
	local  *http.Client
}

var _ paging.Sender = (*Sender)(nil)

// New makes a Sender.
func New(cfg Config) (*Sender, error) {
	if len(cfg.Secret) < LeastSecret {
		return nil, fmt.Errorf("the secret that webhooks are signed with has to have %d characters or more, e.g. from openssl rand -hex 32", LeastSecret)
	}
	if cfg.Attempts <= 0 {
		cfg.Attempts = 3
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 7 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.wait == nil {
		cfg.wait = wait
	}
	return &Sender{cfg, client(cfg, dialer(false)), client(cfg, dialer(true))}, nil
}

func client(cfg Config, d *net.Dialer) *http.Client {
	return &http.Client{
		Timeout: cfg.Timeout,
		// A redirect could lead a page anywhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			// No proxy: the address that is dialed is the one that was checked.
			DialContext: d.DialContext, DisableKeepAlives: true, ForceAttemptHTTP2: true, TLSHandshakeTimeout: cfg.Timeout,
			MaxResponseHeaderBytes: 32 << 10,
			TLSClientConfig:        &tls.Config{RootCAs: cfg.RootCAs, MinVersion: tls.VersionTLS12},
		},
	}
}

// Send implements paging.Sender.
func (s *Sender) Send(ctx context.Context, to ladder.Contact, p paging.Page) error {
	body, err := encode(to, p)
	if err != nil {
		return &paging.Failure{Code: paging.Unsendable, Permanent: true, Problem: "the page could not be written"}
	}
	var failure *paging.Failure
	for attempt := range s.cfg.Attempts {
		if attempt > 0 {
			if err := s.cfg.wait(ctx, backoff(attempt)); err != nil {
				return failure
			}
		}
		if failure = s.once(ctx, to, p.ID, body); failure == nil {
			return nil
		}
		if failure.Permanent {
			break
		}
	}
	return failure
}

// backoff is a second, doubled with each attempt, of which up to a half is
// taken away, so that consoles do not come together.
func backoff(attempt int) time.Duration {
	d := time.Second << min(attempt-1, 4)
	return d - rand.N(d/2)
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *Sender) once(ctx context.Context, to ladder.Contact, id string, body []byte) *paging.Failure {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.To, bytes.NewReader(body))
	if err != nil {
		return &paging.Failure{Code: paging.Unsendable, Permanent: true, Problem: "the address is not readable"}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Recado")
	request.Header.Set(HeaderKey, id)
	request.Header.Set(HeaderSignature, Sign([]byte(s.cfg.Secret), s.cfg.Now(), body))
	use := s.public
	if to.Private {
		use = s.local
	}
	response, err := use.Do(request)
	if err != nil {
		return failureOf(err)
	}
	response.Body.Close() // whatever it says, it is not for us
	switch code := response.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code >= 300 && code < 400:
		return &paging.Failure{Code: paging.Redirected, Status: code, Permanent: true, Problem: "redirects are not followed: set the address that it leads to"}
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code >= 500:
		return &paging.Failure{Code: paging.Rejected, Status: code}
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return &paging.Failure{Code: paging.Denied, Status: code, Permanent: true}
	default:
		return &paging.Failure{Code: paging.Rejected, Status: code, Permanent: true}
	}
}

// failureOf tells what went wrong without the address, which may hold a
// token and stands in the errors of net/http.
func failureOf(err error) *paging.Failure {
	var verify *tls.CertificateVerificationError
	var notTLS tls.RecordHeaderError
	var timeout net.Error
	var dns *net.DNSError
	switch {
	case errors.Is(err, errPrivate):
		return &paging.Failure{Code: paging.Forbidden, Permanent: true, Problem: errPrivate.Error()}
	case errors.As(err, &verify), errors.As(err, &notTLS), strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		return &paging.Failure{Code: paging.Insecure, Permanent: true, Problem: "its certificate is not trusted, or it speaks no TLS"}
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return &paging.Failure{Code: paging.TimedOut}
	case errors.As(err, &dns) && dns.IsNotFound:
		return &paging.Failure{Code: paging.Unreachable, Problem: "the host has no address"}
	}
	return &paging.Failure{Code: paging.Unreachable}
}

// Reach implements paging.Sender: it looks for the host and connects.
func (s *Sender) Reach(ctx context.Context, to ladder.Contact) error {
	u, err := url.Parse(to.To)
	if err != nil {
		return &paging.Failure{Code: paging.Unsendable, Permanent: true, Problem: "the address is not readable"}
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	conn, err := dialer(to.Private).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return failureOf(err)
	}
	return conn.Close()
}

// Sign makes a signature header.
func Sign(secret []byte, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

func encode(to ladder.Contact, p paging.Page) ([]byte, error) {
	text, _, err := p.Write(to.Language)
	if err != nil {
		return nil, err
	}
	b := Body{
		V: Version, ID: p.ID, Thread: p.Thread, Kind: string(p.Kind), At: p.At, Priority: string(p.Priority), Case: p.Case,
		Reference: p.Reference, Count: p.Count, Since: p.Since, Step: p.Step, Repeat: p.Repeat, Link: p.Link, Text: text,
	}
	b.Clinic.ID, b.Clinic.Name = p.Clinic, p.Name
	if d := p.Digest; d != nil {
		b.Digest = &Digest{Open: d.Open, Claimed: d.Claimed, Waiting: d.Waiting, Late: d.Late,
			OldestSeconds: int(d.Oldest.Seconds()), Priorities: map[string]int{}}
		for priority, n := range d.Priorities {
			b.Digest.Priorities[string(priority)] = n
		}
	}
	return json.Marshal(b)
}

// Package smtp brings pages to e-mail addresses.
//
// The connection is encrypted and the server's certificate checked, unless
// the server is on this host. Each address gets a message of its own, in its
// language, as plain text, marked as made by a machine so that no other
// machine answers it.
package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wneessen/go-mail"

	"recado/agent/paging"
	"recado/agent/paging/ladder"
)

// portTLS is that of servers which speak TLS from the first byte on.
const portTLS = "465"

// Config is how e-mail is sent.
type Config struct {
	// Address is host:port of the server that takes mail in: 587 for
	// STARTTLS, 465 for TLS from the start. Required.
	Address string
	// User and Password sign in. Default to none.
	User, Password string
	// From is the sender, such as "Recado <recado@clinic.example>". Required.
	From string
	// Timeout bounds one message. Defaults to 15 s.
	Timeout time.Duration
	// RootCAs are trusted. Defaults to the system's.
	RootCAs *x509.CertPool

	// dial, in tests, connects in place of the network.
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Sender implements paging.Sender.
type Sender struct {
	cfg        Config
	host, port string
	number     int
	from       *netmail.Address
	domain     string
	loopback   bool
}

var _ paging.Sender = (*Sender)(nil)

// New checks the configuration.
func New(cfg Config) (*Sender, error) {
	s := &Sender{cfg: cfg}
	var err error
	if s.host, s.port, err = net.SplitHostPort(cfg.Address); err != nil || s.host == "" {
		return nil, errors.New("the SMTP server's address is not readable: write it as host:port, e.g. smtp.clinic.example:587")
	}
	if s.number, err = strconv.Atoi(s.port); err != nil || s.number < 1 || s.number > 65535 {
		return nil, errors.New("the SMTP server's port is not readable: write 587 for STARTTLS or 465 for TLS from the start")
	}
	if s.from, err = netmail.ParseAddress(cfg.From); err != nil || strings.ContainsFunc(s.from.Name+s.from.Address, control) {
		return nil, errors.New("the sender of e-mails is not readable: write it as Recado <recado@clinic.example>")
	}
	s.domain = s.from.Address[strings.LastIndexByte(s.from.Address, '@')+1:]
	if (cfg.User == "") != (cfg.Password == "") {
		return nil, errors.New("of the SMTP user and password one is missing: set both or none")
	}
	if s.cfg.Timeout <= 0 {
		s.cfg.Timeout = 15 * time.Second
	}
	if s.cfg.dial == nil {
		s.cfg.dial = (&net.Dialer{}).DialContext
	}
	s.loopback = loopback(s.host)
	return s, nil
}

func control(r rune) bool { return r < ' ' || r == 0x7f }

// loopback reports whether a host is this one.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// Warnings tells at start what whoever runs the console should know.
func (s *Sender) Warnings() []string {
	if s.loopback && s.port != portTLS {
		return []string{"pages go to the SMTP server on this host, which may take them without TLS: see that it passes them on encrypted"}
	}
	return nil
}

// Send implements paging.Sender.
func (s *Sender) Send(ctx context.Context, to ladder.Contact, p paging.Page) error {
	m, err := s.message(to, p)
	if err != nil {
		return err
	}
	return s.with(ctx, func(c *mail.Client) error {
		err := c.Send(m)
		if m.IsDelivered() {
			return nil // whatever went wrong after that
		}
		return err
	})
}

// Reach implements paging.Sender: it connects and signs in.
func (s *Sender) Reach(ctx context.Context, _ ladder.Contact) error {
	return s.with(ctx, func(*mail.Client) error { return nil })
}

// with calls f with a client that is connected and signed in.
func (s *Sender) with(ctx context.Context, f func(*mail.Client) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	l := &line{sender: s}
	options := []mail.Option{
		mail.WithPort(s.number), mail.WithTimeout(s.cfg.Timeout), mail.WithTLSConfig(s.tls()),
		mail.WithDialContextFunc(l.dial), mail.WithoutNoop(), mail.WithoutRset(), mail.WithTLSPolicy(mail.TLSMandatory),
	}
	switch {
	case s.port == portTLS:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS)) // dial has done it
	case s.loopback:
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	}
	if s.cfg.User != "" {
		options = append(options, mail.WithUsername(s.cfg.User), mail.WithPassword(s.cfg.Password), mail.WithOpportunisticSMTPAuth(
			mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthSCRAMSHA1, mail.SMTPAuthPlain, mail.SMTPAuthLogin))
	}
	c, err := mail.NewClient(s.host, options...)
	if err != nil {
		return &paging.Failure{Code: paging.Unsendable, Permanent: true, Problem: "the SMTP settings cannot be used"}
	}
	// The client knows no context once it is connected: without one it could
	// wait for each answer as long as for all.
	stop := context.AfterFunc(ctx, l.close)
	defer stop()
	defer l.close()
	if err := c.DialWithContext(ctx); err != nil {
		return failureOf(ctx, err, l.connected())
	}
	if err := f(c); err != nil {
		return failureOf(ctx, err, true)
	}
	_ = c.Close() // says good-bye
	return nil
}

func (s *Sender) tls() *tls.Config {
	return &tls.Config{
		ServerName: s.host, RootCAs: s.cfg.RootCAs, MinVersion: tls.VersionTLS12,
		// A server on this host is who it is, and has a certificate of its own
		// making as a rule.
		InsecureSkipVerify: s.loopback,
	}
}

// failureOf tells what went wrong without what the server said, which may
// hold addresses.
func failureOf(ctx context.Context, err error, connected bool) error {
	var failure *paging.Failure
	var sending *mail.SendError
	var verify *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.As(err, &failure):
		return failure
	case ctx.Err() != nil, errors.As(err, &timeout) && timeout.Timeout():
		return &paging.Failure{Code: paging.TimedOut}
	case errors.As(err, &verify):
		return &paging.Failure{Code: paging.Insecure, Permanent: true, Problem: "the SMTP server's certificate is not trusted"}
	case strings.Contains(err.Error(), "STARTTLS"):
		return &paging.Failure{Code: paging.Insecure, Permanent: true, Problem: "the SMTP server offers no STARTTLS: use a port on which it does, or 465"}
	case errors.As(err, &sending):
		code := sending.ErrorCode()
		return &paging.Failure{Code: paging.Rejected, Status: code, Permanent: code >= 500}
	case strings.Contains(err.Error(), "AUTH"), errors.Is(err, mail.ErrNoSupportedAuthDiscovered):
		return &paging.Failure{Code: paging.Denied, Permanent: true, Problem: "the SMTP server does not take the user and password"}
	case connected:
		return &paging.Failure{Code: paging.Rejected}
	}
	return &paging.Failure{Code: paging.Unreachable}
}

// line is the connection of one message.
type line struct {
	sender *Sender

	mu     sync.Mutex
	conn   net.Conn
	closed bool
}

func (l *line) connected() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn != nil
}

func (l *line) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.conn != nil {
		l.conn.Close()
	}
}

func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := l.sender.cfg.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if l.sender.port == portTLS {
		secure := tls.Client(conn, l.sender.tls())
		if err := secure.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, fmt.Errorf("TLS: %w", err)
		}
		conn = secure
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		conn.Close()
		return nil, context.Cause(ctx)
	}
	l.conn = conn
	return conn, nil
}

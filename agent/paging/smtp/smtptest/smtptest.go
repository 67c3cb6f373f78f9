// Package smtptest is a small SMTP server for tests. It speaks EHLO,
// STARTTLS, AUTH PLAIN and LOGIN, and keeps what it took.
package smtptest

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"time"
)

// Host is the name that the server's certificate is for.
const Host = "mail.clinic.example"

// Options are how a server behaves. The zero value takes mail without TLS
// and without a user.
type Options struct {
	StartTLS       bool   // offers STARTTLS
	TLS            bool   // speaks TLS from the first byte on
	User, Password string // asks for them, after TLS alone
	Mechanisms     string // offered; defaults to PLAIN LOGIN
	// Say, if set, replaces the answer to a command (its first word) where it
	// returns one; "-" ends the connection.
	Say func(command string) string
}

// Mail is a message as it was taken.
type Mail struct {
	From, To string // of the envelope
	Data     []byte
	TLS      bool // came over TLS
	User     string
}

// Server is a running server. It is safe for concurrent use.
type Server struct {
	options  Options
	listener net.Listener
	config   *tls.Config
	roots    *x509.CertPool
	working  sync.WaitGroup

	mu     sync.Mutex
	mails  []Mail
	open   map[net.Conn]bool
	closed bool
}

// Start returns a server on a free port of this host.
func Start(o Options) (*Server, error) {
	if o.Mechanisms == "" {
		o.Mechanisms = "PLAIN LOGIN"
	}
	s := &Server{options: o, open: map[net.Conn]bool{}}
	certificate, err := selfSigned()
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	s.roots = x509.NewCertPool()
	s.roots.AddCert(certificate.Leaf)
	s.config = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	s.working.Go(s.accept)
	return s, nil
}

func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{Host}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(raw)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key, Leaf: leaf}, err
}

// Address is where it listens, host:port.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Roots trust the server's certificate.
func (s *Server) Roots() *x509.CertPool { return s.roots }

// Mails are the messages that were taken so far.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// Close ends all connections.
func (s *Server) Close() {
	s.listener.Close()
	s.mu.Lock()
	s.closed = true
	for c := range s.open {
		c.Close()
	}
	s.mu.Unlock()
	s.working.Wait()
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.open[conn] = true
		if s.closed {
			conn.Close()
		}
		s.mu.Unlock()
		s.working.Go(func() {
			s.serve(conn)
			conn.Close()
			s.mu.Lock()
			delete(s.open, conn)
			s.mu.Unlock()
		})
	}
}

// dialogue is one connection.
type dialogue struct {
	*Server
	conn net.Conn
	in   *bufio.Reader
	tls  bool
	user string
	mail Mail
}

func (s *Server) serve(conn net.Conn) {
	d := &dialogue{Server: s, conn: conn}
	if s.options.TLS {
		d.secure()
	}
	d.in = bufio.NewReader(d.conn)
	d.say("220 " + Host + " ESMTP")
	for {
		line, err := d.in.ReadString('\n')
		if err != nil || !d.answer(strings.TrimRight(line, "\r\n")) {
			return
		}
	}
}

func (d *dialogue) say(line string) { fmt.Fprintf(d.conn, "%s\r\n", line) }

func (d *dialogue) secure() {
	d.conn, d.tls = tls.Server(d.conn, d.config), true
	d.in = bufio.NewReader(d.conn)
}

// answer returns false at the end.
func (d *dialogue) answer(line string) bool {
	command, rest, _ := strings.Cut(line, " ")
	command = strings.ToUpper(command)
	if d.options.Say != nil {
		if said := d.options.Say(command); said == "-" {
			return false
		} else if said != "" {
			d.say(said)
			return true
		}
	}
	switch command {
	case "EHLO":
		d.say("250-" + Host)
		if d.options.StartTLS && !d.tls {
			d.say("250-STARTTLS")
		}
		if d.options.User != "" && (d.tls || !d.options.StartTLS) {
			d.say("250-AUTH " + d.options.Mechanisms)
		}
		d.say("250 8BITMIME")
	case "STARTTLS":
		d.say("220 go on")
		d.secure()
	case "AUTH":
		d.auth(rest)
	case "MAIL":
		if d.options.User != "" && d.user == "" {
			d.say("530 sign in first")
			return true
		}
		d.mail = Mail{From: address(rest), TLS: d.tls, User: d.user}
		d.say("250 ok")
	case "RCPT":
		d.mail.To = address(rest)
		d.say("250 ok")
	case "DATA":
		d.say("354 go on")
		return d.data()
	case "QUIT":
		d.say("221 bye")
		return false
	default:
		d.say("250 ok")
	}
	return true
}

func address(s string) string {
	_, s, _ = strings.Cut(s, "<")
	s, _, _ = strings.Cut(s, ">")
	return s
}

func (d *dialogue) auth(rest string) {
	mechanism, first, _ := strings.Cut(rest, " ")
	ask := func(challenge string) string {
		d.say("334 " + base64.StdEncoding.EncodeToString([]byte(challenge)))
		line, _ := d.in.ReadString('\n')
		raw, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
		return string(raw)
	}
	var user, password string
	switch mechanism {
	case "PLAIN":
		raw, _ := base64.StdEncoding.DecodeString(first)
		if parts := strings.Split(string(raw), "\x00"); len(parts) == 3 {
			user, password = parts[1], parts[2]
		}
	case "LOGIN":
		user, password = ask("Username:"), ask("Password:")
	}
	if user != d.options.User || password != d.options.Password {
		d.say("535 5.7.8 wrong user or password for " + user)
		return
	}
	d.user = user
	d.say("235 ok")
}

func (d *dialogue) data() bool {
	var data bytes.Buffer
	for {
		line, err := d.in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		data.WriteString(strings.TrimPrefix(line, "."))
	}
	d.mail.Data = data.Bytes()
	d.mu.Lock()
	d.mails = append(d.mails, d.mail)
	d.mu.Unlock()
	d.say("250 taken")
	return true
}

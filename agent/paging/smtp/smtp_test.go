package smtp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"recado/agent/paging"
	"recado/agent/paging/ladder"
	"recado/agent/paging/smtp/smtptest"
)

var at = time.Date(2030, 11, 4, 22, 15, 0, 0, time.FixedZone("CST", -6*3600))

func page() paging.Page {
	return paging.Page{
		ID: "aa11", Thread: "bb22", Kind: paging.Arrived, Clinic: "sunrise", Name: "Clínica Sunrise", Priority: "emergency",
		Case: "018f0000-0000-7000-8000-000000000001", Reference: "K7Q-2MD", Since: at.Add(-time.Minute), At: at, Step: 2, Repeat: 1,
		Link: "https://staff.example/staff/sunrise/cases/018f0000-0000-7000-8000-000000000001",
	}
}

var oncall = ladder.Contact{Via: ladder.Email, To: "oncall@clinic.example", Language: "es"}

func serve(t *testing.T, o smtptest.Options) *smtptest.Server {
	t.Helper()
	s, err := smtptest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// sender reaches server under the name of its certificate, so that it counts
// as one out in the world.
func sender(t *testing.T, server *smtptest.Server, change ...func(*Config)) *Sender {
	t.Helper()
	_, port, _ := net.SplitHostPort(server.Address())
	cfg := Config{
		Address: net.JoinHostPort(smtptest.Host, port), From: "Recado de la Clínica <recado@clinic.example>", RootCAs: server.Roots(),
		User: "recado", Password: "geheim", Timeout: 10 * time.Second,
		dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Address())
		},
	}
	for _, f := range change {
		f(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var secure = smtptest.Options{StartTLS: true, User: "recado", Password: "geheim"}

func TestAPageIsAnEmailInTheLanguageOfWhoGetsIt(t *testing.T) {
	server := serve(t, secure)
	if err := sender(t, server).Send(t.Context(), oncall, page()); err != nil {
		t.Fatal(err)
	}
	mails := server.Mails()
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	m := mails[0]
	if !m.TLS || m.User != "recado" || m.From != "recado@clinic.example" || m.To != "oncall@clinic.example" {
		t.Errorf("envelope %+v", m)
	}
	msg, err := netmail.ReadMessage(bytes.NewReader(m.Data))
	if err != nil {
		t.Fatalf("%v\n%s", err, m.Data)
	}
	for name, want := range map[string]string{
		"From":                     `"Recado de la Clínica" <recado@clinic.example>`,
		"To":                       "<oncall@clinic.example>",
		"Subject":                  "EMERGENCIA en espera: Clínica Sunrise, K7Q-2MD",
		"Message-ID":               "<aa11@clinic.example>",
		"References":               "<bb22@clinic.example>",
		"Date":                     "Mon, 04 Nov 2030 22:15:00 -0600",
		"Auto-Submitted":           "auto-generated",
		"X-Auto-Response-Suppress": "All",
		"Content-Language":         "es",
		"Content-Type":             "text/plain; charset=UTF-8",
		"Importance":               "high",
		"Reply-To":                 "",
		"User-Agent":               "",
		"X-Mailer":                 "",
	} {
		got, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get(name))
		if err != nil || got != want {
			if name == "From" && strings.Contains(got, "recado@clinic.example") && strings.Contains(got, "Clínica") {
				continue
			}
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	body, err := io.ReadAll(quotedprintable.NewReader(msg.Body))
	if err != nil {
		t.Fatal(err)
	}
	want := "Una emergencia espera al personal. Llegó a las 10:14 de la noche del lunes 4 de noviembre y todavía nadie la ha tomado.\r\n\r\n" +
		"Referencia: K7Q-2MD\r\n\r\nPaso 2 de la escalera\r\n\r\nEsto ya se envió 1 vez.\r\n\r\n" +
		"Ábralo en la consola y tómelo ahí para que cesen estos avisos:\r\n" + page().Link + "\r\n\r\n" +
		"Este mensaje lo envió una máquina. Por favor no lo responda: nadie lo lee.\r\n"
	if strings.TrimSpace(string(body)) != strings.TrimSpace(want) {
		t.Errorf("got\n%q\nwant\n%q", body, want)
	}
}

func TestTheSamePageHasTheSameMessageID(t *testing.T) {
	server := serve(t, secure)
	s := sender(t, server)
	for range 2 {
		if err := s.Send(t.Context(), oncall, page()); err != nil {
			t.Fatal(err)
		}
	}
	mails := server.Mails()
	if !bytes.Equal(mails[0].Data, mails[1].Data) {
		t.Errorf("the same page is\n%s\nand\n%s", mails[0].Data, mails[1].Data)
	}
}

func TestNothingBeginsAnotherHeader(t *testing.T) {
	server := serve(t, secure)
	p := page()
	p.Name = "Sunrise\r\nBcc: all@evil.example\r\n\r\nBody\x00\u2028Bcc: b@evil.example"
	p.Reference = "K7Q\r\nBcc: c@evil.example"
	if err := sender(t, server).Send(t.Context(), oncall, p); err != nil {
		t.Fatal(err)
	}
	mails := server.Mails()
	if len(mails) != 1 || mails[0].To != "oncall@clinic.example" {
		t.Fatalf("%+v", mails)
	}
	msg, err := netmail.ReadMessage(bytes.NewReader(mails[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"From", "To", "Subject", "Message-Id", "References", "Date", "Auto-Submitted", "X-Auto-Response-Suppress",
		"Content-Language", "Content-Type", "Content-Transfer-Encoding", "Mime-Version", "Importance", "Priority", "X-Priority", "X-Msmail-Priority"}
	for name := range msg.Header {
		if !strings.Contains(strings.Join(known, " ")+" ", name+" ") {
			t.Errorf("a header %q: %q", name, msg.Header.Get(name))
		}
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil || strings.ContainsAny(subject, "\r\n\x00") {
		t.Errorf("subject %q, %v", subject, err)
	}
	for _, to := range []string{"a@b.example\r\nBcc: c@d.example", "a@b.example>\r\nRCPT TO:<c@d.example", "", "a@b.example\n"} {
		bad := oncall
		bad.To = to
		var f *paging.Failure
		if err := sender(t, server).Send(t.Context(), bad, page()); !errors.As(err, &f) || f.Code != paging.Unsendable {
			t.Errorf("to %q: %v", to, err)
		}
	}
	p = page()
	p.ID = "x>\r\nBcc: d@evil.example"
	if err := sender(t, server).Send(t.Context(), oncall, p); err == nil {
		t.Error("an id that is none is sent")
	}
	if n := len(server.Mails()); n != 1 {
		t.Errorf("%d mails", n)
	}
}

func TestWhatCanGoWrong(t *testing.T) {
	say := func(command, answer string) smtptest.Options {
		o := secure
		o.Say = func(c string) string {
			if c == command {
				return answer
			}
			return ""
		}
		return o
	}
	plain := func(c *Config) { c.User, c.Password = "", "" }
	for name, c := range map[string]struct {
		options   smtptest.Options
		change    func(*Config)
		code      paging.Code
		status    int
		permanent bool
	}{
		"no STARTTLS":              {smtptest.Options{}, plain, paging.Insecure, 0, true},
		"no STARTTLS, and a user":  {smtptest.Options{User: "recado", Password: "geheim"}, nil, paging.Insecure, 0, true},
		"a strange certificate":    {secure, func(c *Config) { c.RootCAs = nil }, paging.Insecure, 0, true},
		"a wrong password":         {secure, func(c *Config) { c.Password = "falsch" }, paging.Denied, 0, true},
		"a user that is not asked": {smtptest.Options{StartTLS: true}, nil, paging.Denied, 0, true},
		"a user that is missing":   {secure, plain, paging.Rejected, 530, true},
		"no room":                  {say("RCPT", "452 4.2.2 mailbox of oncall@clinic.example is full"), nil, paging.Rejected, 452, false},
		"no such address":          {say("RCPT", "550 5.1.1 no oncall@clinic.example here"), nil, paging.Rejected, 550, true},
		"gone in the middle":       {say("MAIL", "-"), nil, paging.Rejected, 0, false},
		"gone at the start":        {say("EHLO", "-"), nil, paging.Rejected, 0, false},
		"nobody there": {secure, func(c *Config) {
			c.dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no route to mail") }
		}, paging.Unreachable, 0, false},
	} {
		server := serve(t, c.options)
		change := c.change
		if change == nil {
			change = func(*Config) {}
		}
		err := sender(t, server, change).Send(t.Context(), oncall, page())
		var f *paging.Failure
		if !errors.As(err, &f) || f.Code != c.code || f.Status != c.status || f.Permanent != c.permanent {
			t.Errorf("%s: %v (%+v)", name, err, f)
		} else if s := err.Error(); strings.Contains(s, "oncall@") || strings.Contains(s, "geheim") || strings.Contains(s, "falsch") {
			t.Errorf("%s: the error holds an address or a password: %v", name, err)
		}
		if n := len(server.Mails()); n > 0 {
			t.Errorf("%s: %d mails", name, n)
		}
	}
}

func TestAPageThatWasTakenIsSentWhateverComesAfter(t *testing.T) {
	o := secure
	o.Say = func(c string) string {
		if c == "QUIT" {
			return "-"
		}
		return ""
	}
	server := serve(t, o)
	if err := sender(t, server).Send(t.Context(), oncall, page()); err != nil || len(server.Mails()) != 1 {
		t.Errorf("%v, %d mails", err, len(server.Mails()))
	}
}

func TestASilentServerDoesNotHoldAPageUp(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	s, err := New(Config{Address: "mail.clinic.example:587", From: "recado@clinic.example", Timeout: 50 * time.Millisecond,
		dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, silent.Addr().String())
		}})
	if err != nil {
		t.Fatal(err)
	}
	var f *paging.Failure
	if err := s.Send(t.Context(), oncall, page()); !errors.As(err, &f) || f.Code != paging.TimedOut {
		t.Errorf("%v", err)
	}
}

func TestOtherWaysToSignIn(t *testing.T) {
	login := secure
	login.Mechanisms = "XOAUTH2 LOGIN" // as at Microsoft's
	server := serve(t, login)
	if err := sender(t, server).Send(t.Context(), oncall, page()); err != nil || len(server.Mails()) != 1 {
		t.Errorf("LOGIN: %v", err)
	}
}

func TestTLSFromTheStart(t *testing.T) {
	server := serve(t, smtptest.Options{TLS: true, User: "recado", Password: "geheim"})
	s := sender(t, server)
	s.port = portTLS
	if err := s.Send(t.Context(), oncall, page()); err != nil {
		t.Fatal(err)
	}
	if mails := server.Mails(); len(mails) != 1 || !mails[0].TLS || mails[0].User != "recado" {
		t.Errorf("%+v", mails)
	}
	s = sender(t, server, func(c *Config) { c.RootCAs = nil })
	s.port = portTLS
	var f *paging.Failure
	if err := s.Send(t.Context(), oncall, page()); !errors.As(err, &f) || f.Code != paging.Insecure {
		t.Errorf("a strange certificate: %v", err)
	}
}

func TestOnThisHostTLSIsNotRequired(t *testing.T) {
	for name, o := range map[string]smtptest.Options{"plain": {}, "with a certificate of its own": {StartTLS: true}} {
		server := serve(t, o)
		s, err := New(Config{Address: server.Address(), From: "recado@clinic.example"})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Send(t.Context(), oncall, page()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if mails := server.Mails(); len(mails) != 1 || mails[0].TLS != o.StartTLS {
			t.Errorf("%s: %+v", name, mails)
		}
		if len(s.Warnings()) != 1 {
			t.Errorf("%s: warnings %q", name, s.Warnings())
		}
	}
	if w := sender(t, serve(t, secure)).Warnings(); len(w) != 0 {
		t.Errorf("warnings about a server with TLS: %q", w)
	}
}

func TestReachingSendsNothing(t *testing.T) {
	server := serve(t, secure)
	if err := sender(t, server).Reach(t.Context(), oncall); err != nil {
		t.Error(err)
	}
	if err := sender(t, server, func(c *Config) { c.Password = "falsch" }).Reach(t.Context(), oncall); err == nil {
		t.Error("a wrong password is not noticed")
	}
	if n := len(server.Mails()); n != 0 {
		t.Errorf("%d mails", n)
	}
}

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	fine := Config{Address: "mail.clinic.example:587", From: "recado@clinic.example"}
	if _, err := New(fine); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Config){
		"no port":             func(c *Config) { c.Address = "mail.clinic.example" },
		"no host":             func(c *Config) { c.Address = ":587" },
		"a port that is none": func(c *Config) { c.Address = "mail.clinic.example:smtp!" },
		"no sender":           func(c *Config) { c.From = "" },
		"a sender with more":  func(c *Config) { c.From = "recado@clinic.example\r\nBcc: x@y.example" },
		"half a user":         func(c *Config) { c.User = "recado" },
		"half a password":     func(c *Config) { c.Password = "geheim" },
	} {
		cfg := fine
		change(&cfg)
		if _, err := New(cfg); err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

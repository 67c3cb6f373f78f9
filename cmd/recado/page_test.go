package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"recado/agent/bus"
	"recado/agent/clinic"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/paging/smtp/smtptest"
	"recado/agent/paging/webhook"
)

func pagingFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "paging.yaml")
	must(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestThePagingSampleIsFine(t *testing.T) {
	out, _, code := runWith(t, "", "page", "sample")
	if code != 0 {
		t.Fatalf("exit code %d", code)
	}
	out, _, code = runWith(t, "", "page", "check", pagingFile(t, out))
	if code != 0 || !strings.Contains(out, "2. on call: after 3m0s, 2 contact(s), for [emergency urgent]") {
		t.Errorf("exit code %d: %s", code, out)
	}
}

func TestMistakesInThePagingFileAreToldWithTheirLines(t *testing.T) {
	path := pagingFile(t, "clinics:\n  - clinic: sol\n    steps:\n      - to: [{email: nobody}]\n")
	out, said, code := runWith(t, "", "page", "check", path)
	if code != 1 || !strings.HasPrefix(out, "paging.yaml:4: clinics[0].steps[0].to[0].email: ") || !strings.Contains(said, "1 problem(s)") {
		t.Errorf("exit code %d: %s%s", code, out, said)
	}
	if _, said, code := runWith(t, "", "page", "test", "--paging", path); code != 1 || !strings.Contains(said, "paging.yaml:4") {
		t.Errorf("exit code %d: %s", code, said)
	}
}

func TestATestPageGoesOverEachStep(t *testing.T) {
	mail, err := smtptest.Start(smtptest.Options{StartTLS: true, User: "recado", Password: "geheim"})
	must(t, err)
	t.Cleanup(mail.Close)
	var calls atomic.Int32
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if calls.Add(1); r.Header.Get(webhook.HeaderSignature) == "" || !strings.Contains(string(body), `"kind":"test"`) {
			w.WriteHeader(http.StatusBadRequest)
		}
		if strings.HasSuffix(r.URL.Path, "/gone") {
			w.WriteHeader(http.StatusGone)
		}
	}))
	t.Cleanup(hook.Close)
	file := func(path string) string {
		return pagingFile(t, `clinics:
  - clinic: sol
    steps:
      - name: desk
        to: [{email: desk@clinic.example, language: es}]
      - name: on call
        after: 3m
        to: [{webhook: `+hook.URL+path+`, private: yes}]
`)
	}
	flags := []string{"--paging-secret", "0123456789abcdef0123", "--smtp", mail.Address(), "--smtp-user", "recado",
		"--smtp-password", "geheim", "--smtp-from", "Recado <recado@clinic.example>"}
	test := func(path string, more ...string) (string, string, int) {
		return runWith(t, "", append(append([]string{"page", "test", "--paging", file(path)}, flags...), more...)...)
	}
	out, said, code := test("/T0KEN")
	if code != 0 || !strings.Contains(out, "step 1, desk, email 1 (desk@clinic.example): sent in ") ||
		!strings.Contains(out, "step 2, on call, webhook 1: sent in ") || !strings.Contains(out, "2 test page(s) sent") {
		t.Errorf("exit code %d: %s%s", code, out, said)
	}
	mails := mail.Mails()
	if len(mails) != 1 || !mails[0].TLS || !strings.Contains(string(mails[0].Data), "Aviso de prueba") || calls.Load() != 1 {
		t.Errorf("%d mails, %d calls", len(mails), calls.Load())
	}
	out, said, code = test("/T0KEN/gone")
	if code != 1 || !strings.Contains(out, "step 2, on call, webhook 1: NOT sent: rejected (status 410)") || !strings.Contains(said, "1 of 2 test pages were not sent") {
		t.Errorf("exit code %d: %s%s", code, out, said)
	}
	if strings.Contains(out+said, "T0KEN") || strings.Contains(out+said, "geheim") {
		t.Errorf("a secret is printed: %s%s", out, said)
	}
	if _, said, code := test("/", "--clinic", "luna"); code != 1 || !strings.Contains(said, "no ladder") {
		t.Errorf("another clinic: exit code %d: %s", code, said)
	}
}

func TestAPagingFileNeedsWhatItNames(t *testing.T) {
	mail := pagingFile(t, "clinics:\n  - clinic: sol\n    steps:\n      - to: [{email: a@b.example}]\n")
	hook := pagingFile(t, "clinics:\n  - clinic: sol\n    steps:\n      - to: [{webhook: https://hooks.example/x}]\n")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no file":        {nil, "--paging is missing"},
		"no server":      {[]string{"--paging", mail}, "set --smtp (RECADO_SMTP)"},
		"no sender":      {[]string{"--paging", mail, "--smtp", "127.0.0.1:25"}, "--smtp-from (RECADO_SMTP_FROM) is missing"},
		"no port":        {[]string{"--paging", mail, "--smtp", "mail", "--smtp-from", "a@b.example"}, "host:port"},
		"no secret":      {[]string{"--paging", hook}, "set --paging-secret (RECADO_PAGING_SECRET)"},
		"a short secret": {[]string{"--paging", hook, "--paging-secret", "short"}, "16 characters or more"},
	} {
		if _, said, code := runWith(t, "", append([]string{"page", "test"}, c.args...)...); code == 0 || !strings.Contains(said, c.want) {
			t.Errorf("%s: exit code %d: %s", name, code, said)
		}
	}
}

// printedPages keeps what is printed.
type printedPages chan string

func (l printedPages) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

func TestTheConsolesUserOfTheComposeFileSufficesForPaging(t *testing.T) {
	c := startComposeInbox(t)
	nc := as(t, c.url, "console", bus.RoleConsole, c.env)
	refused := make(chan error, 64)
	nc.SetErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
		select {
		case refused <- err:
		default:
		}
	})
	js, err := openJetStream(nc)
	must(t, err)
	s, err := store.Open(t.Context(), store.Config{JetStream: js, Keys: c.keys})
	must(t, err)
	x, err := s.Index(t.Context())
	must(t, err)
	t.Cleanup(x.Close)
	printed := make(printedPages, 64)
	p, err := printingPager(t.Context(), printed, pagingSetup{
		js: js, index: x, cases: s, clinics: clinic.Always(&clinic.Profile{ID: handedOff.Clinic, Name: "Sol", Zone: time.UTC}),
		public: "https://staff.example", log: zap.NewNop(),
	})
	must(t, err)
	running, stop := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	go func() { ended <- s.Ingest(running, p.Filed) }()
	go func() { ended <- p.Run(running) }()
	next := func() string {
		select {
		case line := <-printed:
			return line
		case <-time.After(patience):
			t.Fatal("no page")
			return ""
		}
	}
	if line := next(); !strings.HasPrefix(line, "page: Urgent case waiting: Sol, ") || !strings.Contains(line, "https://staff.example/staff/sol/cases/") {
		t.Errorf("it prints %q", line)
	}
	one, err := s.Latest(t.Context(), handedOff.Clinic, handedOff.ID)
	must(t, err)
	_, err = s.Claim(t.Context(), one.Clinic, one.ID, inbox.Actor{Person: "ana"})
	must(t, err)
	if line := next(); !strings.HasPrefix(line, "page: Acknowledged by staff: Sol, ") {
		t.Errorf("it prints %q", line)
	}
	stop()
	must(t, <-ended)
	must(t, <-ended)
	select {
	case err := <-refused:
		t.Errorf("the server refused: %v", err)
	default:
	}
}

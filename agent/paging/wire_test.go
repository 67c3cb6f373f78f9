package paging_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/bus/embedded"
	"recado/agent/clinic"
	"recado/agent/inbox"
	inboxstore "recado/agent/inbox/store"
	"recado/agent/paging"
	"recado/agent/paging/ladder"
	"recado/agent/paging/smtp"
	"recado/agent/paging/smtp/smtptest"
	"recado/agent/paging/store"
	"recado/agent/paging/webhook"
	"recado/agent/vault"
)

const (
	canary = "kanarienvogel"
	secret = "0123456789abcdef0123456789abcdef"
	soon   = 60 * time.Second
)

// hospital is NATS with its buckets, an SMTP server, a webhook, and keys.
type hospital struct {
	server *embedded.Server
	mail   *smtptest.Server
	hook   *httptest.Server
	keys   inboxstore.OneKey
	sealer *vault.Sealer
	log    bytes.Buffer
	logger *zap.Logger

	mu    sync.Mutex
	calls []call
}

type call struct {
	header http.Header
	body   webhook.Body
	raw    []byte
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func open(t *testing.T) *hospital {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "recado-test-")
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	h := &hospital{server: must[*embedded.Server](t)(embedded.Start(embedded.Config{Dir: dir, NoSync: true}))}
	t.Cleanup(h.server.Stop)
	must[[]bus.Change](t)(bus.Provision(t.Context(), h.connect(t), bus.Layout{AckWait: time.Second}))
	h.mail = must[*smtptest.Server](t)(smtptest.Start(smtptest.Options{StartTLS: true, User: "recado", Password: "geheim"}))
	t.Cleanup(h.mail.Close)
	h.hook = httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var body webhook.Body
		_ = json.Unmarshal(raw, &body)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.calls = append(h.calls, call{r.Header.Clone(), body, raw})
	}))
	t.Cleanup(h.hook.Close)
	private := must[vault.PrivateKey](t)(vault.NewPrivateKey())
	signing, own := must[vault.SigningKey](t)(vault.NewSigningKey()), must[vault.SigningKey](t)(vault.NewSigningKey())
	h.sealer = must[*vault.Sealer](t)(vault.NewSealer(private.Public(), signing))
	h.keys.Seal = must[*vault.Sealer](t)(vault.NewSealer(private.Public(), own))
	h.keys.Open = must[*vault.Opener](t)(vault.NewOpener([]vault.PrivateKey{private}, []vault.VerifyKey{signing.Public(), own.Public()}))
	h.logger = zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.Lock(zapcore.AddSync(&h.log)), zap.DebugLevel))
	return h
}

func (h *hospital) connect(t *testing.T) jetstream.JetStream {
	t.Helper()
	nc := must[*nats.Conn](t)(h.server.Connect(bus.RoleConsole))
	t.Cleanup(nc.Close)
	return must[jetstream.JetStream](t)(jetstream.New(nc))
}

// console is what one process runs.
type console struct {
	*inboxstore.Store
	pager *paging.Pager
	stop  func()
}

func (h *hospital) console(t *testing.T) *console {
	t.Helper()
	js := h.connect(t)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	c := &console{Store: must[*inboxstore.Store](t)(inboxstore.Open(ctx, inboxstore.Config{JetStream: js, Keys: h.keys, Log: h.logger}))}
	index := must[*inboxstore.Index](t)(c.Index(ctx))
	roots := x509.NewCertPool()
	roots.AddCert(h.hook.Certificate())
	c.pager = must[*paging.Pager](t)(paging.New(paging.Config{
		Plan: ladder.Plan{"sunrise": {Repeat: time.Hour, Steps: []ladder.Step{{
			Name: "all", Priorities: []agent.Priority{"emergency", "urgent"},
			To: []ladder.Contact{
				{Via: ladder.Email, To: "desk@clinic.example", Language: "es"},
				{Via: ladder.Webhook, To: h.hook.URL + "/T0KEN", Private: true},
			},
		}}}},
		Senders: map[ladder.Via]paging.Sender{
			ladder.Email: must[*smtp.Sender](t)(smtp.New(smtp.Config{
				Address: h.mail.Address(), From: "Recado <recado@clinic.example>", User: "recado", Password: "geheim",
			})),
			ladder.Webhook: must[*webhook.Sender](t)(webhook.New(webhook.Config{Secret: secret, RootCAs: roots})),
		},
		Clinics: clinic.Always(&clinic.Profile{ID: "sunrise", Name: "Sunrise", Zone: time.UTC}),
		List:    index, Cases: c.Store, States: must[*store.Bucket](t)(store.Open(ctx, js)), Public: "https://staff.example",
		Checks: []paging.Check{{Kind: paging.Filing, Ask: store.NewFiling(js).Ask}}, Log: h.logger,
	}))
	var working sync.WaitGroup
	working.Go(func() { _ = c.Ingest(ctx, c.pager.Filed) })
	working.Go(func() { _ = c.pager.Run(ctx) })
	var once sync.Once
	c.stop = func() {
		once.Do(func() {
			cancel()
			working.Wait()
			index.Close()
		})
	}
	t.Cleanup(c.stop)
	return c
}

// escalation is what a worker publishes, with the canary in every text.
func (h *hospital) escalation(t *testing.T, n int, p agent.Priority) *nats.Msg {
	t.Helper()
	conversation := agent.Conversation{Clinic: "sunrise", Channel: agent.SMS, ID: fmt.Sprintf("%032d", n)}
	id := fmt.Sprintf("t%032d", n)
	plain := must[[]byte](t)(json.Marshal(agent.Escalation{
		V: agent.Version, ID: id, Clinic: "sunrise", Channel: agent.SMS, Conversation: conversation.ID, Priority: p, Language: "es",
		Disposition: agent.Escalate, Rules: []string{"guard." + canary}, Intents: []string{canary},
		Messages: []agent.Message{{From: agent.Patient, Text: "me duele el pecho " + canary}}, ReplyTo: canary, At: time.Now().UTC(),
	}))
	data := must[[]byte](t)(json.Marshal(bus.Escalation{
		Envelope: must[vault.Envelope](t)(h.sealer.Seal("sunrise", id, plain)), ID: id, Clinic: "sunrise", Conversation: conversation.ID,
		Channel: agent.SMS, Priority: p, Language: "es", At: time.Now().UTC(),
	}))
	return &nats.Msg{Subject: bus.EscSubject(conversation, p), Data: data}
}

func (h *hospital) publish(t *testing.T, m *nats.Msg) {
	t.Helper()
	must[*jetstream.PubAck](t)(h.connect(t).PublishMsg(t.Context(), m))
}

func (h *hospital) hooked() []call {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]call(nil), h.calls...)
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(soon)
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within %s: %s", soon, what)
		}
	}
}

// settled waits until all that was published is filed, by any console.
func (h *hospital) settled(t *testing.T, js jetstream.JetStream) {
	until(t, "everything is filed", func() bool {
		c, err := js.Consumer(t.Context(), bus.StreamTurn, bus.ConsumerConsole)
		return err == nil && c.CachedInfo().NumPending == 0 && c.CachedInfo().NumAckPending == 0
	})
}

func TestFromAPatientsMessageToAPageAndBack(t *testing.T) {
	h := open(t)
	a, b := h.console(t), h.console(t)
	js := h.connect(t)
	m := h.escalation(t, 1, agent.PriorityEmergency)
	for range 10 { // redelivered
		h.publish(t, m)
	}
	h.settled(t, js)
	until(t, "both contacts are paged", func() bool { return len(h.mail.Mails()) >= 1 && len(h.hooked()) >= 1 })
	for range 10 {
		h.publish(t, m)
	}
	h.settled(t, js)
	c, err := a.Latest(t.Context(), "sunrise", fmt.Sprintf("%032d", 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Claim(t.Context(), "sunrise", c.ID, inbox.Actor{Person: "ana"}); err != nil {
		t.Fatal(err)
	}
	until(t, "both are told that somebody has it", func() bool { return len(h.mail.Mails()) >= 2 && len(h.hooked()) >= 2 })
	h.publish(t, h.escalation(t, 2, agent.PriorityRoutine))
	h.publish(t, h.escalation(t, 3, agent.PriorityUrgent))
	until(t, "the urgent one is told", func() bool { return len(h.mail.Mails()) >= 3 && len(h.hooked()) >= 3 })
	a.stop()
	b.stop()

	mails, calls := h.mail.Mails(), h.hooked()
	if len(mails) != 3 || len(calls) != 3 {
		t.Fatalf("%d mails and %d calls", len(mails), len(calls))
	}
	for i, kind := range []paging.Kind{paging.Arrived, paging.Acknowledged, paging.Arrived} {
		if calls[i].body.Kind != string(kind) || calls[i].header.Get(webhook.HeaderKey) != calls[i].body.ID {
			t.Errorf("call %d: %s", i, calls[i].raw)
		}
		if !mails[i].TLS || mails[i].User != "recado" {
			t.Errorf("mail %d came without TLS or user", i)
		}
	}
	if calls[0].body.Case != c.ID || calls[0].body.Reference != inbox.Reference(c.ID) || calls[0].body.Thread != calls[1].body.Thread {
		t.Errorf("%s\n%s", calls[0].raw, calls[1].raw)
	}
	h.clean(t, js)
}

// clean fails where anything of a patient is in what left the console or is
// kept of it.
func (h *hospital) clean(t *testing.T, js jetstream.JetStream) {
	t.Helper()
	seen := map[string]string{"the log": h.log.String()}
	for i, m := range h.mail.Mails() {
		seen[fmt.Sprintf("mail %d", i)] = m.From + m.To + string(m.Data)
	}
	for i, c := range h.hooked() {
		var header bytes.Buffer
		_ = c.header.Write(&header)
		seen[fmt.Sprintf("call %d", i)] = header.String() + string(c.raw)
	}
	stream := must[jetstream.Stream](t)(js.Stream(t.Context(), "KV_"+bus.BucketPaging))
	info := must[*jetstream.StreamInfo](t)(stream.Info(t.Context()))
	values := 0
	for seq := info.State.FirstSeq; seq <= info.State.LastSeq; seq++ {
		if m, err := stream.GetMsg(t.Context(), seq); err == nil {
			seen[fmt.Sprintf("value %d", seq)] = m.Subject + string(m.Data)
			values++
		}
	}
	if values < 2 {
		t.Errorf("%d values in the bucket", values)
	}
	for where, what := range seen {
		for _, word := range []string{canary, base64.StdEncoding.EncodeToString([]byte(canary))[:12], "pecho", "T0KEN", "geheim", fmt.Sprintf("%032d", 1)} {
			if strings.Contains(what, word) {
				t.Errorf("%s holds %q: %s", where, word, what)
			}
		}
		if strings.HasPrefix(where, "value") && strings.Contains(what, "@") {
			t.Errorf("%s holds an address: %s", where, what)
		}
	}
}

func TestConsolesThatComeAndGoInABurstPageEachCaseOnce(t *testing.T) {
	h := open(t)
	js := h.connect(t)
	const cases = 60
	a := h.console(t)
	for n := range cases {
		h.publish(t, h.escalation(t, n, agent.PriorityEmergency))
		if n == cases/2 {
			a.stop() // in the middle of it
		}
	}
	b, c := h.console(t), h.console(t)
	h.settled(t, js)
	pagesOf := func() map[string]int {
		seen := map[string]int{}
		for _, m := range h.mail.Mails() {
			_, id, _ := strings.Cut(string(m.Data), "Message-ID: <")
			id, _, _ = strings.Cut(id, "@")
			seen[id]++
		}
		return seen
	}
	until(t, "every case is told", func() bool { return len(pagesOf()) == cases && len(h.hooked()) >= cases })
	b.stop()
	c.stop()
	for id, n := range pagesOf() {
		if n != 1 {
			t.Errorf("page %s was sent %d times", id, n)
		}
	}
	if n := len(h.hooked()); n != cases {
		t.Errorf("%d calls of the webhook", n)
	}
	h.clean(t, js)
}

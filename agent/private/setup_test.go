package private

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"recado/agent"
	"recado/agent/audit"
	"recado/agent/bus"
	"recado/agent/bus/embedded"
	"recado/agent/clinic"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/vault"
)

// canary is in every text of patients and staff.
const canary = "kanarienvogel"

var ana = inbox.Actor{Person: "ana"}

// shipped is the agent that every test screens with.
var shipped = sync.OnceValues(func() (*agent.Agent, error) { return agent.New() })

// theClinic is the clinic of every room, read once and changed by none.
var theClinic = sync.OnceValue(clinic.Sample)

// clock is one that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// room is a page with a real NATS server, an inbox and a worker's keys.
type room struct {
	nats    *embedded.Server
	js      jetstream.JetStream
	worker  *vault.Sealer
	inbox   *store.Store
	links   *Links
	handler *Handler
	server  *httptest.Server
	clock   *clock
	audit   *book
	logs    *observer.ObservedLogs
	profile *clinic.Profile
	said    []inbox.Case
	urls    []string // that anybody asked for
	mu      sync.Mutex
}

// book is an audit that tests read, or break.
type book struct {
	mu   sync.Mutex
	acts []audit.Act
	err  error
}

func (b *book) Append(_ context.Context, a audit.Act) (audit.Entry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := a.Validate(); err != nil {
		return audit.Entry{}, err
	}
	if b.err != nil {
		return audit.Entry{}, b.err
	}
	b.acts = append(b.acts, a)
	return audit.Entry{Act: a}, nil
}

func (b *book) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

// kinds are what was done, in order.
func (b *book) kinds() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []string
	for _, a := range b.acts {
		all = append(all, string(a.Kind))
	}
	return strings.Join(all, " ")
}

func newRoom(t *testing.T, change ...func(*Config)) *room {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "recado-test-")
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	r := &room{clock: &clock{now: time.Now().UTC()}, audit: &book{}, profile: theClinic()}
	r.nats, err = embedded.Start(embedded.Config{Dir: dir, NoSync: true})
	must(t, err)
	t.Cleanup(r.nats.Stop)
	nc, err := r.nats.Connect(bus.RoleConsole, nats.ReconnectWait(5*time.Millisecond), nats.ReconnectJitter(0, 0),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	must(t, err)
	t.Cleanup(nc.Close)
	r.js, err = jetstream.New(nc)
	must(t, err)
	_, err = bus.Provision(t.Context(), r.js, bus.Layout{AckWait: time.Second})
	must(t, err)

	private, err := vault.NewPrivateKey()
	must(t, err)
	signing, err := vault.NewSigningKey()
	must(t, err)
	own, err := private.SigningKey()
	must(t, err)
	r.worker, err = vault.NewSealer(private.Public(), signing)
	must(t, err)
	var keys store.OneKey
	keys.Seal, err = vault.NewSealer(private.Public(), own)
	must(t, err)
	keys.Open, err = vault.NewOpener([]vault.PrivateKey{private}, []vault.VerifyKey{signing.Public(), own.Public()})
	must(t, err)
	core, logs := observer.New(zap.DebugLevel)
	r.logs = logs
	log := zap.New(core)
	t.Cleanup(func() {
		if t.Failed() {
			for _, line := range logs.All() {
				t.Log(line.Time.Format("05.000"), line.Message, line.ContextMap())
			}
		}
	})
	r.inbox, err = store.Open(t.Context(), store.Config{JetStream: r.js, Keys: keys, Log: log, Now: r.clock.Now})
	must(t, err)
	r.links = linksOf(t, vault.NewLinkKey())
	a, err := shipped()
	must(t, err)
	cfg := Config{
		JetStream: r.js, Inbox: r.inbox, Links: r.links, Clinics: clinic.Always(r.profile), Screener: a, Audit: r.audit,
		Log: log, Now: r.clock.Now, Retention: 90 * 24 * time.Hour, Burst: 500, AddressBurst: 2000,
		Said: func(c inbox.Case) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.said = append(r.said, c)
		},
	}
	for _, f := range change {
		f(&cfg)
	}
	r.handler, err = New(t.Context(), cfg)
	must(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- r.handler.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		must(t, <-done)
	})
	r.serve(t, r.handler)
	return r
}

// serve makes h what browsers reach from now on.
func (r *room) serve(t *testing.T, h http.Handler) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		r.urls = append(r.urls, req.URL.String())
		r.mu.Unlock()
		h.ServeHTTP(w, req)
	}))
	r.server = server
	t.Cleanup(func() {
		r.handler.Close()
		server.Close()
	})
}

func linksOf(t testing.TB, keys ...string) *Links {
	t.Helper()
	var parsed []vault.LinkKey
	for _, text := range keys {
		key, err := vault.ParseLinkKey(text)
		must(t, err)
		parsed = append(parsed, key)
	}
	l, err := NewLinks(parsed, "https://private.example")
	must(t, err)
	return l
}

func convID(n int) string { return fmt.Sprintf("%032x", n) }

func recordID(conversation, n int) string { return fmt.Sprintf("t%016x%016x", conversation, n) }

// hand files a record of a conversation, as a worker hands it to staff, and
// returns the token of its link.
func (r *room) hand(t *testing.T, channel agent.Channel, conversation, n int) string {
	t.Helper()
	e := agent.Escalation{
		V: agent.Version, ID: recordID(conversation, n), Clinic: r.profile.ID, Channel: channel, Conversation: convID(conversation),
		Priority: agent.PriorityRoutine, Language: "es", Disposition: agent.Escalate, Rules: []string{"gate.clinical"},
		Messages: []agent.Message{{From: agent.Patient, Text: canary}}, ReplyTo: "sealed-address", At: r.clock.Now(),
	}
	plain, err := json.Marshal(e)
	must(t, err)
	sealed, err := r.worker.Seal(e.Clinic, e.ID, plain)
	must(t, err)
	data, err := json.Marshal(bus.Escalation{
		Envelope: sealed, ID: e.ID, Clinic: e.Clinic, Conversation: e.Conversation, Channel: e.Channel,
		Priority: e.Priority, Language: e.Language, At: e.At,
	})
	must(t, err)
	_, err = r.js.Publish(t.Context(), bus.EscSubject(agent.Conversation{Clinic: e.Clinic, ID: e.Conversation}, e.Priority), data)
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	filed := make(chan struct{}, 16)
	done := make(chan error, 1)
	go func() { done <- r.inbox.Ingest(ctx, func(inbox.Case) { filed <- struct{}{} }) }()
	select {
	case <-filed:
	case <-time.After(30 * time.Second):
		t.Fatal("the record is not filed")
	}
	cancel()
	must(t, <-done)
	return r.token(t, r.links, conversation, n)
}

func (r *room) token(t *testing.T, l *Links, conversation, n int) string {
	t.Helper()
	link := l.Link(r.profile.ID, convID(conversation), recordID(conversation, n))
	_, token, ok := strings.Cut(link, "/p#")
	if !ok {
		t.Fatalf("link is %q", link)
	}
	return token
}

func (r *room) caseOf(t *testing.T, conversation int) inbox.Case {
	t.Helper()
	c, err := r.inbox.Latest(t.Context(), r.profile.ID, convID(conversation))
	must(t, err)
	return c
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// outs are the replies that went out to a conversation, oldest first.
func (r *room) outs(t *testing.T, conversation int) []bus.Outbound {
	t.Helper()
	stream, err := r.js.Stream(t.Context(), bus.StreamTurn)
	must(t, err)
	var all []bus.Outbound
	for seq := stream.CachedInfo().State.FirstSeq; seq <= stream.CachedInfo().State.LastSeq; seq++ {
		m, err := stream.GetMsg(t.Context(), seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		must(t, err)
		if !strings.HasPrefix(m.Subject, "recado.out.") || !strings.HasSuffix(m.Subject, "."+convID(conversation)) {
			continue
		}
		var out bus.Outbound
		must(t, json.Unmarshal(m.Data, &out))
		all = append(all, out)
	}
	return all
}

// codes are those that were sent to a conversation, oldest first.
func (r *room) codes(t *testing.T, conversation int) []string {
	t.Helper()
	var all []string
	for _, out := range r.outs(t, conversation) {
		all = append(all, sixDigits.FindString(out.Text))
	}
	return all
}

func (r *room) lastCode(t *testing.T, conversation int) string {
	t.Helper()
	all := r.codes(t, conversation)
	return all[len(all)-1]
}

// wrong is a code that was not sent.
func (r *room) wrong(t *testing.T, conversation int) string {
	t.Helper()
	sent := strings.Join(r.codes(t, conversation), " ")
	for n := 0; ; n++ {
		if code := fmt.Sprintf("%06d", n); !strings.Contains(sent, code) {
			return code
		}
	}
}

// keys are those of the bucket, with their values.
func (r *room) stored(t *testing.T) map[string]string {
	t.Helper()
	kv, err := r.js.KeyValue(t.Context(), bus.BucketPrivate)
	must(t, err)
	lister, err := kv.ListKeys(t.Context())
	must(t, err)
	all := map[string]string{}
	for k := range lister.Keys() {
		v, err := kv.Get(t.Context(), k)
		must(t, err)
		all[k] = string(v.Value())
	}
	return all
}

func uuidOf(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(30 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not in time: %s", what)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func prefixes(t *testing.T, texts ...string) []netip.Prefix {
	t.Helper()
	var all []netip.Prefix
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		must(t, err)
		all = append(all, p)
	}
	return all
}

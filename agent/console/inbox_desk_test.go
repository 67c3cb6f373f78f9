package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"recado/agent/audit"
	"recado/agent/clinic"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/staff"
	"recado/agent/staff/stafftest"
	"recado/agent/vault"
	"recado/locales"
)

// deskCanary is in every text of patients and staff.
const deskCanary = "kanarienvogel"

const deskSoon = 30 * time.Second

// desk is a console before a real inbox: its NATS server runs in process.
type desk struct {
	*stafftest.Rig
	keys   *deskKeys
	sealer *vault.Sealer
	inbox  *store.Store
	index  *store.Index
	audits *deskAudit
	cfg    Config
	server *Server
	http   *httptest.Server
	logs   *observer.ObservedLogs
	links  int

	address string
}

// deskAudit is an audit that may fail.
type deskAudit struct {
	*audit.Log
	mu   sync.Mutex
	fail bool
	acts []audit.Act
}

func (a *deskAudit) Append(ctx context.Context, act audit.Act) (audit.Entry, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fail {
		return audit.Entry{}, fmt.Errorf("append: %w", audit.ErrUnavailable)
	}
	e, err := a.Log.Append(ctx, act)
	if err == nil {
		a.acts = append(a.acts, act)
	}
	return e, err
}

// of returns the acts of a kind, as subjects and records.
func (a *deskAudit) of(kind audit.Kind) []audit.Act {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []audit.Act
	for _, act := range a.acts {
		if act.Kind == kind {
			all = append(all, act)
		}
	}
	return all
}

func (a *deskAudit) refuse(fail bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fail = fail
}

// deskKeys are keys that may be lost.
type deskKeys struct {
	one  store.OneKey
	mu   sync.Mutex
	lost bool
}

func (k *deskKeys) Opener(clinic string) *vault.Opener { return k.one.Opener(clinic) }

func (k *deskKeys) Sealer(clinic string) *vault.Sealer {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.lost {
		return nil
	}
	return k.one.Sealer(clinic)
}

func (k *deskKeys) lose(lost bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lost = lost
}

// sampleClinic is read once; a desk changes fields of a copy alone.
var sampleClinic = sync.OnceValue(clinic.Sample)

func newDesk(t testing.TB, change ...func(*Config)) *desk {
	t.Helper()
	d := &desk{Rig: stafftest.New(t), keys: &deskKeys{}}
	private, err := vault.NewPrivateKey()
	stafftest.Must(t, err)
	worker, err := vault.NewSigningKey()
	stafftest.Must(t, err)
	own, err := vault.NewSigningKey()
	stafftest.Must(t, err)
	d.sealer, err = vault.NewSealer(private.Public(), worker)
	stafftest.Must(t, err)
	d.keys.one.Seal, err = vault.NewSealer(private.Public(), own)
	stafftest.Must(t, err)
	d.keys.one.Open, err = vault.NewOpener([]vault.PrivateKey{private}, []vault.VerifyKey{worker.Public(), own.Public()})
	stafftest.Must(t, err)
	profile := *sampleClinic()
	core, logs := observer.New(zap.DebugLevel)
	d.logs = logs
	d.inbox, err = store.Open(t.Context(), store.Config{
		JetStream: d.JS, Keys: d.keys, Log: zap.New(core),
		Policy: func(string) inbox.Policy { return inbox.NewPolicy(nil) },
	})
	stafftest.Must(t, err)
	d.index, err = d.inbox.Index(context.WithoutCancel(t.Context()))
	stafftest.Must(t, err)
	t.Cleanup(d.index.Close)
	log, err := audit.Open(t.Context(), audit.Config{JetStream: d.JS, Patience: 10 * time.Second})
	stafftest.Must(t, err)
	d.audits = &deskAudit{Log: log}
	catalogue, err := locales.Default()
	stafftest.Must(t, err)
	d.cfg = Config{
		Staff: d.Service, Audit: d.audits, Inbox: d.inbox, Index: d.index, Clinics: clinic.Always(&profile),
		Catalogue: catalogue, Public: "http://127.0.0.1", Log: zap.New(core),
		PrivateLink: func(clinic, conversation, record string) string {
			return "https://private.example/p#" + record + "-geheim"
		},
	}
	for _, f := range change {
		f(&d.cfg)
	}
	d.start(t)
	return d
}

// start serves the console, anew after stop.
func (d *desk) start(t testing.TB) {
	t.Helper()
	var err error
	d.server, err = New(d.cfg)
	stafftest.Must(t, err)
	d.http = httptest.NewUnstartedServer(d.server)
	if d.address != "" { // where browsers know it
		d.http.Listener.Close()
		d.http.Listener, err = net.Listen("tcp", d.address)
		stafftest.Must(t, err)
	}
	d.address = d.http.Listener.Addr().String()
	d.http.Config.RegisterOnShutdown(d.server.Close)
	d.http.Start()
	t.Cleanup(d.stop)
}

func (d *desk) stop() {
	d.server.Close()
	d.http.CloseClientConnections()
	d.http.Close()
}

const deskClinic = "buenavista"

// hand is a person with a browser.
type hand struct {
	staff.Person
	t     testing.TB
	d     *desk
	token string
	lang  string
}

// person signs somebody in.
func (d *desk) person(t testing.TB, name string, role staff.Role) *hand {
	t.Helper()
	d.links++
	invited, link, err := d.Invite(t.Context(), d.Admin(t).Person, staff.NewPerson{
		Name: name, Email: fmt.Sprintf("p%d@clinic.example", d.links), Roles: map[string]staff.Role{deskClinic: role},
	})
	stafftest.Must(t, err)
	k := d.SetUp(t, link, staff.Self{})
	token, _ := d.SignIn(t, k)
	d.Clock.Add(-time.Minute) // what setting up and signing in took, so that nobody grows idle
	invited.SetUp = time.Now()
	return &hand{Person: invited, t: t, d: d, token: token}
}

// answer is what came back.
type answer struct {
	Status int
	Body   string
	Header http.Header
}

func (a answer) json(t testing.TB) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(a.Body), &m); err != nil {
		t.Fatalf("%v: %s", err, a.Body)
	}
	return m
}

func (h *hand) do(method, path string, form url.Values, accept string) answer {
	h.t.Helper()
	a, err := h.try(method, path, form, accept)
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

var deskClient = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (h *hand) try(method, path string, form url.Values, accept string) (answer, error) {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(context.Background(), method, h.d.http.URL+path, body)
	if err != nil {
		return answer{}, err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	if h.lang != "" {
		r.Header.Set("Accept-Language", h.lang)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.AddCookie(&http.Cookie{Name: "recado-staff", Value: h.token})
	resp, err := deskClient.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, string(raw), resp.Header}, err
}

func (h *hand) get(path string) answer { h.t.Helper(); return h.do("GET", path, nil, "text/html") }
func (h *hand) post(path string, form url.Values) answer {
	h.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	return h.do("POST", path, form, "text/html")
}

// filing runs until the test ends.
func (d *desk) filing(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- d.inbox.Ingest(ctx, nil) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// filed is the case of a conversation, once it has n arrivals and the index
// has it.
func (d *desk) filed(t testing.TB, conversation, n int) inbox.Case {
	t.Helper()
	var c inbox.Case
	deskUntil(t, fmt.Sprintf("conversation %d has %d arrivals", conversation, n), func() bool {
		var err error
		c, err = d.inbox.Latest(t.Context(), deskClinic, deskConversation(conversation))
		if errors.Is(err, inbox.ErrNotFound) {
			return false
		}
		stafftest.Must(t, err)
		_, in := d.index.Case(deskClinic, c.ID)
		return in && len(c.Arrivals) >= n
	})
	return c
}

// now is a case as the store has it.
func (d *desk) now(t testing.TB, c inbox.Case) inbox.Case {
	t.Helper()
	c, _, err := d.inbox.Case(t.Context(), c.Clinic, c.ID)
	stafftest.Must(t, err)
	return c
}

// one is a desk with one case and a person of the staff.
func oneCase(t testing.TB, change ...func(*Config)) (*desk, *hand, inbox.Case) {
	t.Helper()
	d := newDesk(t, change...)
	d.filing(t)
	d.tell(t, story{Conversation: 1})
	return d, d.person(t, "Ana Ruiz", staff.Staff), d.filed(t, 1, 1)
}

func deskUntil(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(deskSoon)
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within %s: %s", deskSoon, what)
		}
	}
}

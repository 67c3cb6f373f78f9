package whatsapp

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"recado/agent"
	"recado/agent/channel"
	"recado/agent/vault"
)

const (
	testSecret  = "app-secret"
	testAccount = "106540352242922"
	testClinic  = "harbor"
)

var testKey = []byte("0123456789abcdef0123456789abcdef")

// desk is a webhook with everything behind it in memory.
type desk struct {
	handler http.Handler
	box     *vault.Box
	logs    *observer.ObservedLogs

	mu       sync.Mutex
	events   []agent.Event
	seen     map[string]bool
	statuses []channel.Status
	aliases  map[string]string
	fail     func(agent.Event) error
	status   func(channel.Status) error
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	box, err := vault.NewBox(testKey)
	if err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zapcore.DebugLevel)
	d := &desk{box: box, logs: logs, seen: map[string]bool{}, aliases: map[string]string{}}
	d.handler, err = NewWebhook(WebhookConfig{
		VerifyToken: "verify-me", AppSecrets: []string{"old-secret", testSecret},
		Accounts: AccountMap{testAccount: testClinic}, Intake: d, Aliases: d, Statuses: d,
		Box: box, ConversationKey: testKey, Log: zap.New(core),
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) Take(_ context.Context, e agent.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail != nil {
		if err := d.fail(e); err != nil {
			return err
		}
	}
	if !d.seen[e.ID] {
		d.seen[e.ID] = true
		d.events = append(d.events, e)
	}
	return nil
}

func (d *desk) Apply(_ context.Context, s channel.Status) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.status != nil {
		if err := d.status(s); err != nil {
			return err
		}
	}
	d.statuses = append(d.statuses, s)
	return nil
}

func (d *desk) Conversation(_ context.Context, clinic, address string) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.aliases[clinic+"|"+address], nil
}

func (d *desk) Record(_ context.Context, clinic, address, conversation string) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if have := d.aliases[clinic+"|"+address]; have != "" {
		return have, nil
	}
	d.aliases[clinic+"|"+address] = conversation
	return conversation, nil
}

func payload(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func sign(data []byte) string {
	mac := hmac.New(sha256.New, []byte(testSecret))
	mac.Write(data)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func (d *desk) post(data []byte, signature string) int {
	r := httptest.NewRequest(http.MethodPost, "/webhook/whatsapp", strings.NewReader(string(data)))
	if signature != "" {
		r.Header.Set("X-Hub-Signature-256", signature)
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w.Code
}

func (d *desk) mustTake(t testing.TB, name string) {
	t.Helper()
	data := payload(t, name)
	if code := d.post(data, sign(data)); code != http.StatusOK {
		t.Fatalf("%s: answered %d, want 200", name, code)
	}
	for _, e := range d.events {
		if err := e.Validate(); err != nil {
			t.Fatalf("%s: event %.40s is not valid: %v", name, e.ID, err)
		}
	}
}

func TestVerificationEchoesTheChallengeOnlyForTheRightToken(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		query string
		code  int
		body  string
	}{
		{"hub.mode=subscribe&hub.verify_token=verify-me&hub.challenge=1158201444", 200, "1158201444"},
		{"hub.mode=subscribe&hub.verify_token=verify-me&hub.challenge=%3Cscript%3E", 200, "<script>"},
		{"hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1", 403, ""},
		{"hub.mode=unsubscribe&hub.verify_token=verify-me&hub.challenge=1", 403, ""},
		{"", 403, ""},
	} {
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/?"+c.query, nil))
		if w.Code != c.code || (c.body != "" && w.Body.String() != c.body) {
			t.Errorf("%q: %d %q", c.query, w.Code, w.Body)
		}
		if kind := w.Header().Get("Content-Type"); !strings.HasPrefix(kind, "text/plain") {
			t.Errorf("%q: answered as %q, want plain text", c.query, kind)
		}
	}
}

func TestUnsignedNotificationsTakeNothingIn(t *testing.T) {
	data := payload(t, "text")
	good := sign(data)
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	rewritten, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	for name, signature := range map[string]string{
		"absent": "", "empty": "sha256=", "sha1": "sha1=" + good[7:], "short": good[:20],
		"other": sign([]byte("x")), "rewritten JSON": sign(rewritten), "not hex": "sha256=" + strings.Repeat("zz", 32),
	} {
		d := newDesk(t)
		if code := d.post(data, signature); code != http.StatusUnauthorized || len(d.events) != 0 {
			t.Errorf("%s: %d and %d events, want 401 and none", name, code, len(d.events))
		}
	}
	d := newDesk(t)
	if code := d.post(data, good); code != 200 || len(d.events) != 1 {
		t.Errorf("right signature over accents and emoji: %d and %d events", code, len(d.events))
	}
}

func TestABodyBeyondTheLimitIsRefused(t *testing.T) {
	d := newDesk(t)
	data := []byte(strings.Repeat(" ", 3<<20) + "{}")
	if code := d.post(data, sign(data)); code != http.StatusRequestEntityTooLarge {
		t.Errorf("answered %d, want 413", code)
	}
}

func TestTheReplyAddressIsSealedForItsConversation(t *testing.T) {
	d := newDesk(t)
	d.mustTake(t, "both_known")
	e := d.events[0]
	a, err := channel.OpenAddress(d.box, e.Of(), e.ReplyTo)
	if err != nil {
		t.Fatal(err)
	}
	want := channel.Address{Account: testAccount, Phone: "16505551234", User: "US.13491208655302741918", Wrote: e.At.Truncate(time.Second)}
	if a != want {
		t.Errorf("address is %+v, want %+v", a, want)
	}
	data, _ := json.Marshal(e)
	if strings.Contains(string(data), "16505551234") {
		t.Error("the event shows the phone number")
	}
}

func TestABatchKeepsItsOrder(t *testing.T) {
	d := newDesk(t)
	d.mustTake(t, "batch")
	if len(d.events) != 60 {
		t.Fatalf("%d events, want 60", len(d.events))
	}
	for i, e := range d.events[1:] {
		if !d.events[i].At.Before(e.At) {
			t.Fatalf("%s is not after %s", e.ID, d.events[i].ID)
		}
		if off := e.At.Sub(e.At.Truncate(time.Second)); off >= time.Millisecond {
			t.Fatalf("%s is %s off Meta's time", e.ID, off)
		}
	}
}

func TestMalformedMessagesCostNoNeighbour(t *testing.T) {
	d := newDesk(t)
	d.mustTake(t, "malformed")
	kinds := map[string]agent.Kind{}
	for _, e := range d.events {
		kinds[e.ID] = e.Kind
	}
	want := map[string]agent.Kind{
		"wamid.good1": agent.KindText, "wamid.good2": agent.KindText, "wamid.odd2": agent.KindText,
		"wamid.odd1": agent.KindUnsupported, strings.Repeat("x", 900): agent.KindText,
	}
	for id, kind := range want {
		if kinds[eventID(id)] != kind {
			t.Errorf("%s: %q, want %q", id, kinds[eventID(id)], kind)
		}
	}
	if len(d.events) != len(want) {
		t.Errorf("%d events, want %d: %v", len(d.events), len(want), kinds)
	}
	if n := d.logs.FilterMessageSnippet("has no id").Len(); n != 5 {
		t.Errorf("%d messages without id in the log, want 5", n)
	}
	if n := d.logs.FilterMessageSnippet("has no sender").Len(); n != 1 {
		t.Errorf("%d messages without sender in the log, want 1", n)
	}
}

func TestAnUnknownAccountIsNamedAndIgnored(t *testing.T) {
	d := newDesk(t)
	d.mustTake(t, "unknown_account")
	if len(d.events) != 0 {
		t.Error("an event of an unknown account was taken in")
	}
	lines := d.logs.All()
	if len(lines) != 1 || lines[0].ContextMap()["account"] != "999" || len(lines[0].Context) != 1 {
		t.Errorf("log is %v, want one line with the account only", lines)
	}
}

func TestLogsHoldNoPatient(t *testing.T) {
	d := newDesk(t)
	d.fail = func(e agent.Event) error {
		if e.Kind == agent.KindOrder {
			return errors.New("no room")
		}
		return nil
	}
	for _, name := range []string{"types", "malformed", "account_errors", "statuses", "unknown_account", "no_phone"} {
		data := payload(t, name)
		d.post(data, sign(data))
	}
	d.post(payload(t, "text"), "sha256=00")
	if d.logs.Len() < 8 {
		t.Fatalf("only %d log lines", d.logs.Len())
	}
	for _, line := range d.logs.All() {
		data, _ := json.Marshal(line.ContextMap())
		for _, secret := range []string{"16505551234", "650555", "US.1349", "Hello", "two please", "secret words", "wamid", "Sheena"} {
			if strings.Contains(line.Message+string(data), secret) {
				t.Errorf("log line shows %q: %s %s", secret, line.Message, data)
			}
		}
	}
}

func TestStatusesArePassedOnAsTheyCame(t *testing.T) {
	d := newDesk(t)
	d.mustTake(t, "statuses")
	want := []channel.Status{
		{ID: "wamid.out1", Reply: "t01", State: channel.Read},
		{ID: "wamid.out1", Reply: "t01", State: channel.Sent},
		{ID: "wamid.out2", Reply: "t02", State: channel.Failed, Code: 131047},
		{ID: "wamid.out2", Reply: "t02", State: channel.Delivered},
		{ID: "wamid.out3", Reply: "t03", State: channel.Read},
	}
	if len(d.statuses) != len(want) {
		t.Fatalf("%d statuses, want %d", len(d.statuses), len(want))
	}
	for i, s := range d.statuses {
		w := want[i]
		if s.ID != w.ID || s.Reply != w.Reply || s.State != w.State || s.Code != w.Code || s.Clinic != testClinic || s.At.IsZero() {
			t.Errorf("status %d is %+v, want %+v", i, s, w)
		}
	}
}

func TestMetaIsAskedToComeAgainUntilAllIsStored(t *testing.T) {
	d := newDesk(t)
	data := payload(t, "types")
	d.fail = func(e agent.Event) error {
		if e.ID == eventID("wamid.12") {
			return errors.New("no room")
		}
		return nil
	}
	if code := d.post(data, sign(data)); code != http.StatusServiceUnavailable {
		t.Fatalf("answered %d with an event not stored, want 503", code)
	}
	d.fail = nil
	d.mustTake(t, "types")
	if len(d.events) != 20 {
		t.Errorf("%d events after the redelivery, want 20", len(d.events))
	}
	d.status = func(channel.Status) error { return errors.New("no room") }
	data = payload(t, "statuses")
	if code := d.post(data, sign(data)); code != http.StatusServiceUnavailable {
		t.Errorf("answered %d with a status not noted, want 503", code)
	}
}

func TestAPanicIsAnAnswer(t *testing.T) {
	d := newDesk(t)
	d.fail = func(agent.Event) error { panic("Hello, 16505551234") }
	data := payload(t, "text")
	if code := d.post(data, sign(data)); code != http.StatusInternalServerError {
		t.Errorf("answered %d, want 500", code)
	}
	for _, line := range d.logs.All() {
		for _, f := range line.Context {
			if strings.Contains(f.String, "16505551234") {
				t.Error("the log quotes the panic")
			}
		}
	}
}

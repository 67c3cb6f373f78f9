package sms_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"recado/agent"
	"recado/agent/channel"
	"recado/agent/channel/sms"
	"recado/agent/channel/sms/twiliotest"
	"recado/agent/vault"
)

const (
	public     = "https://sms.harbor.example/hooks/sms"
	testClinic = "harbor"
	patient    = "+17135550001"
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
	strays   []channel.Stray
	stops    []agent.Conversation
	fail     func(n int) error // before the n-th try to store something
	tries    int
}

func newDesk(t testing.TB, change ...func(*sms.WebhookConfig)) *desk {
	t.Helper()
	box, err := vault.NewBox(testKey)
	if err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zapcore.DebugLevel)
	d := &desk{box: box, logs: logs, seen: map[string]bool{}}
	cfg := sms.WebhookConfig{
		URL: public, AuthTokens: []string{"old-token", token}, Accounts: channel.AccountMap{clinicNumber: testClinic},
		Intake: d, Statuses: d, Strays: d, Consents: d, Box: box, ConversationKey: testKey, Log: zap.New(core),
		RetryPause: time.Millisecond, Timeout: 2 * time.Second,
	}
	for _, f := range change {
		f(&cfg)
	}
	if d.handler, err = sms.NewWebhook(cfg); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) try() error {
	d.tries++
	if d.fail != nil {
		return d.fail(d.tries)
	}
	return nil
}

func (d *desk) Take(_ context.Context, e agent.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.try(); err != nil {
		return err
	}
	if err := e.Validate(); err != nil {
		return err
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
	if err := d.try(); err != nil {
		return err
	}
	d.statuses = append(d.statuses, s)
	return nil
}

func (d *desk) Keep(_ context.Context, s channel.Stray) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.try(); err != nil {
		return err
	}
	d.strays = append(d.strays, s)
	return nil
}

func (d *desk) StoppedFor(context.Context, agent.Conversation, channel.Address) (bool, error) {
	return false, nil
}

func (d *desk) Stop(_ context.Context, c agent.Conversation, _ channel.Address, _ string, _ time.Time) error {
	d.stops = append(d.stops, c)
	return nil
}

// post delivers a form to path, signed as if it had been posted to address.
func (d *desk) post(path, address string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	r.Header.Set("X-Twilio-Signature", sms.Sign(token, address, form))
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

func (d *desk) message(form url.Values) *httptest.ResponseRecorder {
	return d.post("/webhooks/sms", public, form)
}

func text(body string, more ...string) url.Values {
	form := twiliotest.Form("SM00000000000000000000000000000001", patient, "+"+clinicNumber, body)
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

// The example in Twilio's documentation.
func TestTheSignatureIsTwilios(t *testing.T) {
	got := sms.Sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", url.Values{
		"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675309"}, "Digits": {"1234"}, "From": {"+14158675309"}, "To": {"+18005551212"},
	})
	if got != "RSOYDt4T1cUTdK1PDd93/VVr8B8=" {
		t.Errorf("signature is %s", got)
	}
}

func TestAMessageIsAnEventWithItsAddressSealed(t *testing.T) {
	d := newDesk(t)
	w := d.message(text("¿a qué hora abren? & <mañana>"))
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "<Response/>") || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/xml") {
		t.Fatalf("answer is %d %q", w.Code, w.Body)
	}
	if len(d.events) != 1 {
		t.Fatalf("%d events", len(d.events))
	}
	e := d.events[0]
	if e.Kind != agent.KindText || e.Text != "¿a qué hora abren? & <mañana>" || e.Clinic != testClinic || e.Channel != agent.SMS || time.Since(e.At) > time.Minute {
		t.Errorf("event is %+v", e)
	}
	for _, open := range []string{"7135550001", "SM0000"} {
		if strings.Contains(fmt.Sprintf("%s %s %s", e.ID, e.Conversation, e.ReplyTo), open) {
			t.Errorf("the event shows %s", open)
		}
	}
	to, err := channel.OpenAddress(d.box, e.Of(), e.ReplyTo)
	if err != nil || to != (channel.Address{Account: clinicNumber, Phone: "17135550001"}) {
		t.Errorf("address is %+v, %v", to, err)
	}
}

func TestEveryKindOfMessageIsTakenIn(t *testing.T) {
	for name, test := range map[string]struct {
		form       url.Values
		kind       agent.Kind
		text       string
		attachment string
	}{
		"photo with words":  {text("my rash", "NumMedia", "2", "MediaUrl0", "https://api.twilio.com/m", "MediaContentType0", "image/jpeg"), agent.KindAttachment, "my rash", "image"},
		"voice":             {text("", "NumMedia", "1", "MediaContentType0", "AUDIO/amr"), agent.KindAttachment, "", "audio"},
		"contact card":      {text("", "NumMedia", "1", "MediaContentType0", "text/vcard"), agent.KindAttachment, "", "document"},
		"uncounted medium":  {text("", "NumMedia", "", "MediaUrl0", "https://api.twilio.com/m"), agent.KindAttachment, "", "document"},
		"nothing":           {text(" \n"), agent.KindUnsupported, "", ""},
		"broken UTF-8":      {text("hola \xff"), agent.KindText, "hola \ufffd", ""},
		"very long":         {text(strings.Repeat("ñ", 5000)), agent.KindText, strings.Repeat("ñ", 4000) + " […]", ""},
		"Twilio's own stop": {text("ya estuvo", "OptOutType", "STOP"), agent.KindText, "STOP", ""},
		"a stop it shares":  {text("Alto", "OptOutType", "STOP"), agent.KindText, "Alto", ""},
		"a cancel":          {text(" cancel ", "OptOutType", "STOP"), agent.KindText, " cancel ", ""},
		"an odd opt-out":    {text("hello", "OptOutType", "OTHER"), agent.KindText, "hello", ""},
	} {
		d := newDesk(t)
		if w := d.message(test.form); w.Code != http.StatusOK || len(d.events) != 1 {
			t.Errorf("%s: %d, %d events", name, w.Code, len(d.events))
			continue
		}
		if e := d.events[0]; e.Kind != test.kind || e.Text != test.text || e.Attachment != test.attachment {
			t.Errorf("%s: %s %q %s", name, e.Kind, e.Text, e.Attachment)
		}
	}
}

func TestUnsignedRequestsTakeNothingIn(t *testing.T) {
	d := newDesk(t)
	form := text("hi")
	forged := text("hi", "Body", "something else")
	for name, change := range map[string]func(*http.Request){
		"none":          func(r *http.Request) { r.Header.Del("X-Twilio-Signature") },
		"another token": func(r *http.Request) { r.Header.Set("X-Twilio-Signature", sms.Sign("another", public, form)) },
		"not base64":    func(r *http.Request) { r.Header.Set("X-Twilio-Signature", "%%") },
		"another form":  func(r *http.Request) { r.Header.Set("X-Twilio-Signature", sms.Sign(token, public, forged)) },
		"what a proxy passes on": func(r *http.Request) {
			r.Header.Set("X-Twilio-Signature", sms.Sign(token, "http://example.com/webhooks/sms", form))
			r.Header.Set("X-Forwarded-Host", "example.com")
		},
		"a status's address": func(r *http.Request) {
			r.Header.Set("X-Twilio-Signature", sms.Sign(token, public+sms.StatusPath, form))
		},
		"a query that was not signed": func(r *http.Request) {
			r.URL.RawQuery = "reply=t01"
			r.Header.Set("X-Twilio-Signature", sms.Sign(token, public, form))
		},
	} {
		for _, path := range []string{"/webhooks/sms", "/webhooks/sms/status"} {
			if name == "a status's address" && path != "/webhooks/sms" {
				continue
			}
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			change(r)
			w := httptest.NewRecorder()
			d.handler.ServeHTTP(w, r)
			if w.Code != http.StatusForbidden {
				t.Errorf("%s at %s: %d, want 403", name, path, w.Code)
			}
		}
	}
	if d.tries != 0 {
		t.Errorf("%d tries to store something", d.tries)
	}
}

func TestASignatureHoldsWithBothTokensAndWithAndWithoutThePort(t *testing.T) {
	form := text("hi")
	for _, address := range []string{public, "https://sms.harbor.example:443/hooks/sms"} {
		for _, key := range []string{"old-token", token} {
			d := newDesk(t)
			r := httptest.NewRequest(http.MethodPost, "/webhooks/sms", strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("X-Twilio-Signature", sms.Sign(key, address, form))
			w := httptest.NewRecorder()
			d.handler.ServeHTTP(w, r)
			if w.Code != http.StatusOK || len(d.events) != 1 {
				t.Errorf("%s with %s: %d", address, key, w.Code)
			}
		}
	}
	d := newDesk(t, func(c *sms.WebhookConfig) { c.URL = "http://[::1]:8080/webhooks/sms" })
	if w := d.post("/webhooks/sms", "http://[::1]:8080/webhooks/sms", form); w.Code != http.StatusOK {
		t.Errorf("an address of its own port: %d", w.Code)
	}
}

func TestWhatIsNoFormOrTooLongIsRefused(t *testing.T) {
	d := newDesk(t)
	for name, test := range map[string]struct {
		method, kind, body string
		want               int
	}{
		"a GET":              {http.MethodGet, "", "", http.StatusMethodNotAllowed},
		"JSON":               {http.MethodPost, "application/json", "{}", http.StatusBadRequest},
		"a malformed form":   {http.MethodPost, "application/x-www-form-urlencoded", "Body=%zz", http.StatusBadRequest},
		"beyond the limit":   {http.MethodPost, "application/x-www-form-urlencoded", "Body=" + strings.Repeat("a", 64<<10), http.StatusRequestEntityTooLarge},
		"no content type":    {http.MethodPost, "", "Body=a", http.StatusBadRequest},
		"a form, no headers": {http.MethodPost, "application/x-www-form-urlencoded", "Body=a", http.StatusForbidden},
	} {
		r := httptest.NewRequest(test.method, "/webhooks/sms", strings.NewReader(test.body))
		r.Header.Set("Content-Type", test.kind)
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, r)
		if w.Code != test.want {
			t.Errorf("%s: %d, want %d", name, w.Code, test.want)
		}
	}
}

func TestTheAnswerComesOnlyAfterTheMessageIsStored(t *testing.T) {
	d := newDesk(t)
	d.fail = func(n int) error {
		if n < 4 {
			return errors.New("no room")
		}
		return nil
	}
	if w := d.message(text("hi")); w.Code != http.StatusOK || len(d.events) != 1 || d.tries != 4 {
		t.Errorf("after a short outage: %d, %d events after %d tries", w.Code, len(d.events), d.tries)
	}
	d = newDesk(t, func(c *sms.WebhookConfig) { c.Timeout = 30 * time.Millisecond })
	d.fail = func(int) error { return errors.New("no room") }
	w := d.message(text("hi"))
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "<Response") {
		t.Errorf("a message that is not stored is answered with %d %s", w.Code, w.Body)
	}
}

func TestTenDeliveriesAreOneEvent(t *testing.T) {
	d := newDesk(t)
	for range 10 {
		if w := d.message(text("hi")); w.Code != http.StatusOK {
			t.Fatal(w.Code)
		}
	}
	if len(d.events) != 1 {
		t.Errorf("%d events", len(d.events))
	}
}

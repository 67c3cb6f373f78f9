package sms_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/channel/sms"
)

func TestSignedMessagesThatAreNoEventAreKept(t *testing.T) {
	for rule, form := range map[string]url.Values{
		channel.RuleNoAccount: text("hi", "To", "+17135559999"),
		channel.RuleNoID:      text("hi", "MessageSid", "", "SmsSid", "", "SmsMessageSid", ""),
		channel.RuleNoSender:  text("hi", "From", "ACME"),
	} {
		d := newDesk(t)
		if w := d.message(form); w.Code != http.StatusOK || len(d.events) != 0 || len(d.strays) != 1 {
			t.Errorf("%s: %d, %d events, %d strays", rule, w.Code, len(d.events), len(d.strays))
			continue
		}
		s := d.strays[0]
		if s.Rule != rule || s.Channel != agent.SMS || !strings.Contains(string(s.Data), `"hi"`) || (s.Clinic == "") != (rule == channel.RuleNoAccount) {
			t.Errorf("%s: kept as %s of %q: %s", rule, s.Rule, s.Clinic, s.Data)
		}
	}
}

func TestStatusesArePassedOnAndAStopIsRecorded(t *testing.T) {
	d := newDesk(t)
	status := func(state, code string) url.Values {
		return url.Values{"MessageSid": {"SM1"}, "MessageStatus": {state}, "ErrorCode": {code}, "From": {"+" + clinicNumber}, "To": {patient}}
	}
	for _, test := range []struct {
		state, code string
		want        channel.State
	}{
		{"queued", "", channel.Sent}, {"sent", "", channel.Sent}, {"delivered", "", channel.Delivered}, {"read", "", channel.Read},
		{"undelivered", "30003", channel.Failed}, {"failed", "21610", channel.Failed}, {"received", "", ""}, {"a new one", "", ""},
	} {
		d.statuses = nil
		w := d.post("/webhooks/sms/status?reply=t01", public+"/status?reply=t01", status(test.state, test.code))
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", test.state, w.Code)
		}
		switch {
		case test.want == "" && len(d.statuses) != 0:
			t.Errorf("%s is passed on", test.state)
		case test.want == "":
		case len(d.statuses) != 1:
			t.Errorf("%s: %d statuses", test.state, len(d.statuses))
		default:
			s := d.statuses[0]
			if code := fmt.Sprint(s.Code); s.State != test.want || s.Reply != "t01" || s.ID != "SM1" || s.Clinic != testClinic || (test.code != "" && code != test.code) {
				t.Errorf("%s: %+v", test.state, s)
			}
		}
	}
	if len(d.stops) != 1 || d.stops[0] != sms.Conversation(testKey, testClinic, "17135550001") {
		t.Errorf("stops are %v", d.stops)
	}
	if w := d.post("/webhooks/sms/status?reply=t02", public+"/status?reply=t01", status("failed", "")); w.Code != http.StatusForbidden {
		t.Errorf("a status for another reply than the signed one: %d", w.Code)
	}
	d.statuses = nil
	other := status("delivered", "")
	other.Set("From", "+17135559999")
	if w := d.post("/webhooks/sms/status?reply=t01", public+"/status?reply=t01", other); w.Code != http.StatusOK || len(d.statuses) != 0 {
		t.Errorf("a status of another clinic's number: %d, %d statuses", w.Code, len(d.statuses))
	}
}

func TestLogsHoldNoPatient(t *testing.T) {
	d := newDesk(t, func(c *sms.WebhookConfig) { c.Timeout = 5 * time.Millisecond })
	d.message(text("private words", "From", "ACME"))
	d.message(text("private words", "To", "+17135559999"))
	d.message(text("private words", "MessageSid", "", "SmsSid", "", "SmsMessageSid", ""))
	d.message(text("private words", "OptOutType", "STOP"))
	d.message(text(""))
	d.post("/webhooks/sms", "https://wrong.example", text("private words"))
	d.fail = func(int) error { return errors.New("no room") }
	d.message(text("private words"))
	d.fail = func(int) error { panic("private words of " + patient) }
	if w := d.message(text("private words")); w.Code != http.StatusInternalServerError {
		t.Errorf("a panic is answered with %d", w.Code)
	}
	if d.logs.Len() < 8 {
		t.Fatalf("only %d log lines", d.logs.Len())
	}
	for _, line := range d.logs.All() {
		all := line.Message + fmt.Sprint(line.ContextMap())
		for _, secret := range []string{"private words", "7135550001", "7135559999", token, "ACME"} {
			if strings.Contains(all, secret) {
				t.Errorf("log line shows %q: %s", secret, all)
			}
		}
	}
}

func TestAWebhookThatAnybodyCouldSignIsRefused(t *testing.T) {
	good := sms.WebhookConfig{URL: public, AuthTokens: []string{token}, Accounts: channel.AccountMap{}, Intake: &desk{}, Box: newDesk(t).box, ConversationKey: testKey}
	if _, err := sms.NewWebhook(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*sms.WebhookConfig){
		"no token":    func(c *sms.WebhookConfig) { c.AuthTokens = nil },
		"empty token": func(c *sms.WebhookConfig) { c.AuthTokens = []string{token, ""} },
		"no URL":      func(c *sms.WebhookConfig) { c.URL = "" },
		"a mere path": func(c *sms.WebhookConfig) { c.URL = "/webhooks/sms" },
		"a query":     func(c *sms.WebhookConfig) { c.URL = public + "?x=1" },
		"a fragment":  func(c *sms.WebhookConfig) { c.URL = public + "#rc=5" },
		"a short key": func(c *sms.WebhookConfig) { c.ConversationKey = []byte("short") },
		"no intake":   func(c *sms.WebhookConfig) { c.Intake = nil },
		"no box":      func(c *sms.WebhookConfig) { c.Box = nil },
		"no accounts": func(c *sms.WebhookConfig) { c.Accounts = nil },
	} {
		cfg := good
		change(&cfg)
		if _, err := sms.NewWebhook(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// Whatever a form holds, it becomes one event that fits its stream, or is kept.
func FuzzNoSignedFormIsLost(f *testing.F) {
	f.Add("hola", "+17135550001", "0", "", "SM1")
	f.Add("\x00\xff", "whatsapp:+17135550001", "-1", "image/", "")
	f.Add(strings.Repeat("\x01", 20000), "72345", "99999999999999999999", "a/b/c", "SM2")
	f.Fuzz(func(t *testing.T, body, from, media, contentType, id string) {
		d := newDesk(t, func(c *sms.WebhookConfig) { c.MaxBody = 1 << 20 })
		form := url.Values{"Body": {body}, "From": {from}, "To": {"+" + clinicNumber}, "NumMedia": {media}, "MediaContentType0": {contentType}, "MessageSid": {id}}
		if len(form.Encode()) > 1<<20 {
			t.Skip()
		}
		if w := d.message(form); w.Code != http.StatusOK || len(d.events)+len(d.strays) != 1 {
			t.Fatalf("%d, %d events, %d strays", w.Code, len(d.events), len(d.strays))
		}
		for _, e := range d.events {
			data, err := json.Marshal(e)
			if err != nil || len(data) > bus.MaxEventBytes {
				t.Fatalf("%d bytes, %v", len(data), err)
			}
		}
	})
}

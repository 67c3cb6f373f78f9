package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/audit"
	"recado/agent/bus"
	"recado/agent/clinic"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/vault"
)

func TestPrivateLinksAreConfiguredWholeOrNotAtAll(t *testing.T) {
	key := vault.NewLinkKey()
	for what, c := range map[string]struct {
		flags privateFlags
		links bool
		fails string
	}{
		"nothing":                   {},
		"the key that keys prints":  {flags: privateFlags{LinkKey: []string{key}}},
		"both":                      {flags: privateFlags{LinkKey: []string{key}, PrivateURL: "https://p.example"}, links: true},
		"two keys":                  {flags: privateFlags{LinkKey: []string{vault.NewLinkKey(), key}, PrivateURL: "https://p.example"}, links: true},
		"no key":                    {flags: privateFlags{PrivateURL: "https://p.example"}, fails: "--link-key"},
		"a variable set to nothing": {flags: privateFlags{LinkKey: []string{""}, PrivateURL: "https://p.example"}, fails: "--link-key"},
		"another kind of key":       {flags: privateFlags{LinkKey: []string{vault.NewBoxKey()}, PrivateURL: "https://p.example"}, fails: "SECRET box key"},
		"an address in clear":       {flags: privateFlags{LinkKey: []string{key}, PrivateURL: "http://p.example"}, fails: "--private-url"},
	} {
		links, err := c.flags.links()
		if (links != nil) != c.links || (err != nil) != (c.fails != "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%s: %v, %v", what, links, err)
		}
		if err != nil && (strings.Contains(err.Error(), key) || strings.Contains(err.Error(), "recado-box-key-"+"A")) {
			t.Errorf("%s: the error tells a key: %v", what, err)
		}
	}
}

func TestTheConsolesUserOfTheComposeFileSufficesForThePrivatePage(t *testing.T) {
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
	record := "t" + handedOff.ID + handedOff.ID
	handOffAs(t, c, record)
	s, err := store.Open(t.Context(), store.Config{JetStream: js, Keys: c.keys})
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	filed := make(chan inbox.Case, 8)
	go s.Ingest(ctx, func(c inbox.Case) { filed <- c }) //nolint:errcheck // it ends with the test
	for one := (inbox.Case{}); !one.Has(record); {
		select {
		case one = <-filed:
		case <-time.After(patience):
			t.Fatal("the escalation is not filed")
		}
	}
	links, err := privateFlags{LinkKey: []string{vault.NewLinkKey()}, PrivateURL: "https://private.example"}.links()
	must(t, err)
	book, err := audit.Open(ctx, audit.Config{JetStream: js})
	must(t, err)
	profile := clinic.Sample()
	profile.ID = handedOff.Clinic
	screener, err := newAgent(llmFlags{}, nil)
	must(t, err)
	page, err := newPrivatePage(ctx, privateConfig{
		js: js, inbox: s, links: links, clinics: clinic.Always(profile), screener: screener, audit: book, log: zap.NewNop(),
		said: func(inbox.Case) {},
	})
	must(t, err)
	go page.Run(ctx) //nolint:errcheck // it ends with the test

	jar := map[string]*http.Cookie{}
	do := func(method, path, body string) string {
		t.Helper()
		req := httptest.NewRequest(method, path, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		for _, c := range jar {
			req.AddCookie(c)
		}
		w := httptest.NewRecorder()
		page.ServeHTTP(w, req)
		for _, c := range w.Result().Cookies() {
			jar[c.Name] = c
		}
		if w.Code/100 != 2 {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
		return w.Body.String()
	}
	_, token, _ := strings.Cut(links.Link(handedOff.Clinic, handedOff.ID, record), "#")
	do(http.MethodPost, "/p/open", `{"token":"`+token+`"}`)
	do(http.MethodPost, "/p/code", `{"code":"`+codeFor(t, c)+`"}`)
	do(http.MethodPost, "/p/messages", `{"id":"`+store.NewEntryID()+`","text":"buenas noches"}`)
	if got := do(http.MethodGet, "/p/thread", ""); !strings.Contains(got, "buenas noches") {
		t.Errorf("the thread is %s", got)
	}
	do(http.MethodPost, "/p/leave", "{}")
	must(t, nc.Flush())
	select {
	case err := <-refused:
		t.Errorf("NATS refused: %v", err)
	default:
	}
}

// handOffAs hands the conversation off with a record of this id.
func handOffAs(t *testing.T, c composeInbox, record string) {
	t.Helper()
	plain, err := json.Marshal(agent.Escalation{
		V: agent.Version, ID: record, Clinic: handedOff.Clinic, Channel: handedOff.Channel, Conversation: handedOff.ID,
		Priority: agent.PriorityRoutine, Language: "es", ReplyTo: "sealed", At: time.Now(),
	})
	must(t, err)
	sealed, err := c.keys.Seal.Seal(handedOff.Clinic, record, plain)
	must(t, err)
	data, err := json.Marshal(bus.Escalation{
		Envelope: sealed, ID: record, Clinic: handedOff.Clinic, Conversation: handedOff.ID, Channel: handedOff.Channel,
		Priority: agent.PriorityRoutine, Language: "es", At: time.Now(),
	})
	must(t, err)
	nc := as(t, c.url, "worker", bus.RoleWorker, c.env)
	js, err := openJetStream(nc)
	must(t, err)
	_, err = js.Publish(t.Context(), bus.EscSubject(handedOff, agent.PriorityRoutine), data)
	must(t, err)
}

// codeFor is the code that a gateway finds to send.
func codeFor(t *testing.T, c composeInbox) string {
	t.Helper()
	js, err := openJetStream(as(t, c.url, "gateway", bus.RoleGateway, c.env))
	must(t, err)
	stream, err := js.Stream(t.Context(), bus.StreamTurn)
	must(t, err)
	msg, err := stream.GetLastMsgForSubject(t.Context(), bus.OutSubject(handedOff))
	must(t, err)
	var out bus.Outbound
	must(t, json.Unmarshal(msg.Data, &out))
	return regexp.MustCompile(`\b\d{6}\b`).FindString(out.Text)
}

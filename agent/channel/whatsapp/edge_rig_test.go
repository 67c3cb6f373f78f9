package whatsapp_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/channel/channeltest"
	"recado/agent/channel/dispatch"
	"recado/agent/channel/whatsapp"
	"recado/agent/channel/whatsapp/graphtest"
	"recado/agent/clinic"
	"recado/agent/language"
	"recado/agent/vault"
)

const (
	account = "106540352242922"
	harbor  = "harbor"
	secret  = "app-secret"
)

var key = []byte("0123456789abcdef0123456789abcdef")

// edge is a gateway with a WhatsApp number, between Meta's stand-in, which
// holds it to the platform's limits, and a NATS server.
type edge struct {
	*channeltest.NATS
	t       *testing.T
	graph   *graphtest.Server
	hook    http.Handler
	events  chan agent.Event // as a worker reads them
	box     *vault.Box
	notices chan channel.Notice
	n       int
}

func newEdge(t *testing.T, change ...func(*dispatch.Config)) *edge {
	t.Helper()
	r := &edge{NATS: channeltest.Start(t), t: t, graph: graphtest.New(), events: make(chan agent.Event, 100), notices: make(chan channel.Notice, 100)}
	t.Cleanup(r.graph.Close)
	r.graph.Limit(graphtest.Meta)
	var err error
	if r.box, err = vault.NewBox(key); err != nil {
		t.Fatal(err)
	}
	seen, aliases := r.Bucket(t, bus.BucketSeen), whatsapp.NewAliases(r.Bucket(t, bus.BucketAlias), key)
	intake, windows := channel.NewIntake(r.JS, seen), channel.NewWindows(seen)
	deliveries, err := dispatch.OpenDeliveries(t.Context(), r.JS, func(_ context.Context, n channel.Notice) error { r.notices <- n; return nil })
	if err != nil {
		t.Fatal(err)
	}
	consents, err := channel.OpenConsents(t.Context(), r.JS, intake, r.box, func(ctx context.Context, clinic string, to channel.Address) ([]agent.Conversation, error) {
		return whatsapp.ConversationsOf(ctx, aliases, key, clinic, to.Phone, to.User)
	})
	if err != nil {
		t.Fatal(err)
	}
	sender, err := whatsapp.NewSender(whatsapp.SenderConfig{Token: "token", BaseURL: r.graph.URL()})
	if err != nil {
		t.Fatal(err)
	}
	receipts, err := whatsapp.NewReceipts(whatsapp.ReceiptsConfig{Sender: sender, Consents: consents})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(receipts.Close)
	r.hook, err = whatsapp.NewWebhook(whatsapp.WebhookConfig{
		VerifyToken: "v", AppSecrets: []string{secret}, Accounts: whatsapp.AccountMap{account: harbor}, Intake: intake, Aliases: aliases,
		Box: r.box, ConversationKey: key, Statuses: deliveries, Consents: consents, Windows: windows, Receipts: receipts,
	})
	if err != nil {
		t.Fatal(err)
	}
	templates := whatsapp.ProfileTemplates(func(string) (*clinic.Profile, bool) {
		return &clinic.Profile{Name: "Harbor Clinic", Channels: clinic.Channels{WhatsApp: clinic.WhatsApp{Templates: map[string]clinic.Templates{
			"staff.see_private": {
				EN: clinic.Template{Name: "answer_ready", Language: "en_US", Parameters: []string{"clinic", "link"}},
				ES: clinic.Template{Name: "respuesta_lista", Language: "es_MX", Parameters: []string{"clinic", "link"}},
			},
		}}}}, true
	})
	config := dispatch.Config{
		JetStream: r.JS, Senders: map[agent.Channel]channel.Sender{agent.WhatsApp: sender}, Deliveries: deliveries,
		Consent: r.Bus, Addresses: consents, Windows: windows, Templates: templates, Box: r.box, RetryMin: 2 * time.Millisecond,
	}
	for _, f := range change {
		f(&config)
	}
	d, err := dispatch.New(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	r.read()
	return r
}

// read puts events as a worker gets them into r.events.
func (r *edge) read() {
	consumer, err := r.JS.OrderedConsumer(r.t.Context(), bus.StreamIn, jetstream.OrderedConsumerConfig{})
	if err != nil {
		r.t.Fatal(err)
	}
	pull, err := consumer.Consume(func(msg jetstream.Msg) {
		var e agent.Event
		if json.Unmarshal(msg.Data(), &e) == nil {
			r.events <- e
		}
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(pull.Stop)
}

// person is a patient with a phone number, a user id, or both.
type person struct{ phone, user string }

func (p person) who() string {
	if p.phone != "" {
		return p.phone
	}
	return p.user
}

// write delivers a message as Meta does, signed, and returns its event.
func (r *edge) write(p person, message map[string]any) agent.Event {
	r.t.Helper()
	r.post(p, time.Now(), message)
	return r.event()
}

func (r *edge) event() agent.Event {
	r.t.Helper()
	select {
	case e := <-r.events:
		return e
	case <-channeltest.Context(r.t).Done():
		r.t.Fatal("no event")
	}
	return agent.Event{}
}

func (r *edge) post(p person, at time.Time, message map[string]any) {
	r.t.Helper()
	r.n++
	message["id"], message["timestamp"] = fmt.Sprintf("wamid.in%d", r.n), fmt.Sprint(at.Unix())
	contact := map[string]any{"profile": map[string]any{"name": "P"}}
	if p.phone != "" {
		message["from"], contact["wa_id"] = p.phone, p.phone
	}
	if p.user != "" {
		message["from_user_id"], contact["user_id"] = p.user, p.user
	}
	data, err := json.Marshal(map[string]any{"object": "whatsapp_business_account", "entry": []any{map[string]any{"changes": []any{map[string]any{
		"field": "messages", "value": map[string]any{
			"metadata": map[string]any{"phone_number_id": account}, "contacts": []any{contact}, "messages": []any{message},
		},
	}}}}})
	if err != nil {
		r.t.Fatal(err)
	}
	r.deliver(data)
	r.graph.Wrote(p.who(), at)
}

func (r *edge) deliver(data []byte) {
	r.t.Helper()
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(data)
	req := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, "/", bytes.NewReader(data))
	req.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	w := httptest.NewRecorder()
	if r.hook.ServeHTTP(w, req); w.Code != http.StatusOK {
		r.t.Fatalf("the webhook answers %d: %s", w.Code, w.Body)
	}
}

// reply publishes what a worker decided about an event.
func (r *edge) reply(e agent.Event, id, text string, lang language.Language, choices ...agent.Choice) {
	r.t.Helper()
	out := bus.Outbound{
		V: 1, ID: id, Clinic: e.Clinic, Channel: e.Channel, Conversation: e.Conversation, Disposition: agent.Answer, Keys: []string{"booking.times"},
		Language: lang, Text: text, Choices: choices, ReplyTo: e.ReplyTo, At: time.Now(), Answers: []string{e.ID},
	}
	data, err := json.Marshal(bus.TurnRecord{V: 1, Cursor: 1, Reply: &out})
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.JS.PublishMsg(r.t.Context(), &nats.Msg{Subject: bus.TurnSubject(e.Of()), Data: data}); err != nil {
		r.t.Fatal(err)
	}
}

// staff publishes what a person of the staff sends, to the address of e.
func (r *edge) staff(e agent.Event, id, keyed, text string, lang language.Language) {
	r.t.Helper()
	err := bus.PublishReply(r.t.Context(), r.JS, bus.Outbound{
		V: 1, ID: id, Clinic: e.Clinic, Channel: e.Channel, Conversation: e.Conversation, Disposition: agent.Human, Keys: []string{keyed},
		Language: lang, Text: text, ReplyTo: e.ReplyTo, At: time.Now(), Answers: []string{}, By: "ana",
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// sent returns the n-th message that the platform took, from 1.
func (r *edge) sent(n int) graphtest.Call {
	r.t.Helper()
	all, err := r.graph.WaitSent(channeltest.Context(r.t), n)
	if err != nil {
		r.t.Fatal(err)
	}
	return all[n-1]
}

// notice returns what staff are told next.
func (r *edge) notice() channel.Notice {
	r.t.Helper()
	select {
	case n := <-r.notices:
		return n
	case <-channeltest.Context(r.t).Done():
		r.t.Fatal("staff are told nothing")
	}
	return channel.Notice{}
}

func text(body string) map[string]any {
	return map[string]any{"type": "text", "text": map[string]any{"body": body}}
}

// tap is what Meta delivers when a patient taps a choice of a message.
func tap(c graphtest.Call, n int) map[string]any {
	kind := map[string]string{"button": "button_reply", "list": "list_reply"}[c.Kind]
	o := map[string]any{"id": c.Choices[n].ID, "title": c.Choices[n].Title}
	if c.Kind == "list" {
		o["description"] = c.Choices[n].Detail
	}
	return map[string]any{"type": "interactive", "context": map[string]any{"id": c.ID}, "interactive": map[string]any{"type": kind, kind: o}}
}

func times(n int, detail string) []agent.Choice {
	var all []agent.Choice
	for i := range n {
		all = append(all, agent.Choice{ID: fmt.Sprintf("slot:2026-12-01T%02d:00", 9+i), Title: fmt.Sprintf("mar 1 dic, %d:00", 9+i), Detail: detail})
	}
	return all
}

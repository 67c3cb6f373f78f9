package sms_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/channel/channeltest"
	"recado/agent/channel/dispatch"
	"recado/agent/channel/sms"
	"recado/agent/channel/sms/twiliotest"
	"recado/agent/channel/whatsapp"
	"recado/agent/vault"
)

// post is a gateway with an SMS number on a NATS server of its own.
type post struct {
	*channeltest.NATS
	twilio     *twiliotest.Server
	box        *vault.Box
	deliveries *dispatch.Deliveries
	consents   *channel.Consents
	notices    chan channel.Notice
	sender     *sms.Sender
}

func newPost(t *testing.T, rate float64, deliver bool) *post {
	t.Helper()
	p := &post{NATS: channeltest.Start(t), notices: make(chan channel.Notice, 100)}
	var err error
	if p.box, err = vault.NewBox(testKey); err != nil {
		t.Fatal(err)
	}
	undelivered := func(_ context.Context, n channel.Notice) error { p.notices <- n; return nil }
	if p.deliveries, err = dispatch.OpenDeliveries(t.Context(), p.JS, undelivered); err != nil {
		t.Fatal(err)
	}
	intake := channel.NewIntake(p.JS, p.Bucket(t, bus.BucketSeen))
	aliases := whatsapp.NewAliases(p.Bucket(t, bus.BucketAlias), testKey)
	p.consents, err = channel.OpenConsents(t.Context(), p.JS, intake, p.box, func(ctx context.Context, clinic string, to channel.Address) ([]agent.Conversation, error) {
		other, err := whatsapp.ConversationOf(ctx, aliases, testKey, clinic, to.Phone)
		return []agent.Conversation{other, sms.Conversation(testKey, clinic, to.Phone)}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	address := "http://" + server.Listener.Addr().String() + "/webhooks/sms"
	server.Config.Handler, err = sms.NewWebhook(sms.WebhookConfig{
		URL: address, AuthTokens: []string{token}, Accounts: channel.AccountMap{clinicNumber: testClinic},
		Intake: intake, Box: p.box, ConversationKey: testKey, Statuses: p.deliveries, Consents: p.consents,
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Start()
	t.Cleanup(server.Close)
	p.twilio = twiliotest.New(twiliotest.Config{Token: token, Number: "+" + clinicNumber, Webhook: address, Deliver: deliver})
	t.Cleanup(p.twilio.Close)
	p.sender = newSender(t, p.twilio, func(c *sms.SenderConfig) {
		c.StatusURL, c.SegmentsPerSecond, c.Timeout = address+sms.StatusPath, rate, time.Second
	})
	return p
}

func (p *post) run(t *testing.T) {
	t.Helper()
	d, err := dispatch.New(dispatch.Config{
		JetStream: p.JS, Senders: map[agent.Channel]channel.Sender{agent.SMS: p.sender, agent.WhatsApp: p.sender},
		Deliveries: p.deliveries, Consent: p.Bus, Addresses: p.consents, Box: p.box,
		SendTimeout: 2 * time.Second, ConfirmWait: 8 * time.Second, RetryMin: 2 * time.Millisecond, RetryMax: 20 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

const phone = "17135550001"

func onSMS() agent.Conversation { return sms.Conversation(testKey, testClinic, phone) }

func onWhatsApp() agent.Conversation {
	return agent.Conversation{Clinic: testClinic, Channel: agent.WhatsApp, ID: vault.ConversationID(testKey, testClinic, "whatsapp", phone)}
}

// publish puts a reply into the stream, in a turn record as workers do, or by
// itself where it is an emergency's.
func (p *post) publish(t *testing.T, c agent.Conversation, id string, change ...func(*bus.Outbound)) {
	t.Helper()
	sealed, err := channel.Address{Account: clinicNumber, Phone: phone}.Seal(p.box, c)
	if err != nil {
		t.Fatal(err)
	}
	out := bus.Outbound{
		V: 1, ID: id, Clinic: c.Clinic, Channel: c.Channel, Conversation: c.ID, Disposition: agent.Answer,
		Keys: []string{"hours.today"}, Language: "es", Text: "texto de " + id, ReplyTo: sealed, At: time.Now(),
	}
	for _, f := range change {
		f(&out)
	}
	subject, message := bus.TurnSubject(c), any(bus.TurnRecord{V: 1, Cursor: 1, Reply: &out})
	if out.Emergency {
		subject, message = bus.OutSubject(c), out
	}
	data, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.JS.Publish(t.Context(), subject, data); err != nil {
		t.Fatal(err)
	}
}

// becomes waits until the record of a reply has a state.
func (p *post) becomes(t *testing.T, reply string, state channel.State) dispatch.Record {
	t.Helper()
	ctx := channeltest.Context(t)
	watch, err := p.Bucket(t, bus.BucketDelivery).Watch(ctx, reply)
	if err != nil {
		t.Fatal(err)
	}
	for {
		select {
		case entry := <-watch.Updates():
			if entry == nil || entry.Operation() != jetstream.KeyValuePut {
				continue
			}
			var r dispatch.Record
			if err := json.Unmarshal(entry.Value(), &r); err != nil {
				t.Fatal(err)
			}
			if r.State == state {
				return r
			}
		case <-ctx.Done():
			r, _, _ := p.deliveries.Get(t.Context(), reply)
			t.Fatalf("%s is %q (code %d, %s), want %q", reply, r.State, r.Code, r.Reason, state)
		}
	}
}

func (p *post) events(t *testing.T) (texts []string) {
	t.Helper()
	stored, err := p.Bus.Unanswered(t.Context(), onSMS(), 0, 100, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stored {
		var e agent.Event
		if err := json.Unmarshal(s.Data, &e); err != nil || e.Validate() != nil {
			t.Fatal(err, e.Validate())
		}
		texts = append(texts, e.Text)
	}
	return texts
}

func TestALostAnswerIsConfirmedByTheStatusThatNamesTheReply(t *testing.T) {
	p := newPost(t, 1000, true)
	p.twilio.Script(func(n int, _ twiliotest.Call) twiliotest.Answer { return twiliotest.Answer{Drop: n == 0} })
	p.publish(t, onSMS(), "t01")
	p.publish(t, onSMS(), "t02")
	p.run(t)
	for _, id := range []string{"t01", "t02"} {
		if r := p.becomes(t, id, channel.Delivered); r.Attempts != 1 || r.ID == "" {
			t.Errorf("%s: %+v", id, r)
		}
	}
	if n := len(p.twilio.Phone(phone)); n != 2 {
		t.Errorf("%d messages on the phone, want 2", n)
	}
}

func TestWhatWasNotDeliveredIsToldToStaffAndStaysSo(t *testing.T) {
	p := newPost(t, 1000, false)
	p.publish(t, onSMS(), "t01")
	p.run(t)
	p.becomes(t, "t01", channel.Sent)
	call := p.twilio.Sent()[0]
	for _, status := range []struct {
		state string
		code  int
	}{{"undelivered", 30003}, {"sent", 0}, {"queued", 0}, {"undelivered", 30003}} {
		if err := p.twilio.Tell(t.Context(), call, status.state, status.code); err != nil {
			t.Fatal(err)
		}
	}
	if r, _, err := p.deliveries.Get(t.Context(), "t01"); err != nil || r.State != channel.Failed || r.Code != 30003 {
		t.Errorf("record is %+v, %v", r, err)
	}
	if len(p.notices) != 1 {
		t.Fatalf("%d notices", len(p.notices))
	}
	if n := <-p.notices; n.Code != 30003 || n.Reply != "t01" {
		t.Errorf("notice is of %s, code %d", n.Reply, n.Code)
	}
}

func TestAStopAtThePhoneNetworkIsRecordedOnceAndToldToStaff(t *testing.T) {
	p := newPost(t, 1000, false)
	p.twilio.Script(func(int, twiliotest.Call) twiliotest.Answer { return twiliotest.Answer{Code: 21610} })
	p.publish(t, onSMS(), "t01")
	p.publish(t, onSMS(), "confirm", func(o *bus.Outbound) { o.Keys, o.Disposition = []string{"consent.stopped"}, agent.Consent })
	p.publish(t, onSMS(), "911", func(o *bus.Outbound) { o.Emergency = true })
	p.run(t)
	for _, id := range []string{"t01", "confirm", "911"} {
		if r := p.becomes(t, id, channel.Withheld); r.Code != 21610 {
			t.Errorf("%s has code %d", id, r.Code)
		}
	}
	var told []string
	for range len(p.notices) {
		told = append(told, (<-p.notices).Reply)
	}
	if slices.Sort(told); !slices.Equal(told, []string{"911", "t01"}) {
		t.Errorf("staff are told of %v", told)
	}
	// One for each that was refused before the worker recorded the first.
	if got := p.events(t); len(got) == 0 || len(got) > 2 || slices.ContainsFunc(got, func(s string) bool { return s != "STOP" }) {
		t.Errorf("events are %q", got)
	}
	before := len(p.events(t))
	for range 2 {
		if err := p.consents.Stop(t.Context(), onSMS(), channel.Address{Account: clinicNumber, Phone: phone}, "t01", time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if after := len(p.events(t)); after != before {
		t.Errorf("telling of one refusal again makes %d more events", after-before)
	}
	if err := p.Bus.SetConsent(t.Context(), onSMS(), agent.ConsentStop, 5, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := p.consents.Stop(t.Context(), onSMS(), channel.Address{Account: clinicNumber, Phone: phone}, "another", time.Now()); err != nil || len(p.events(t)) != before {
		t.Errorf("a stop that is recorded makes an event (%v)", err)
	}
}

func TestAStopHoldsOnAllChannelsOfAnAddressUntilALaterStart(t *testing.T) {
	p := newPost(t, 1000, false)
	set := func(c agent.Conversation, change agent.ConsentChange, cursor uint64) {
		t.Helper()
		if err := p.Bus.SetConsent(t.Context(), c, change, cursor, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	set(onWhatsApp(), agent.ConsentStart, 3)
	set(onSMS(), agent.ConsentStop, 7)
	p.publish(t, onWhatsApp(), "w01")
	p.publish(t, onSMS(), "t01")
	p.run(t)
	p.becomes(t, "w01", channel.Withheld)
	p.becomes(t, "t01", channel.Withheld)
	if len(p.notices) != 1 {
		t.Fatalf("%d notices, want one: of the channel whose worker did not know", len(p.notices))
	}
	if n := <-p.notices; n.Reply != "w01" {
		t.Errorf("staff are told of %s", n.Reply)
	}
	set(onWhatsApp(), agent.ConsentStart, 9)
	p.publish(t, onWhatsApp(), "w02")
	p.publish(t, onSMS(), "t02")
	p.becomes(t, "w02", channel.Sent)
	p.becomes(t, "t02", channel.Sent)
}

func TestAnEmergencyOvertakesWhatTheNumberMayNotSendYet(t *testing.T) {
	p := newPost(t, 0.001, false) // a segment in a quarter of an hour
	p.publish(t, onSMS(), "t01")
	p.publish(t, onSMS(), "t02")
	p.run(t)
	p.becomes(t, "t01", channel.Sent)
	p.publish(t, onSMS(), "911", func(o *bus.Outbound) { o.Emergency = true })
	p.becomes(t, "911", channel.Sent)
	if calls := p.twilio.Calls(); len(calls) != 2 || calls[1].Reply != "911" {
		t.Errorf("%d calls", len(calls))
	}
}

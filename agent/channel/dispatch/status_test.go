package dispatch

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"pgregory.net/rapid"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/channel/channeltest"
	"recado/agent/channel/whatsapp"
	"recado/agent/vault"
)

// patient is a sender that waits longer than tests with slow answers take.
func patient(t *testing.T, p *post) channel.Sender {
	t.Helper()
	s, err := whatsapp.NewSender(whatsapp.SenderConfig{Token: "secret-token", MessagesPerSecond: 1e6, BaseURL: p.graph.URL()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// awaitPending waits until n replies were handed out and not acknowledged.
func (p *post) awaitPending(t *testing.T, n int) {
	t.Helper()
	p.await(t, func(info *jetstream.ConsumerInfo) bool { return info.NumAckPending >= n && info.NumPending == 0 })
}

// awaitSettled waits until everything was acknowledged.
func (p *post) awaitSettled(t *testing.T) {
	t.Helper()
	p.await(t, func(info *jetstream.ConsumerInfo) bool { return info.NumAckPending == 0 && info.NumPending == 0 })
}

func (p *post) await(t *testing.T, until func(*jetstream.ConsumerInfo) bool) {
	t.Helper()
	consumer, err := p.JS.Consumer(t.Context(), bus.StreamTurn, bus.ConsumerGateway)
	if err != nil {
		t.Fatal(err)
	}
	ctx := channeltest.Context(t)
	for {
		info, err := consumer.Info(ctx)
		if err != nil {
			t.Fatalf("waiting for what the consumer handed out: %v", err)
		}
		if until(info) {
			return
		}
	}
}

func TestStatusesNeverGoBack(t *testing.T) {
	p := newPost(t)
	d, err := OpenDeliveries(t.Context(), p.JS, p.undelivered)
	if err != nil {
		t.Fatal(err)
	}
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		reply := "t" + time.Now().Format("150405.000000000")[7:] + string(rune('a'+round%26))
		states := rapid.SliceOfN(rapid.SampledFrom([]channel.State{channel.Sent, channel.Delivered, channel.Read, channel.Failed}), 1, 5).Draw(rt, "states")
		if _, err := d.write(t.Context(), Record{Reply: reply, Clinic: "harbor", Channel: agent.WhatsApp, Conversation: conversation(1).ID, State: channel.Sending}, 0); err != nil {
			rt.Fatal(err)
		}
		want := channel.Sending
		for _, s := range states {
			if s.Follows(want) {
				want = s
			}
			if err := d.Apply(t.Context(), channel.Status{Clinic: "harbor", ID: "wamid.1", Reply: reply, State: s, At: time.Now()}); err != nil {
				rt.Fatal(err)
			}
			if r, _, err := d.Get(t.Context(), reply); err != nil || r.State != want {
				rt.Fatalf("after %v: %q, want %q (%v)", states, r.State, want, err)
			}
		}
		for len(p.told) > 0 {
			<-p.told
		}
	})
}

func TestStatusesOfOthersChangeNothing(t *testing.T) {
	p := newPost(t)
	d, err := OpenDeliveries(t.Context(), p.JS, p.undelivered)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.write(t.Context(), Record{Reply: "t01", Clinic: "harbor", Channel: agent.WhatsApp, Conversation: conversation(1).ID, State: channel.Sent, ID: "wamid.2"}, 0); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]channel.Status{
		"other clinic":    {Clinic: "other", ID: "wamid.2", Reply: "t01", State: channel.Read},
		"unknown reply":   {Clinic: "harbor", ID: "wamid.2", Reply: "t99", State: channel.Read},
		"no reply":        {Clinic: "harbor", ID: "wamid.2", State: channel.Read},
		"no key":          {Clinic: "harbor", ID: "wamid.2", Reply: "a.b>*", State: channel.Read},
		"an earlier copy": {Clinic: "harbor", ID: "wamid.1", Reply: "t01", State: channel.Failed},
	} {
		if err := d.Apply(t.Context(), s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if r, _, err := d.Get(t.Context(), "t01"); err != nil || r.State != channel.Sent {
			t.Errorf("%s: record is %q (%v)", name, r.State, err)
		}
	}
}

func TestAFailedStatusIsToldToStaffOnceAndSealed(t *testing.T) {
	p := newPost(t)
	private, err := vault.NewPrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	signing, err := vault.NewSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := vault.NewSealer(private.Public(), signing)
	if err != nil {
		t.Fatal(err)
	}
	cfg := p.config(t)
	cfg.Deliveries, err = OpenDeliveries(t.Context(), p.JS, TellStaff(p.Bus, func(string) *vault.Sealer { return sealer }))
	if err != nil {
		t.Fatal(err)
	}
	out := p.publish(t, 1, "t01", func(o *bus.Outbound) { o.Disposition = agent.Escalate })
	run(t, cfg)
	r := p.awaitState(t, "t01", channel.Sent)
	for range 3 {
		if err := cfg.Deliveries.Apply(t.Context(), channel.Status{Clinic: "harbor", ID: r.ID, Reply: "t01", State: channel.Failed, Code: 131047, At: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	// Told again after a crash before the record: still one notice.
	if err := cfg.Deliveries.tell(t.Context(), r, 131047, "again"); err != nil {
		t.Fatal(err)
	}
	opener, err := vault.NewOpener([]vault.PrivateKey{private}, []vault.VerifyKey{signing.Public()})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := p.JS.Stream(t.Context(), bus.StreamTurn)
	if err != nil {
		t.Fatal(err)
	}
	counts, err := stream.Info(t.Context(), jetstream.WithSubjectFilter("recado.>"))
	if err != nil {
		t.Fatal(err)
	}
	for _, subject := range []string{bus.DeadSubject(conversation(1)), bus.EscSubject(conversation(1), agent.PriorityUrgent)} {
		if n := counts.State.Subjects[subject]; n != 1 {
			t.Fatalf("%d messages on %s, want 1: %v", n, subject, counts.State.Subjects)
		}
	}
	msg, err := stream.GetLastMsgForSubject(t.Context(), bus.DeadSubject(conversation(1)))
	if err != nil {
		t.Fatal(err)
	}
	var dead bus.Dead
	if err := json.Unmarshal(msg.Data, &dead); err != nil {
		t.Fatal(err)
	}
	plain, err := opener.Open("harbor", dead.ID, dead.Envelope)
	if err != nil {
		t.Fatal(err)
	}
	var back bus.Outbound
	if err := json.Unmarshal(plain, &back); err != nil || back.ID != out.ID || back.Text != out.Text || dead.Reason != ReasonUndelivered {
		t.Errorf("dead letter (%s) holds %s (%v)", dead.Reason, back.ID, err)
	}
}

func TestAWaitForAStatusBeginsAnewAfterAPause(t *testing.T) {
	l := &lane{d: &Dispatcher{cfg: Config{ConfirmWait: 30 * time.Second}}}
	mine, now := &try{}, time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	wait := func() time.Duration { return l.unknown(mine, false, 7, now) }
	if wait() <= 0 {
		t.Fatal("nothing is waited for")
	}
	now = now.Add(time.Hour) // the process was stopped, and statuses wait at its door
	if wait() <= 0 {
		t.Error("the reply is sent again before a status could come in")
	}
	for begun := now; wait() > 0; now = now.Add(wait()) {
		if now.Sub(begun) > time.Minute {
			t.Fatal("it is waited for longer than ConfirmWait")
		}
	}
}

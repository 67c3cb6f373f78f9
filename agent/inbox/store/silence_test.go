package store

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/channel/dispatch"
	"recado/agent/clinic"
	"recado/agent/inbox"
	"recado/agent/session"
	"recado/agent/vault"
	"recado/agent/worker"
)

// slow is the real agent that thinks until it is told to go on, as one does
// that asks a language model.
type slow struct {
	*agent.Agent
	thinking, proceed chan bool
	once              sync.Once
}

func (s *slow) Decide(ctx context.Context, t agent.Turn) (agent.Decision, error) {
	d, err := s.Agent.Decide(ctx, t)
	s.once.Do(func() {
		s.thinking <- true
		<-s.proceed
	})
	return d, err
}

type sample struct{}

// What is worked out once for a profile is worked out once for all turns.
var theSample = sync.OnceValue(clinic.Sample)

func (sample) Profile(string) (*clinic.Profile, error) { return theSample(), nil }
func (sample) Sealer(string) (*vault.Sealer, bool)     { return nil, false }

// gateway sends on one channel and remembers what it sent.
type gateway struct {
	mu   sync.Mutex
	sent []string
}

func (g *gateway) Send(_ context.Context, m channel.Message) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sent = append(g.sent, m.Text)
	return m.ID, nil
}

func (g *gateway) texts() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string(nil), g.sent...)
}

// talk is a worker, a gateway and a console around one conversation.
type talk struct {
	*rig
	console *Store
	gateway *gateway
	bus     *bus.Bus
	box     *vault.Box
	n       int
}

var caller = agent.Conversation{Clinic: "sunrise", Channel: agent.WhatsApp, ID: convID(1)}

func startTalk(t *testing.T, decider worker.Decider) *talk {
	t.Helper()
	r := setup(t)
	k := &talk{rig: r, console: r.store(t), gateway: &gateway{}}
	r.ingest(t, k.console)
	js := r.connect(t)
	var err error
	k.bus, err = bus.Open(t.Context(), js.Conn())
	must(t, err)
	owners, err := OpenOwners(t.Context(), js)
	must(t, err)
	k.box, err = vault.ParseBox(vault.NewBoxKey())
	must(t, err)
	client := redis.NewClient(session.Options(miniredis.RunT(t).Addr()))
	t.Cleanup(func() { client.Close() })
	w, err := worker.New(worker.Config{
		Bus: k.bus, Store: session.NewRedis(client, k.box, 0), Decider: decider, Profiles: sample{}, Sealers: sample{},
		Operator: r.sealer, Owners: owners, Log: r.log,
	})
	must(t, err)
	must(t, w.Start(t.Context()))
	t.Cleanup(func() { _ = w.Stop(context.Background()) })

	deliveries, err := dispatch.OpenDeliveries(t.Context(), js, nil)
	must(t, err)
	d, err := dispatch.New(dispatch.Config{
		JetStream: js, Senders: map[agent.Channel]channel.Sender{agent.WhatsApp: k.gateway}, Deliveries: deliveries,
		Consent: k.bus, Owners: owners, Box: k.box, Log: r.log,
	})
	must(t, err)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var sending sync.WaitGroup
	sending.Go(func() { _ = d.Run(ctx) })
	t.Cleanup(func() { stop(); sending.Wait() })
	return k
}

// writes publishes a message of the patient.
func (k *talk) writes(t *testing.T, text string) {
	t.Helper()
	k.n++
	to, err := channel.Address{Phone: "15550000"}.Seal(k.box, caller)
	must(t, err)
	_, err = bus.PublishEvent(t.Context(), k.js, agent.Event{
		V: agent.Version, ID: NewEntryID(), Clinic: caller.Clinic, Channel: caller.Channel, Conversation: caller.ID,
		At: time.Now().UTC(), Kind: agent.KindText, Text: text, ReplyTo: to,
	})
	must(t, err)
}

// turns waits until so many turns are committed and all replies are settled.
func (k *talk) turns(t *testing.T, n int) {
	t.Helper()
	stream, err := k.js.Stream(t.Context(), bus.StreamTurn)
	must(t, err)
	until(t, 3*soon, "the turns are done", func() bool {
		info, err := stream.Info(t.Context())
		if err != nil || info.State.Msgs == 0 {
			return false
		}
		turns := 0
		for seq := info.State.FirstSeq; seq <= info.State.LastSeq; seq++ {
			if m, err := stream.GetMsg(t.Context(), seq); err == nil && m.Subject == bus.TurnSubject(caller) {
				turns++
			}
		}
		c, err := stream.Consumer(t.Context(), bus.ConsumerGateway)
		if err != nil || turns < n {
			return false
		}
		state := c.CachedInfo()
		return state.NumPending == 0 && state.NumAckPending == 0
	})
	k.settled(t)
}

func (k *talk) is(t *testing.T) inbox.Case {
	t.Helper()
	var c inbox.Case
	until(t, soon, "there is a case", func() bool {
		var err error
		c, err = k.console.Latest(t.Context(), caller.Clinic, caller.ID)
		return err == nil
	})
	return c
}

func newAgent(t *testing.T) *agent.Agent {
	t.Helper()
	a, err := agent.New()
	must(t, err)
	return a
}

// The patient is handed off and then asks something that the assistant would
// answer. While it thinks, a person takes the conversation.
func TestAfterAClaimTheAssistantSendsNothingAlsoInMidThought(t *testing.T) {
	think := &slow{Agent: newAgent(t), thinking: make(chan bool), proceed: make(chan bool)}
	k := startTalk(t, think)
	think.once.Do(func() {}) // the first turn is quick
	k.writes(t, "I have a rash on my arm since yesterday, what should I take?")
	k.turns(t, 1)
	before := k.gateway.texts()
	if len(before) != 1 {
		t.Fatalf("sent %q, want the hand-off", before)
	}
	c := k.is(t)

	think.once = sync.Once{}
	k.writes(t, "What time do you close today?")
	<-think.thinking
	_, err := k.console.Claim(t.Context(), caller.Clinic, c.ID, ana)
	must(t, err)
	close(think.proceed)
	k.turns(t, 2)
	k.writes(t, "Hello? Where are you located?")
	k.turns(t, 3)
	if got := k.gateway.texts(); len(got) != len(before) {
		t.Errorf("after the claim the assistant sent %q", got[len(before):])
	}
	if c = k.is(t); c.Owner != "ana" || c.Unseen < 3 || len(c.Arrivals) < 3 {
		t.Errorf("the holder is not told of what the patient wrote: %+v", c)
	}

	// The holder is heard, another person is not.
	say := func(a inbox.Actor, text string) error {
		_, err := k.console.Say(t.Context(), caller.Clinic, c.ID, a, Reply{ID: NewEntryID(), Key: "staff.call_us", Language: "en", Text: text})
		return err
	}
	must(t, say(ana, "Please call us."))
	if err := say(ben, "No, wait."); err == nil {
		t.Error("another person speaks")
	}
	k.turns(t, 3)
	if got := k.gateway.texts(); len(got) != len(before)+1 || got[len(got)-1] != "Please call us." {
		t.Errorf("sent %q", got)
	}

	// Resolved, the assistant answers the next front-desk question.
	_, err = k.console.Resolve(t.Context(), caller.Clinic, c.ID, ana, inbox.Answered)
	must(t, err)
	k.writes(t, "What time do you close today?")
	k.turns(t, 4)
	if got := k.gateway.texts(); len(got) != len(before)+2 {
		t.Errorf("after it was resolved: %q", got)
	}
	if c = k.is(t); c.State != inbox.Resolved {
		t.Errorf("the case is %s", c.State)
	}
}

// The reply is committed, and its gateway is slower than the person.
func TestAReplyThatWaitsForItsGatewayIsWithheldAfterAClaim(t *testing.T) {
	r := setup(t)
	s := r.store(t)
	c := r.filed(t, s, 1)
	_, err := s.Claim(t.Context(), sun, c.ID, ana)
	must(t, err)
	check := channel.LastCheck{Owners: s.owners}
	for by, want := range map[string]channel.Withholding{"": channel.StaffHold, "ben": channel.StaffHold, "ana": "", bus.ByPrivate: ""} {
		if got, err := check.Withhold(t.Context(), c.Of(), bus.Outbound{Disposition: agent.Answer, By: by}); got != want || err != nil {
			t.Errorf("by %q: %q, %v, want %q", by, got, err, want)
		}
	}
}

func TestSayingTheSameTwiceSendsOnce(t *testing.T) {
	r := setup(t)
	s := r.store(t)
	c := r.filed(t, s, 1)
	_, err := s.Claim(t.Context(), sun, c.ID, ana)
	must(t, err)
	reply := Reply{ID: NewEntryID(), Key: "staff.call_us", Language: "es", Text: "Llámenos."}
	for range 2 {
		c, err = s.Say(t.Context(), sun, c.ID, ana, reply)
		must(t, err)
	}
	stream, err := r.js.Stream(t.Context(), bus.StreamTurn)
	must(t, err)
	info, err := stream.Info(t.Context())
	must(t, err)
	if info.State.Msgs != 2 { // the escalation and one reply
		t.Errorf("%d messages in the stream", info.State.Msgs)
	}
	m, err := stream.GetLastMsgForSubject(t.Context(), bus.OutSubject(c.Of()))
	must(t, err)
	var out bus.Outbound
	must(t, json.Unmarshal(m.Data, &out))
	if out.By != "ana" || out.ID != "s"+reply.ID || out.ReplyTo != "sealed-address" || out.Keys[0] != reply.Key || out.Text != reply.Text {
		t.Errorf("the reply is %+v", out)
	}
	if len(c.Actions) != 2 || c.Actions[1].Key != reply.Key || c.Unseen != 0 {
		t.Errorf("the case tells %+v, %d unseen", c.Actions, c.Unseen)
	}
}

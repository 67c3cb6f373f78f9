package dispatch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/channel/channeltest"
	"recado/agent/channel/whatsapp/graphtest"
)

func TestARepliesWayIsRecorded(t *testing.T) {
	p := newPost(t)
	out := p.publish(t, 1, "t01")
	run(t, p.config(t))
	r := p.awaitState(t, "t01", channel.Sent)
	calls := p.graph.Sent()
	if len(calls) != 1 || calls[0].Text != out.Text || calls[0].To != "16505550001" || calls[0].Callback != "t01" {
		t.Fatalf("calls are %+v", calls)
	}
	if r.ID != calls[0].ID || r.Attempts != 1 || r.Conversation != out.Conversation || r.Seq == 0 {
		t.Errorf("record is %+v", r)
	}
}

func TestAConversationIsSentInOrderAndBlocksNobodyElse(t *testing.T) {
	p := newPost(t)
	p.graph.Script(func(_ int, c graphtest.Call) graphtest.Answer {
		if c.Callback == "a1" {
			return graphtest.Answer{Code: 131000}
		}
		return graphtest.Answer{}
	})
	for i := range 3 {
		p.publish(t, 1, fmt.Sprintf("a%d", i+1))
		p.publish(t, 2, fmt.Sprintf("b%d", i+1))
	}
	run(t, p.config(t))
	if got := p.sent(t, 3); !slices.Equal(got, []string{"b1", "b2", "b3"}) {
		t.Errorf("sent %v beside a failing conversation", got)
	}
	p.graph.Script(func(int, graphtest.Call) graphtest.Answer { return graphtest.Answer{} })
	if got := p.sent(t, 6)[3:]; !slices.Equal(got, []string{"a1", "a2", "a3"}) {
		t.Errorf("sent %v after the failure", got)
	}
}

func TestEmergenciesOvertakeWhatIsPending(t *testing.T) {
	p := newPost(t)
	release := map[string]chan struct{}{"first": make(chan struct{}), "988": make(chan struct{})}
	p.graph.Script(func(_ int, c graphtest.Call) graphtest.Answer {
		return graphtest.Answer{Wait: release[c.Callback]}
	})
	p.publish(t, 1, "first")
	cfg := p.config(t)
	cfg.Slots, cfg.SendTimeout, cfg.ConfirmWait = 1, 5*time.Second, 10*time.Second
	cfg.Senders = map[agent.Channel]channel.Sender{agent.WhatsApp: patient(t, p)}
	d, _ := start(t, cfg)
	if _, err := p.graph.WaitCalls(channeltest.Context(t), 1); err != nil {
		t.Fatal(err)
	}
	// The only slot is taken: these wait.
	for i := range 5 {
		p.publish(t, 10+i, fmt.Sprintf("x%d", i))
	}
	p.publish(t, 1, "second")
	p.publish(t, 1, "911", emergency)
	p.publish(t, 20, "988", emergency)
	p.awaitPending(t, 9)
	d.gate.awaitWaiters(t, func(n [2]int) bool { return n == [2]int{1, 5} })
	close(release["first"])
	// The 911 is of the conversation that had the slot, so its lane comes now.
	d.gate.awaitWaiters(t, func(n [2]int) bool { return n == [2]int{1, 5} && len(p.graph.Calls()) == 2 })
	close(release["988"])
	got := p.sent(t, 9)
	if !slices.Equal(got[:3], []string{"first", "988", "911"}) {
		t.Errorf("sent in the order %v, emergencies must come second and third", got)
	}
}

func TestAnEmergencyGoesOutPastAFailingReplyOfItsOwn(t *testing.T) {
	p := newPost(t)
	p.graph.Script(func(_ int, c graphtest.Call) graphtest.Answer {
		if c.Callback == "stuck" {
			return graphtest.Answer{Status: 503, Header: map[string]string{"Retry-After": "60"}}
		}
		return graphtest.Answer{}
	})
	p.publish(t, 1, "stuck")
	run(t, p.config(t))
	if _, err := p.graph.WaitCalls(channeltest.Context(t), 1); err != nil {
		t.Fatal(err)
	}
	p.publish(t, 1, "911", emergency)
	if got := p.sent(t, 1); got[0] != "911" {
		t.Errorf("sent %v", got)
	}
}

func TestStopIsHonouredAtTheLastMoment(t *testing.T) {
	p := newPost(t)
	if err := p.Bus.SetConsent(t.Context(), conversation(1), agent.ConsentStop, 1, time.Now()); err != nil {
		t.Fatal(err)
	}
	p.publish(t, 1, "plain")
	p.publish(t, 1, "bye", func(o *bus.Outbound) { o.Disposition, o.Keys = agent.Consent, []string{"consent.stopped"} })
	p.publish(t, 1, "911", emergency)
	run(t, p.config(t))
	if got := p.sent(t, 2); slices.Contains(got, "plain") {
		t.Errorf("sent %v to a patient who stopped", got)
	}
	p.awaitState(t, "plain", channel.Withheld)
	if len(p.told) != 0 {
		t.Error("staff are told of a reply that the patient did not want")
	}
}

type owners func() (string, error)

func (f owners) Owner(context.Context, agent.Conversation) (string, error) { return f() }

func TestTheBotIsSilentWhileStaffHoldTheConversation(t *testing.T) {
	p := newPost(t)
	p.publish(t, 1, "plain")
	p.publish(t, 1, "911", emergency)
	cfg := p.config(t)
	var asked atomic.Int32
	cfg.Owners = owners(func() (string, error) {
		if asked.Add(1) == 1 {
			return "", errors.New("console is down")
		}
		return "nurse", nil
	})
	run(t, cfg)
	p.awaitState(t, "plain", channel.Withheld)
	if got := p.sent(t, 1); len(got) != 1 || got[0] != "911" {
		t.Errorf("sent %v", got)
	}
	if len(p.told) != 1 { // told before the record was written
		t.Fatalf("%d notices, want 1: staff must see what was not said for them", len(p.told))
	}
	if n := <-p.told; n.Reply != "plain" || n.Reason != string(channel.StaffHold) || !strings.Contains(string(n.Data), "text of plain") {
		t.Errorf("notice of %s: %s", n.Reply, n.Reason)
	}
}

func TestARedeliveredReplyIsNotSentTwice(t *testing.T) {
	p := newPost(t)
	p.publish(t, 1, "t01")
	stop := run(t, p.config(t))
	p.awaitState(t, "t01", channel.Sent)
	stop()
	// A new consumer begins at the beginning: everything is delivered again.
	p.consumer(t, func(*jetstream.ConsumerConfig) {})
	p.publish(t, 1, "t02")
	run(t, p.config(t))
	if got := p.sent(t, 2); !slices.Equal(got, []string{"t01", "t02"}) {
		t.Errorf("sent %v", got)
	}
}

func TestALostAnswerIsConfirmedByAStatus(t *testing.T) {
	p := newPost(t)
	cfg := p.config(t)
	cfg.ConfirmWait = 8 * time.Second
	p.graph.Script(func(n int, _ graphtest.Call) graphtest.Answer { return graphtest.Answer{Drop: n == 0} })
	p.publish(t, 1, "t01")
	p.publish(t, 1, "t02")
	run(t, cfg)
	calls, err := p.graph.WaitSent(channeltest.Context(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	p.awaitState(t, "t01", channel.Sending)
	status := channel.Status{Clinic: "harbor", ID: calls[0].ID, Reply: "t01", State: channel.Sent, At: time.Now()}
	if err := cfg.Deliveries.Apply(t.Context(), status); err != nil {
		t.Fatal(err)
	}
	if got := p.sent(t, 2); !slices.Equal(got, []string{"t01", "t02"}) {
		t.Errorf("sent %v", got)
	}
}

func TestALostAnswerWithoutStatusIsSentAgain(t *testing.T) {
	p := newPost(t)
	p.graph.Script(func(n int, _ graphtest.Call) graphtest.Answer { return graphtest.Answer{Discard: n == 0} })
	p.publish(t, 1, "t01", emergency)
	begun := time.Now()
	cfg := p.config(t)
	run(t, cfg)
	p.sent(t, 1)
	if r := p.awaitState(t, "t01", channel.Sent); r.Attempts != 2 {
		t.Errorf("%d attempts, want 2", r.Attempts)
	}
	if took := time.Since(begun); took < cfg.ConfirmWait {
		t.Errorf("sent again after %s, before a status had its time", took)
	}
}

func TestAGatewayThatDiesInACallLeavesItsReplyToOthers(t *testing.T) {
	p := newPost(t)
	cfg := p.config(t)
	// What a gateway leaves that dies after writing the record.
	p.publish(t, 1, "t01")
	stream, err := p.JS.Stream(t.Context(), bus.StreamTurn)
	if err != nil {
		t.Fatal(err)
	}
	dead := Record{Reply: "t01", Clinic: "harbor", Channel: agent.WhatsApp, Conversation: conversation(1).ID,
		Seq: stream.CachedInfo().State.LastSeq, State: channel.Sending, Attempts: 1, First: time.Now(), At: time.Now()}
	if _, err := cfg.Deliveries.write(t.Context(), dead, 0); err != nil {
		t.Fatal(err)
	}
	p.publish(t, 1, "t02")
	begun := time.Now()
	run(t, cfg)
	if got := p.sent(t, 2); !slices.Equal(got, []string{"t01", "t02"}) {
		t.Errorf("sent %v", got)
	}
	if took := time.Since(begun); took < cfg.ConfirmWait {
		t.Errorf("sent again after %s", took)
	}
}

func TestWhatTheChannelRefusesForGoodIsToldToStaff(t *testing.T) {
	for code, state := range map[int]channel.State{
		131047: channel.Failed, 131026: channel.Failed, 190: channel.Failed, 131050: channel.Withheld,
	} {
		p := newPost(t)
		p.graph.Script(graphtest.Fail(code))
		p.publish(t, 1, "t01")
		p.publish(t, 1, "t02")
		run(t, p.config(t))
		if r := p.awaitState(t, "t01", state); r.Code != code {
			t.Errorf("code %d: recorded %d", code, r.Code)
		}
		if got := p.sent(t, 1); got[0] != "t02" {
			t.Errorf("code %d: sent %v", code, got)
		}
		if told := len(p.told); told != 1 {
			t.Errorf("code %d: %d notices", code, told)
		}
	}
}

func TestRetriesEndButNotThoseOfEmergencies(t *testing.T) {
	p := newPost(t)
	cfg := p.config(t)
	cfg.RetryFor = time.Second
	p.graph.Script(func(int, graphtest.Call) graphtest.Answer { return graphtest.Answer{Code: 130429} })
	p.publish(t, 1, "plain")
	p.publish(t, 2, "911", emergency)
	run(t, cfg)
	if r := p.awaitState(t, "plain", channel.Failed); r.Code != 130429 || r.Attempts < 2 {
		t.Errorf("record is %+v", r)
	}
	if n := <-p.told; n.Reply != "plain" || n.Code != 130429 || !strings.Contains(string(n.Data), "text of plain") {
		t.Errorf("notice of %s, code %d", n.Reply, n.Code)
	}
	p.graph.Script(graphtest.Fail(190, 190)) // an operator has to act, and does
	if got := p.sent(t, 1); got[0] != "911" {
		t.Errorf("sent %v", got)
	}
	p.awaitState(t, "911", channel.Sent)
	if n := <-p.told; n.Reply != "911" || n.Code != 190 {
		t.Errorf("notice of %s, code %d", n.Reply, n.Code)
	}
}

func TestWhatCannotBeSentAtAllIsToldToStaff(t *testing.T) {
	p := newPost(t)
	p.publish(t, 1, "sealed-elsewhere", func(o *bus.Outbound) { o.ReplyTo = "AAAA" })
	p.publish(t, 3, "other-version", func(o *bus.Outbound) { o.V = 9 })
	p.publish(t, 4, "other-conversation", func(o *bus.Outbound) { o.Conversation = conversation(5).ID })
	if _, err := p.JS.Publish(t.Context(), bus.OutSubject(conversation(6)), []byte("{")); err != nil {
		t.Fatal(err)
	}
	p.publish(t, 6, "good")
	run(t, p.config(t))
	if got := p.sent(t, 1); got[0] != "good" {
		t.Errorf("sent %v", got)
	}
	for range 4 {
		select {
		case <-p.told:
		case <-channeltest.Context(t).Done():
			t.Fatal("a reply vanished without a notice")
		}
	}
}

func TestAnOldReplyIsNotSentAndStaffAreTold(t *testing.T) {
	p := newPost(t)
	cfg := p.config(t)
	cfg.Now = func() time.Time { return time.Now().Add(25 * time.Hour) }
	p.publish(t, 1, "old")
	run(t, cfg)
	p.awaitState(t, "old", channel.Failed)
	<-p.told
}

func TestAReplyOfAWorkerWithAWrongClockIsSent(t *testing.T) {
	p := newPost(t)
	p.publish(t, 1, "yesterday", func(o *bus.Outbound) { o.At = time.Now().Add(-47 * time.Hour) })
	p.publish(t, 2, "tomorrow", func(o *bus.Outbound) { o.At = time.Now().Add(47 * time.Hour) })
	p.publish(t, 3, "emergency", emergency, func(o *bus.Outbound) { o.At = time.Now().Add(-47 * time.Hour) })
	run(t, p.config(t))
	p.sent(t, 3)
}

// TestManyGatewaysKeepTheOrder sends bursts through gateways that come and
// go, over calls that are refused: each reply once and in order.
func TestManyGatewaysKeepTheOrder(t *testing.T) {
	for name, change := range map[string]func(*jetstream.ConsumerConfig){
		"shared": func(*jetstream.ConsumerConfig) {},
		"pinned": func(c *jetstream.ConsumerConfig) {
			c.PriorityPolicy, c.PriorityGroups, c.PinnedTTL = jetstream.PriorityPolicyPinned, []string{"gateway"}, 2*time.Second
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPost(t, change)
			p.graph.Script(func(int, graphtest.Call) graphtest.Answer {
				if rand.IntN(8) == 0 {
					return graphtest.Answer{Code: 131000}
				}
				return graphtest.Answer{}
			})
			config := func() Config {
				cfg := p.config(t)
				// A busy machine must not look like lost answers.
				cfg.Senders = map[agent.Channel]channel.Sender{agent.WhatsApp: patient(t, p)}
				cfg.SendTimeout, cfg.ConfirmWait = 5*time.Second, 20*time.Second
				return cfg
			}
			const conversations, replies = 12, 15
			first := run(t, config())
			run(t, config())
			for i := range replies {
				for c := range conversations {
					p.publish(t, c, fmt.Sprintf("c%02d-%03d", c, i))
				}
				switch i {
				case replies / 3:
					first()
				case replies / 2:
					run(t, config())
				}
			}
			ids := p.sent(t, conversations*replies)
			last := map[string]string{}
			for _, id := range ids {
				if id <= last[id[:3]] {
					t.Errorf("%s was sent after %s", id, last[id[:3]])
				}
				last[id[:3]] = id
			}
			if len(ids) != conversations*replies {
				t.Errorf("%d messages of %d replies", len(ids), conversations*replies)
			}
		})
	}
}

func TestLogsHoldNoPatient(t *testing.T) {
	p := newPost(t)
	p.graph.Script(func(n int, _ graphtest.Call) graphtest.Answer {
		return []graphtest.Answer{{Code: 131000}, {Drop: true}, {Code: 190}, {Code: 131026}}[min(n, 3)]
	})
	p.publish(t, 1, "t01")
	p.publish(t, 1, "t02")
	run(t, p.config(t))
	p.awaitState(t, "t01", channel.Failed)
	p.awaitState(t, "t02", channel.Failed)
	if p.logs.Len() < 4 {
		t.Fatalf("only %d log lines", p.logs.Len())
	}
	for _, line := range p.logs.All() {
		text := line.Message + fmt.Sprint(line.ContextMap())
		for _, secret := range []string{"text of", "16505550001", "secret-token", "106540352242922"} {
			if strings.Contains(text, secret) {
				t.Errorf("log line shows %q: %s", secret, text)
			}
		}
	}
}

func TestAConfirmWaitShorterThanACallIsRefused(t *testing.T) {
	p := newPost(t)
	cfg := p.config(t)
	cfg.ConfirmWait = cfg.SendTimeout
	if _, err := New(cfg); err == nil {
		t.Error("accepted: a call could be repeated while it goes on")
	}
}

// A turn's reply is in its record; what staff send is on a subject of its own;
// and many a turn says nothing.
func TestRepliesOfTurnsAndOfStaffGoOutInTheOrderOfTheStream(t *testing.T) {
	p := newPost(t)
	silent := func(n int) {
		data, err := json.Marshal(bus.TurnRecord{V: 1, Cursor: 1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.JS.Publish(t.Context(), bus.TurnSubject(conversation(n)), data); err != nil {
			t.Fatal(err)
		}
	}
	silent(1)
	p.publish(t, 1, "t1")
	silent(1)
	p.publish(t, 1, "s2")
	p.publish(t, 1, "t3")
	silent(1)
	p.publish(t, 1, "s4")
	silent(2)
	run(t, p.config(t))
	if got := p.sent(t, 4); !slices.Equal(got, []string{"t1", "s2", "t3", "s4"}) {
		t.Errorf("sent %v", got)
	}
	p.awaitSettled(t)
}

package dispatch

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/channel"
	"recado/agent/channel/channeltest"
	"recado/agent/channel/whatsapp/graphtest"
)

func TestAPatientWhomTheChannelIsTooBusyForDelaysNobodyElse(t *testing.T) {
	p := newPost(t)
	first := p.publish(t, 1, "r1")
	p.graph.Script(func(_ int, c graphtest.Call) graphtest.Answer {
		if c.Callback == first.ID {
			return graphtest.Answer{Code: 131056}
		}
		return graphtest.Answer{}
	})
	began := time.Now()
	run(t, p.config(t))
	if _, err := p.graph.WaitCalls(channeltest.Context(t), 1); err != nil {
		t.Fatal(err)
	}
	for n := 2; n < 8; n++ {
		p.publish(t, n, fmt.Sprint("other", n))
	}
	p.publish(t, 1, "danger", emergency) // to the busy patient, past what waits
	p.publish(t, 9, "last")
	got := p.sent(t, 8)
	if !slices.Contains(got, "danger") || slices.Contains(got, "r1") {
		t.Errorf("sent: %v", got)
	}
	r := p.awaitState(t, "r1", "")
	if wait := r.NotBefore.Sub(began); wait < 5*time.Second || r.Code != 131056 {
		t.Errorf("it is tried again after %s (code %d), want 6 s", wait, r.Code)
	}
}

func TestANumberThatTheChannelIsTooBusyForHoldsBackAllButEmergencies(t *testing.T) {
	p := newPost(t)
	p.publish(t, 1, "r1")
	p.graph.Script(func(n int, _ graphtest.Call) graphtest.Answer {
		if n == 0 {
			return graphtest.Answer{Code: 130429, Header: map[string]string{"Retry-After": "1"}}
		}
		return graphtest.Answer{}
	})
	run(t, p.config(t))
	calls, err := p.graph.WaitCalls(channeltest.Context(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	refused := calls[0].At
	p.awaitState(t, "r1", "")
	for n := 2; n < 6; n++ {
		p.publish(t, n, fmt.Sprint("other", n))
	}
	p.publish(t, 9, "danger", emergency)
	got := p.sent(t, 6)
	if got[0] != "danger" {
		t.Errorf("sent: %v, want the emergency first", got)
	}
	for _, c := range p.graph.Sent()[1:] {
		if wait := c.At.Sub(refused); wait < 900*time.Millisecond {
			t.Errorf("%s went out %s after the number was refused", c.Callback, wait)
		}
	}
}

func TestARefusalThatAStatusTellsOfLaterHoldsBackTheSame(t *testing.T) {
	for name, test := range map[string]struct {
		refusal channel.SendError
		held    []int // conversations
	}{
		"the number":  {channel.SendError{Advice: channel.Retry, Code: 130429, After: time.Second, Scope: channel.ScopeNumber}, []int{1, 2}},
		"the patient": {channel.SendError{Advice: channel.Retry, Code: 131056, After: time.Second}, []int{1}},
		"nobody":      {channel.SendError{Advice: channel.GiveUp, Code: 131026, After: time.Second}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			cfg := p.config(t)
			run(t, cfg)
			p.publish(t, 1, "r1")
			p.sent(t, 1)
			sent := p.awaitState(t, "r1", channel.Sent)
			told := time.Now()
			err := cfg.Deliveries.Apply(t.Context(), channel.Status{
				Clinic: sent.Clinic, ID: sent.ID, Reply: "r1", State: channel.Failed, Code: test.refusal.Code, At: told,
				Account: "106540352242922", Refusal: &test.refusal,
			})
			if err != nil {
				t.Fatal(err)
			}
			if n := <-p.told; n.Code != test.refusal.Code { // it reaches staff as before
				t.Errorf("staff are told of %+v", n)
			}
			p.publish(t, 1, "r2")
			p.publish(t, 2, "r3")
			p.sent(t, 3)
			for _, c := range p.graph.Sent()[1:] {
				n := 1
				if c.Callback == "r3" {
					n = 2
				}
				if held := c.At.Sub(told) > 900*time.Millisecond; held != slices.Contains(test.held, n) {
					t.Errorf("%s went out %s after the status", c.Callback, c.At.Sub(told))
				}
			}
		})
	}
}

// pacedLike is a sender with other limits.
type pacedLike struct {
	channel.Sender
	pace channel.Pace
}

func (p pacedLike) Pace(channel.Message) channel.Pace { return p.pace }

// All limits of the platform at once, with its own stand-in to hold us to them:
// nothing is refused, and no burst to one patient keeps others waiting.
// What the stand-in takes is a little more than what is sent, since calls of a
// busy machine arrive less evenly than they leave; without a pace it would
// refuse 38 of the burst.
func TestABurstStaysWithinThePlatformsLimits(t *testing.T) {
	p := newPost(t)
	p.graph.Limit(graphtest.Limits{PerSecond: 100, Pair: 40 * time.Millisecond, PairBurst: 45})
	cfg := p.config(t)
	cfg.Senders = map[agent.Channel]channel.Sender{agent.WhatsApp: pacedLike{cfg.Senders[agent.WhatsApp], channel.Pace{
		Number:  channel.Limit{Takes: time.Second / 72, Burst: 8},
		Patient: channel.Limit{Takes: 51 * time.Millisecond, Burst: 45},
	}}}
	for i := range 60 {
		p.publish(t, 1, fmt.Sprint("burst", i))
	}
	for n := 2; n < 80; n++ {
		p.publish(t, n, fmt.Sprint("single", n))
	}
	run(t, cfg)
	p.sent(t, 138)
	if calls := p.graph.Calls(); len(calls) != 138 {
		t.Errorf("%d calls for 138 replies: some were refused", len(calls))
	}
}

package dispatch

import (
	"testing"
	"time"

	"recado/agent/channel"
)

// fails tells a gateway that the channel reports a reply as failed.
func fails(t *testing.T, d *Deliveries, r Record) {
	t.Helper()
	err := d.Apply(t.Context(), channel.Status{
		Clinic: r.Clinic, ID: r.ID, Reply: r.Reply, State: channel.Failed, Code: 131000, At: time.Now(), Again: true,
		Refusal: &channel.SendError{Advice: channel.Retry, Code: 131000, Reason: "trouble", Scope: channel.ScopePatient},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAnotherGatewaySendsAgainWhatADeadOneWasTo(t *testing.T) {
	p := newPost(t)
	dying := p.config(t)
	dying.AgainAfter = 300 * time.Millisecond
	p.publish(t, 1, "t01")
	stop := run(t, dying)
	r := p.awaitState(t, "t01", channel.Sent)
	fails(t, dying.Deliveries, r)
	stop()
	if n := len(p.graph.Sent()); n != 1 {
		t.Fatalf("sent %d times before it was time", n)
	}
	run(t, p.config(t))
	run(t, p.config(t)) // two at a time are not twice
	if got := p.sent(t, 2); got[1] != "t01" {
		t.Errorf("sent %v", got)
	}
	p.publish(t, 1, "t02")
	if got := p.sent(t, 3); got[2] != "t02" {
		t.Errorf("sent %v", got)
	}
	if len(p.told) > 0 {
		t.Errorf("staff are told of %s", (<-p.told).Reply)
	}
}

func TestAnEmergencyTextIsSentAgainWhateverFollowedIt(t *testing.T) {
	p := newPost(t)
	cfg := p.config(t)
	cfg.AgainAfter = 50 * time.Millisecond
	run(t, cfg)
	p.publish(t, 1, "e01", emergency)
	first := p.awaitState(t, "e01", channel.Sent)
	p.publish(t, 1, "t02")
	p.awaitState(t, "t02", channel.Sent)
	fails(t, cfg.Deliveries, first)
	if got := p.sent(t, 3); got[2] != "e01" {
		t.Errorf("sent %v", got)
	}
}

// A gateway that may not follow what is to be sent again must not leave a reply
// to nobody.
func TestWithoutAGatewayThatSendsAgainStaffAreToldAtOnce(t *testing.T) {
	p := newPost(t)
	d, err := OpenDeliveries(t.Context(), p.JS, p.undelivered)
	if err != nil {
		t.Fatal(err)
	}
	r := Record{Reply: "t01", Clinic: "harbor", Channel: conversation(1).Channel, Conversation: conversation(1).ID, State: channel.Sent, ID: "wamid.1"}
	if _, err := d.write(t.Context(), r, 0); err != nil {
		t.Fatal(err)
	}
	fails(t, d, r)
	if n := <-p.told; n.Reply != "t01" || n.Code != 131000 {
		t.Errorf("staff are told of %s, code %d", n.Reply, n.Code)
	}
	if got, _, err := d.Get(t.Context(), "t01"); err != nil || got.State != channel.Failed {
		t.Errorf("%+v (%v)", got, err)
	}
}

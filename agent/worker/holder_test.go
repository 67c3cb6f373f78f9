package worker

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"recado/agent"
)

// holders is who holds conversations, for tests.
type holders struct {
	mu    sync.Mutex
	owner string
	err   error
}

func (h *holders) Owner(context.Context, agent.Conversation) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.owner, h.err
}

func (h *holders) set(owner string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.owner, h.err = owner, err
}

// silentWhenHeld decides as agent.Agent does while a person holds the
// conversation.
type silentWhenHeld struct{ *fakeDecider }

func (d silentWhenHeld) Decide(ctx context.Context, t agent.Turn) (agent.Decision, error) {
	decided, err := d.fakeDecider.Decide(ctx, t)
	if err == nil && t.Session.Owner != "" && decided.Disposition != agent.Emergency {
		decided.Disposition, decided.Rule, decided.Replies = agent.Silent, "silent.owner", nil
		decided.Escalation = &agent.Escalation{Priority: agent.PriorityRequest, Messages: decided.Session.Tail}
	}
	return decided, err
}

func TestAClaimWhileATurnIsDecidedSilencesIt(t *testing.T) {
	r := setup(t)
	owners := &holders{}
	thinking, proceed := make(chan bool), make(chan bool)
	cfg := r.config()
	cfg.Owners = owners
	var decided []string
	cfg.Decider = silentWhenHeld{&fakeDecider{before: func(_ context.Context, turn agent.Turn) error {
		decided = append(decided, turn.Session.Owner)
		if turn.Session.Owner == "" {
			thinking <- true
			<-proceed
		}
		return nil
	}}}
	r.start(t, cfg)
	r.publish(t, event(1, 1, "hola"))
	<-thinking
	owners.set("nurse", nil)
	close(proceed)
	r.settled(t, soon)
	p := r.read(t)
	if len(p.outs) != 0 || len(p.turns) != 1 || p.turns[0].Decision.Rule != "silent.owner" {
		t.Fatalf("%d replies, turns %+v", len(p.outs), p.turns)
	}
	if len(p.escs) != 1 || !strings.Contains(r.open(t, p.escs[0]).Messages[0].Text, canary) {
		t.Error("the holder does not get the message")
	}
	if strings.Join(decided, ",") != ",nurse" {
		t.Errorf("decided for %q", decided)
	}
}

func TestAReleaseWhileATurnIsDecidedLetsTheAssistantAnswer(t *testing.T) {
	r := setup(t)
	owners := &holders{owner: "nurse"}
	cfg := r.config()
	cfg.Owners = owners
	cfg.Decider = silentWhenHeld{&fakeDecider{before: func(_ context.Context, turn agent.Turn) error {
		owners.set("", nil)
		return nil
	}}}
	r.start(t, cfg)
	r.publish(t, event(1, 1, "hola"))
	r.settled(t, soon)
	if p := r.read(t); len(p.outs) != 1 || len(p.turns) != 1 {
		t.Errorf("%d replies, %d turns, want one each", len(p.outs), len(p.turns))
	}
}

func TestAnEmergencyIsAnsweredWhoeverHoldsTheConversation(t *testing.T) {
	r := setup(t)
	owners := &holders{owner: "nurse"}
	cfg := r.config()
	cfg.Owners = owners
	cfg.Decider = silentWhenHeld{&fakeDecider{}}
	r.start(t, cfg)
	r.publish(t, event(1, 1, "emergency"))
	r.settled(t, soon)
	if p := r.read(t); len(p.outs) != 1 || !p.outs[0].Emergency {
		t.Errorf("replies are %+v", p.outs)
	}
}

func TestATurnWaitsWhileItIsNotKnownWhoHoldsTheConversation(t *testing.T) {
	r := setup(t)
	owners := &holders{}
	cfg := r.config()
	cfg.Owners = owners
	var once sync.Once
	cfg.Decider = &fakeDecider{before: func(context.Context, agent.Turn) error {
		once.Do(func() { owners.set("", errors.New("away")) }) // known before it was decided, and not after
		return nil
	}}
	r.start(t, cfg)
	r.publish(t, event(1, 1, "hola"))
	until(t, soon, "the event is handed back", func() bool { return r.logs.FilterMessage("event is handed back").Len() > 0 })
	if p := r.read(t); len(p.turns) != 0 || len(p.outs) != 0 {
		t.Errorf("%d turns and %d replies without knowing", len(p.turns), len(p.outs))
	}
	owners.set("", nil)
	r.settled(t, soon)
	if p := r.read(t); len(p.outs) != 1 {
		t.Errorf("%d replies, want one", len(p.outs))
	}
}

func TestATurnThatChangesHandsEachTimeIsHandedBack(t *testing.T) {
	r := setup(t)
	owners := &holders{}
	cfg := r.config()
	cfg.Owners = owners
	n := 0
	cfg.Decider = silentWhenHeld{&fakeDecider{before: func(_ context.Context, turn agent.Turn) error {
		if n++; n <= maxHolders {
			next := map[string]string{"": "nurse", "nurse": ""}[turn.Session.Owner]
			owners.set(next, nil)
		}
		return nil
	}}}
	r.start(t, cfg)
	r.publish(t, event(1, 1, "hola"))
	r.settled(t, soon)
	if p := r.read(t); len(p.turns) != 1 || n != maxHolders+1 {
		t.Errorf("%d turns after %d decisions", len(p.turns), n)
	}
}

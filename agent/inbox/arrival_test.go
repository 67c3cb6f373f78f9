package inbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"recado/agent"
)

func TestARepeatedArrivalChangesNothing(t *testing.T) {
	c := opened(agent.PriorityUrgent)
	c = do(t)(c.Resolve(ana, Called, at(1)))
	again := do(t)(c.Receive(news("r1", agent.PriorityUrgent, 0), NewPolicy(nil), at(2)))
	if again.State != Resolved || len(again.Arrivals) != 1 || !again.Changed.Equal(c.Changed) {
		t.Errorf("after a repeat: %+v", again)
	}
}

func TestAMorePressingArrivalRingsAgain(t *testing.T) {
	for name, test := range map[string]struct {
		first, then agent.Priority
		rings       bool
	}{
		"an emergency after a routine matter": {agent.PriorityRoutine, agent.PriorityEmergency, true},
		"an urgent one after a request":       {agent.PriorityRequest, agent.PriorityUrgent, true},
		"a second emergency":                  {agent.PriorityEmergency, agent.PriorityEmergency, true},
		"a second urgent one":                 {agent.PriorityUrgent, agent.PriorityUrgent, false},
		"a request after an urgent one":       {agent.PriorityUrgent, agent.PriorityRequest, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := do(t)(opened(test.first).Claim(ana, at(1)))
			c = do(t)(c.Receive(news("r2", test.then, 60), NewPolicy(nil), at(60)))
			if c.Waiting() != test.rings || c.Holder() != "ana" || c.Unseen != 2 {
				t.Errorf("rings: %v, want %v; holder %q, %d unseen", c.Waiting(), test.rings, c.Holder(), c.Unseen)
			}
			if test.rings {
				ack, _ := NewPolicy(nil).Due(test.then, at(60))
				if c.Round.Priority != test.then || !c.Round.AckDue.Equal(ack) {
					t.Errorf("round is %+v, to be acknowledged until %s", c.Round, ack)
				}
				if c = do(t)(c.Claim(ana, at(61))); c.Waiting() || !c.Since.Equal(at(1)) {
					t.Error("its holder cannot acknowledge it")
				}
			}
		})
	}
}

func TestAnArrivalNeverMovesADueTimeBack(t *testing.T) {
	c := opened(agent.PriorityUrgent)
	before := c.Round
	c = do(t)(c.Receive(news("r2", agent.PriorityUrgent, 10), NewPolicy(nil), at(10)))
	c = do(t)(c.Receive(news("r3", agent.PriorityRequest, 11), NewPolicy(nil), at(11)))
	if !c.Round.AckDue.Equal(before.AckDue) || !c.Round.Due.Equal(before.Due) || c.Round.Priority != agent.PriorityUrgent {
		t.Errorf("round was %+v and is %+v", before, c.Round)
	}
}

func TestAResolvedCaseComesBackOrIsFollowedByTheNext(t *testing.T) {
	p := NewPolicy(nil)
	c := do(t)(opened(agent.PriorityUrgent).Resolve(ana, Called, at(10)))
	if !c.Takes(p, at(10).Add(24*time.Hour-1)) || c.Takes(p, at(10).Add(24*time.Hour)) {
		t.Error("the day after it was resolved is not what counts")
	}
	back := do(t)(c.Receive(news("r2", agent.PriorityRequest, 20), p, at(20)))
	if back.State != Open || back.Round.Priority != agent.PriorityRequest || len(back.Past) != 1 || back.Unseen != 1 || !back.Waiting() {
		t.Errorf("after an arrival: %+v", back)
	}
	done := do(t)(c.Supersede("case-2", at(3000)))
	if done.Takes(p, at(11)) {
		t.Error("a case with a next one takes arrivals")
	}
	if _, err := done.Receive(news("r2", agent.PriorityRequest, 20), p, at(20)); !errors.Is(err, ErrSuperseded) {
		t.Errorf("it receives: %v", err)
	}
	if _, err := done.Reopen(ana, p, at(20)); !errors.Is(err, ErrSuperseded) {
		t.Errorf("it is reopened: %v", err)
	}
	if _, err := done.Supersede("case-3", at(20)); !errors.Is(err, ErrSuperseded) {
		t.Errorf("it gets a second next one: %v", err)
	}
	if _, err := opened(agent.PriorityUrgent).Supersede("case-2", at(1)); !errors.As(err, new(*StateError)) {
		t.Errorf("an open one gets a next one: %v", err)
	}
}

func TestACaseKnowsWhatItForgotAndStaysAMessage(t *testing.T) {
	c := opened(agent.PriorityUrgent)
	for i := range maxOlder - 5 { // a conversation that went on and on
		c.Older = append(c.Older, fmt.Sprintf("o%032d", i))
	}
	const n = maxArrivals + 4
	for i := range n {
		c = do(t)(c.Receive(news(fmt.Sprintf("%033d", i), agent.PriorityRequest, 1), NewPolicy(nil), at(1)))
	}
	if !c.Has("r1") || !c.Has(fmt.Sprintf("%033d", 2)) || !c.Has(fmt.Sprintf("o%032d", 0)) {
		t.Error("what is old would be taken for new")
	}
	if len(c.Arrivals) != maxArrivals || len(c.ArrivalIDs()) != maxOlder-5+n+1 {
		t.Errorf("%d arrivals, %d ids", len(c.Arrivals), len(c.ArrivalIDs()))
	}
	for i := range maxActions + 10 {
		c = do(t)(c.Note(ana, fmt.Sprintf("01890a5d-ac96-774b-bcce-b302099%05d", i), at(2)))
	}
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > 900<<10 {
		t.Errorf("the case has %d bytes: no NATS message takes it", len(data))
	}
}

func TestADeadLetterIsNotCountedBesideTheEscalationAboutIt(t *testing.T) {
	n := news("d1-raw", agent.PriorityRequest, 0)
	n.Kind, n.Channel, n.Language, n.ReplyTo = DeadLetter, "", "", ""
	c := New("case-1", n, NewPolicy(nil), at(0))
	if c.Unseen != 0 {
		t.Errorf("%d unseen", c.Unseen)
	}
	c = do(t)(c.Receive(news("d1", agent.PriorityUrgent, 0), NewPolicy(nil), at(0)))
	if c.Unseen != 1 || c.Round.Priority != agent.PriorityUrgent || c.Channel != agent.SMS || c.ReplyTo != "sealed-d1" {
		t.Errorf("with the escalation: %+v", c)
	}
	again := do(t)(c.Receive(n, NewPolicy(nil), at(1)))
	if again.Channel != agent.SMS || again.Language != "es" || again.ReplyTo == "" {
		t.Errorf("what is not known replaced what is: %+v", again)
	}
}

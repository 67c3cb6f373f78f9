package inbox

import (
	"errors"
	"testing"

	"recado/agent"
)

func TestAClaimedCaseIsItsHoldersAlone(t *testing.T) {
	c := do(t)(opened(agent.PriorityRoutine).Claim(ana, at(5)))
	if c.State != Claimed || c.Holder() != "ana" || !c.Since.Equal(at(5)) || c.Waiting() {
		t.Errorf("after a claim: %+v", c)
	}
	for what, try := range map[string]func(Actor) (Case, error){
		"claim":     func(a Actor) (Case, error) { return c.Claim(a, at(6)) },
		"assign":    func(a Actor) (Case, error) { return c.Assign(a, "eve", at(6)) },
		"release":   func(a Actor) (Case, error) { return c.Release(a, at(6)) },
		"hand back": func(a Actor) (Case, error) { return c.HandBack(a, at(6)) },
		"resolve":   func(a Actor) (Case, error) { return c.Resolve(a, Called, at(6)) },
		"reply":     func(a Actor) (Case, error) { return c.Reply(a, "staff.call_us", "m", at(6)) },
		"write":     func(a Actor) (Case, error) { return c.Write(a, "e", at(6)) },
	} {
		var held *HeldError
		if got, err := try(ben); !errors.As(err, &held) || held.By != "ana" || !held.Since.Equal(at(5)) || got.Owner != "ana" {
			t.Errorf("%s by another person: %v, %v", what, got.Owner, err)
		}
		forced := Actor{Person: "ben", Force: true}
		_, err := try(forced)
		speaks := what == "reply" || what == "write"
		if speaks != errors.As(err, &held) {
			t.Errorf("%s by force: %v", what, err)
		}
	}
	if _, err := c.Note(ben, "e", at(6)); err != nil {
		t.Errorf("another person's note: %v", err)
	}
}

func TestWhatCannotWaitRingsAgainWhenItIsReleased(t *testing.T) {
	for priority, rings := range map[agent.Priority]bool{
		agent.PriorityEmergency: true, agent.PriorityUrgent: true, "never heard of": true, agent.PriorityRoutine: false, agent.PriorityRequest: false,
	} {
		c := do(t)(opened(priority).Claim(ana, at(5)))
		c = do(t)(c.Release(ana, at(6)))
		if c.Waiting() != rings || !c.Round.Acknowledged.Equal(at(5)) {
			t.Errorf("%s: waiting %v, want %v; taken at %s", priority, c.Waiting(), rings, c.Round.Acknowledged)
		}
		c = do(t)(c.Claim(ben, at(7)))
		if c.Waiting() || !c.Round.Acknowledged.Equal(at(5)) {
			t.Errorf("%s: taken again it waits: %v", priority, c.Waiting())
		}
	}
}

func TestWhatIsNotClaimedCannotBeAnswered(t *testing.T) {
	c := opened(agent.PriorityRoutine)
	for what, try := range map[string]func() (Case, error){
		"reply":     func() (Case, error) { return c.Reply(ana, "staff.call_us", "m", at(6)) },
		"write":     func() (Case, error) { return c.Write(ana, "e", at(6)) },
		"hand back": func() (Case, error) { return c.HandBack(ana, at(6)) },
	} {
		if _, err := try(); !errors.Is(err, ErrNotHeld) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAResolvedCaseIsLeftAloneButForNotesAndReopening(t *testing.T) {
	c := do(t)(opened(agent.PriorityRoutine).Resolve(ana, Called, at(30)))
	if c.State != Resolved || c.Owner != "" || c.Round.By != "ana" || c.Round.Outcome != Called || c.Unseen != 0 {
		t.Errorf("after resolving: %+v", c)
	}
	for what, try := range map[string]func() (Case, error){
		"claim":     func() (Case, error) { return c.Claim(ana, at(31)) },
		"assign":    func() (Case, error) { return c.Assign(ana, "ben", at(31)) },
		"release":   func() (Case, error) { return c.Release(ana, at(31)) },
		"hand back": func() (Case, error) { return c.HandBack(ana, at(31)) },
		"resolve":   func() (Case, error) { return c.Resolve(ana, Called, at(31)) },
		"reply":     func() (Case, error) { return c.Reply(ana, "staff.call_us", "m", at(31)) },
		"write":     func() (Case, error) { return c.Write(ana, "e", at(31)) },
	} {
		var state *StateError
		if _, err := try(); !errors.As(err, &state) || state.Have != Resolved {
			t.Errorf("%s: %v", what, err)
		}
	}
	do(t)(c.Note(ben, "e", at(31)))
	again := do(t)(c.Reopen(ben, NewPolicy(nil), at(40)))
	if again.State != Open || !again.Waiting() || len(again.Past) != 1 || again.Past[0].Outcome != Called || !again.Round.Opened.Equal(at(40)) {
		t.Errorf("after reopening: %+v", again)
	}
	if _, err := opened(agent.PriorityRoutine).Reopen(ana, NewPolicy(nil), at(1)); !errors.As(err, new(*StateError)) {
		t.Errorf("reopening an open case: %v", err)
	}
}

func TestAnOutcomeHasToBeNamed(t *testing.T) {
	for _, o := range []Outcome{"", "gone"} {
		if _, err := opened(agent.PriorityRoutine).Resolve(ana, o, at(1)); !errors.As(err, new(*InputError)) {
			t.Errorf("outcome %q: %v", o, err)
		}
	}
}

func TestHandingBackKeepsTheCaseAndLetsTheAssistantSpeak(t *testing.T) {
	c := do(t)(opened(agent.PriorityRoutine).Claim(ana, at(1)))
	c = do(t)(c.HandBack(ana, at(2)))
	if c.State != Claimed || c.Owner != "ana" || c.Holder() != "" {
		t.Errorf("after handing back: %+v", c)
	}
	if c = do(t)(c.Claim(ana, at(3))); c.Holder() != "ana" || !c.Since.Equal(at(1)) {
		t.Errorf("after taking the word back: %+v", c)
	}
}

func TestAssigningDoesNotStopTheClock(t *testing.T) {
	c := do(t)(opened(agent.PriorityUrgent).Assign(ana, "ben", at(1)))
	if c.Owner != "ben" || c.Holder() != "ben" || !c.Waiting() {
		t.Errorf("after assigning: %+v", c)
	}
	if c = do(t)(c.Claim(ben, at(4))); c.Waiting() || c.Round.By != "ben" || !c.Round.Acknowledged.Equal(at(4)) {
		t.Errorf("after the new holder took it: %+v", c.Round)
	}
	if c = do(t)(c.Release(ben, at(5))); c.State != Open || !c.Waiting() || !c.Round.Acknowledged.Equal(at(4)) {
		t.Errorf("after a release: %+v", c)
	}
}

func TestTheTimelineTellsWhatHappenedInOrder(t *testing.T) {
	c := do(t)(opened(agent.PriorityRoutine).Claim(ana, at(2)))
	c = do(t)(c.Receive(news("r2", agent.PriorityRoutine, 3), NewPolicy(nil), at(3)))
	c = do(t)(c.Note(ben, "e1", at(4)))
	c = do(t)(c.Note(ben, "e1", at(4))) // the form was sent twice
	c = do(t)(c.Reply(ana, "staff.call_us", "m1", at(5)))
	c = do(t)(c.Resolve(ana, Called, at(6)))
	var got []string
	for _, m := range c.Timeline() {
		if m.Arrival != nil {
			got = append(got, m.Arrival.ID)
		} else {
			got = append(got, string(m.Action.Kind)+" "+m.Action.By)
		}
	}
	want := []string{"r1", "claim ana", "r2", "note ben", "reply ana", "resolve ana"}
	if len(got) != len(want) {
		t.Fatalf("timeline is %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("timeline is %v, want %v", got, want)
		}
	}
}

func TestNobodyActsWithoutAName(t *testing.T) {
	c := do(t)(opened(agent.PriorityRoutine).Claim(ana, at(1)))
	for what, try := range map[string]func() (Case, error){
		"claim":   func() (Case, error) { return opened(agent.PriorityUrgent).Claim(Actor{}, at(2)) },
		"release": func() (Case, error) { return c.Release(Actor{Force: true}, at(2)) },
		"resolve": func() (Case, error) { return c.Resolve(Actor{Force: true}, Called, at(2)) },
		"note":    func() (Case, error) { return c.Note(Actor{}, "e", at(2)) },
		"assign":  func() (Case, error) { return c.Assign(ana, "", at(2)) },
	} {
		if _, err := try(); !errors.As(err, new(*InputError)) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

package inbox

import (
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"recado/agent"
)

// Whatever people and patients do in whatever order, a case is never in two
// states at once and no transition changes the case that it began with.
func TestACaseIsAlwaysInOneState(t *testing.T) {
	priorities := []agent.Priority{agent.PriorityEmergency, agent.PriorityUrgent, agent.PriorityRoutine, agent.PriorityRequest}
	policy := NewPolicy(nil)
	rapid.Check(t, func(t *rapid.T) {
		c := New("case-1", news("r0", rapid.SampledFrom(priorities).Draw(t, "first"), 0), policy, at(0))
		arrivals := 1
		for now := 1; now <= 40; now++ {
			a := Actor{Person: rapid.SampledFrom([]string{"ana", "ben", "eve"}).Draw(t, "who"), Force: rapid.Bool().Draw(t, "force")}
			before, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			next := c
			switch rapid.IntRange(0, 10).Draw(t, "what") {
			case 0:
				next, err = c.Claim(a, at(now))
			case 1:
				next, err = c.Release(a, at(now))
			case 2:
				next, err = c.Assign(a, rapid.SampledFrom([]string{"ana", "ben"}).Draw(t, "to"), at(now))
			case 3:
				next, err = c.Resolve(a, Called, at(now))
			case 4:
				next, err = c.Reopen(a, policy, at(now))
			case 5:
				next, err = c.HandBack(a, at(now))
			case 6:
				next, err = c.Note(a, fmt.Sprint("n", now), at(now))
			case 7:
				next, err = c.Reply(a, "staff.call_us", fmt.Sprint("m", now), at(now))
			case 8:
				next, err = c.Write(a, fmt.Sprint("w", now), at(now))
			default:
				n := rapid.IntRange(0, now).Draw(t, "n")
				fresh := !c.Has(fmt.Sprint("r", n))
				next, err = c.Receive(news(fmt.Sprint("r", n), rapid.SampledFrom(priorities).Draw(t, "priority"), now), policy, at(now))
				if err == nil && fresh {
					arrivals++
				}
			}
			after, marshalErr := json.Marshal(c)
			if marshalErr != nil {
				t.Fatal(marshalErr)
			}
			if string(before) != string(after) {
				t.Fatalf("the case was changed in place:\n%s\n%s", before, after)
			}
			if err != nil {
				continue
			}
			c = next
			invariants(t, c, arrivals)
		}
	})
}

func invariants(t *rapid.T, c Case, arrivals int) {
	if (c.Owner != "") != (c.State == Claimed) || c.Since.IsZero() != (c.State != Claimed) {
		t.Fatalf("%s, held by %q since %s", c.State, c.Owner, c.Since)
	}
	if c.BotSpeaks && c.State != Claimed || c.Holder() != "" && c.Holder() != c.Owner {
		t.Fatalf("%s, the bot speaks: %v", c.State, c.BotSpeaks)
	}
	if (c.State == Resolved) != !c.Round.Resolved.IsZero() || (c.State == Resolved) != (c.Round.Outcome != "") {
		t.Fatalf("%s with round %+v", c.State, c.Round)
	}
	if c.State == Resolved && c.Round.Acknowledged.IsZero() {
		t.Fatal("resolved and never acknowledged")
	}
	if c.Round.AckDue.IsZero() || c.Round.Due.IsZero() || c.Round.Due.Before(c.Round.Opened) {
		t.Fatalf("no due time: %+v", c.Round)
	}
	for _, r := range c.Past {
		if r.Resolved.IsZero() || r.Outcome == "" {
			t.Fatalf("a past round that never ended: %+v", r)
		}
	}
	if len(c.Arrivals) != arrivals {
		t.Fatalf("%d arrivals, want %d", len(c.Arrivals), arrivals)
	}
	if Compare(&c, &c) != 0 {
		t.Fatal("a case is not equal to itself")
	}
}

package inbox

import (
	"testing"
	"time"

	"recado/agent"
)

// monday is 9 in the morning of Monday, 4 November 2030, in UTC.
var monday = time.Date(2030, 11, 4, 9, 0, 0, 0, time.UTC)

func at(minutes int) time.Time { return monday.Add(time.Duration(minutes) * time.Minute) }

func news(id string, p agent.Priority, minute int) News {
	return News{
		Arrival: Arrival{ID: id, Kind: Escalation, Priority: p, At: at(minute)},
		Clinic:  "sunrise", Conversation: "0123456789abcdef", Channel: agent.SMS, Language: "es",
		Rules: []string{"gate.clinical"}, Intents: []string{"symptom"}, ReplyTo: "sealed-" + id,
	}
}

func opened(p agent.Priority) Case {
	return New("case-1", news("r1", p, 0), NewPolicy(nil), at(0))
}

var ana, ben = Actor{Person: "ana"}, Actor{Person: "ben"}

// do returns what a transition makes, which has to be possible.
func do(t *testing.T) func(Case, error) Case {
	return func(c Case, err error) Case {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

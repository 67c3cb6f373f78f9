package inbox

import (
	"reflect"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/language"
)

func TestStatsCountWhatWaitsAndHowLongThingsTook(t *testing.T) {
	m := time.Minute
	quick := do(t)(named("quick", agent.PriorityUrgent, 0).Claim(ana, at(5)))
	quick = do(t)(quick.Resolve(ana, Called, at(60)))
	slow := do(t)(named("slow", agent.PriorityUrgent, 0).Claim(ana, at(20))) // 15 min were given
	slow = do(t)(slow.Resolve(ana, Booked, at(70)))
	slow = do(t)(slow.Receive(news("again", agent.PriorityRoutine, 90), NewPolicy(nil), at(90)))
	waiting := named("waiting", agent.PriorityEmergency, 10)
	waiting.Language, waiting.Rules = "en", nil
	held := do(t)(named("held", agent.PriorityRequest, 95).Claim(ben, at(96)))
	old := named("old", agent.PriorityUrgent, -100)

	got := Measure([]Case{quick, slow, waiting, held, old}, at(0), at(100))
	want := Stats{
		Open: 3, Claimed: 1, Waiting: 3, Late: 2, Oldest: 200 * m,
		ByPriority: map[agent.Priority]int{agent.PriorityRoutine: 1, agent.PriorityEmergency: 1, agent.PriorityRequest: 1, agent.PriorityUrgent: 1},
		ByAge:      []int{2, 2, 0, 0, 0, 0},
		ByReason:   map[string]int{"gate": 3, "": 1},
		ByLanguage: map[language.Language]int{"es": 3, "en": 1},
		Opened:     5, Resolved: 2,
		// taken after 1, 5 and 20 minutes; the 20 and the emergency are late
		Acknowledge: Times{N: 3, P50: 5 * m, P90: 20 * m, OnTime: 0.5},
		// done after 60 and 70 minutes; the emergency is late
		Resolve:  Times{N: 2, P50: 60 * m, P90: 70 * m, OnTime: 2. / 3},
		Outcomes: map[Outcome]int{Called: 1, Booked: 1},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("stats are\n%+v, want\n%+v", got, want)
	}
}

func TestStatsOfNothingAreNothingLate(t *testing.T) {
	s := Measure(nil, at(0), at(1))
	if s.Acknowledge.OnTime != 1 || s.Resolve.OnTime != 1 || s.Acknowledge.P90 != 0 || s.Oldest != 0 {
		t.Errorf("stats are %+v", s)
	}
}

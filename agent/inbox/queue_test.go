package inbox

import (
	"slices"
	"testing"

	"recado/agent"
	"recado/agent/language"
)

func named(id string, p agent.Priority, minute int) Case {
	n := news("r-"+id, p, minute)
	return New(id, n, NewPolicy(nil), at(minute))
}

func TestTheQueueShowsThePressingFirstThenWhatIsDue(t *testing.T) {
	taken := do(t)(named("taken", agent.PriorityUrgent, 0).Claim(ana, at(1))) // next: to be resolved, later than the others are to be taken
	earlier := do(t)(named("done-first", agent.PriorityEmergency, 0).Resolve(ana, Called, at(5)))
	later := do(t)(named("done-last", agent.PriorityRequest, 0).Resolve(ana, Called, at(6)))
	cases := []Case{
		earlier, named("request", agent.PriorityRequest, 0), named("urgent-late", agent.PriorityUrgent, 9), later,
		named("routine", agent.PriorityRoutine, 0), taken, named("emergency", agent.PriorityEmergency, 30),
		named("urgent", agent.PriorityUrgent, 0), named("odd", "odd", 0),
	}
	slices.SortFunc(cases, func(a, b Case) int { return Compare(&a, &b) })
	var got []string
	for _, c := range cases {
		got = append(got, c.ID)
	}
	want := []string{"emergency", "urgent", "urgent-late", "taken", "odd", "routine", "request", "done-last", "done-first"}
	if !slices.Equal(got, want) {
		t.Errorf("the queue is\n%v, want\n%v", got, want)
	}
}

func TestAQueryChooses(t *testing.T) {
	open := named("open", agent.PriorityUrgent, 0)
	held := do(t)(named("held", agent.PriorityRequest, 0).Claim(ana, at(1)))
	held.Unseen, held.Channel = 0, agent.Web
	done := do(t)(named("done", agent.PriorityEmergency, 0).Resolve(ana, NotPHI, at(2)))
	done.Language, done.Rules, done.Intents = "en", []string{"gate"}, []string{"hours"}
	foreign := named("foreign", agent.PriorityUrgent, 0)
	foreign.Clinic = "other"
	all := []Case{open, held, done, foreign}
	mine := func(q Query) Query { q.Clinics = []string{"sunrise"}; return q }
	for name, test := range map[string]struct {
		q    Query
		want []string
	}{
		"nothing without a clinic": {Query{}, nil},
		"a clinic":                 {mine(Query{}), []string{"open", "held", "done"}},
		"a state":                  {mine(Query{States: []State{Open, Resolved}}), []string{"open", "done"}},
		"a priority":               {mine(Query{Priorities: []agent.Priority{agent.PriorityUrgent}}), []string{"open"}},
		"a channel":                {mine(Query{Channels: []agent.Channel{agent.Web}}), []string{"held"}},
		"a person":                 {mine(Query{Owner: "ana"}), []string{"held"}},
		"a rule":                   {mine(Query{Rule: "gate.clinical"}), []string{"open", "held"}},
		"a family of rules":        {mine(Query{Rule: "gate"}), []string{"open", "held", "done"}},
		"no half of a rule":        {mine(Query{Rule: "gate.clin"}), nil},
		"an intent":                {mine(Query{Intent: "hours"}), []string{"done"}},
		"an outcome":               {mine(Query{Outcome: NotPHI}), []string{"done"}},
		"a language":               {mine(Query{Languages: []language.Language{"en"}}), []string{"done"}},
		"what nobody took":         {mine(Query{Waiting: true}), []string{"open"}},
		"what nobody saw":          {mine(Query{Unseen: true}), []string{"open"}},
		"what is late":             {mine(Query{Late: true}), []string{"open"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for i := range all {
				if test.q.Chooses(&all[i], at(20)) {
					got = append(got, all[i].ID)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("chosen %v, want %v", got, test.want)
			}
		})
	}
}

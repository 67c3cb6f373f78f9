package run

import (
	"context"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/clinic"
	"recado/evals/suite"
	"recado/intents"
)

// anything is a model that is sure of one intent.
type anything struct{ intent string }

func (m anything) Understand(context.Context, agent.Query) (agent.Understanding, error) {
	return agent.Understanding{Language: "en", Intents: []agent.Intent{{Name: m.intent, Confidence: 1}}}, nil
}

// listening tells whether a model is asked.
type listening struct{ asked bool }

func (m *listening) Understand(context.Context, agent.Query) (agent.Understanding, error) {
	m.asked = true
	return agent.Understanding{}, errNoModel
}

func TestNoModelLowersAMessageFurtherThanIsReckonedWith(t *testing.T) {
	a, err := agent.New()
	if err != nil {
		t.Fatal(err)
	}
	var safeIntents []string
	for _, in := range a.Intents() {
		if in.Kind != intents.Sensitive && in.Kind != intents.Emergency {
			safeIntents = append(safeIntents, in.Name)
		}
	}
	profile := clinic.Sample()
	decide := func(m agent.Understander, turn agent.Turn) agent.Disposition {
		d, err := a.With(agent.WithLLM(m)).Decide(t.Context(), turn)
		if err != nil {
			t.Fatal(err)
		}
		return d.Disposition
	}
	asked, lowered, enough := 0, 0, 1<<30
	if RaceDetector {
		enough = 6
	}
	for _, file := range []string{"../dev/front_desk.jsonl", "../dev/booking_dialogue.jsonl", "../dev/decline.jsonl", "../dev/clinic_bot.jsonl", "../dev/staff.jsonl"} {
		s, err := suite.Load(file, suite.Known{})
		if err != nil {
			t.Fatal(err)
		}
		for c, err := range s.All() {
			if err != nil {
				t.Fatal(err)
			}
			turn := agent.Turn{Clinic: profile, Now: time.Date(2026, 12, 3, 21, 0, 0, 0, profile.Zone), Events: []agent.Event{{V: 1, ID: c.ID, Clinic: profile.ID,
				Channel: agent.Web, Conversation: "evals000", Kind: agent.KindText, Text: c.Text}}}
			l := &listening{}
			if asked == enough {
				break
			}
			if decide(l, turn); !l.asked {
				continue
			}
			asked++
			tried := map[agent.Disposition]bool{}
			for _, d := range a.Reach(t.Context(), turn) {
				tried[d.Disposition] = true
			}
			for _, name := range safeIntents {
				if got := decide(anything{name}, turn); !tried[got] {
					t.Errorf("%s: a model that is sure of %s makes it %s, and that is not reckoned with", c.ID, name, got)
				} else if got != agent.Human {
					lowered++
				}
			}
		}
	}
	if asked < 5 || lowered == 0 {
		t.Errorf("the model is asked about %d messages, and lowers %d times: the test shows nothing", asked, lowered)
	}
}

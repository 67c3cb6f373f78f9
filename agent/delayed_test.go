package agent_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/language"
)

func TestAPatientWhoWaitedLongIsToldSorryOnce(t *testing.T) {
	a := newAgent(t)
	p := agent.Sample()
	now := time.Date(2026, 11, 18, 21, 0, 0, 0, p.Zone)
	tests := map[string]struct {
		text   string
		kind   agent.Kind
		waited time.Duration
		before time.Duration // since the last turn; 0 for none
		sorry  string
	}{
		"a question at once":                 {text: "what time do you open", waited: 3 * time.Second},
		"a question after a while":           {text: "what time do you open", waited: 2 * time.Minute, sorry: "Sorry for the wait."},
		"in Spanish":                         {text: "a que hora abren", waited: time.Hour, sorry: "Disculpe la demora."},
		"a hand-off":                         {text: "my test results came back positive", waited: time.Hour, sorry: "Sorry for the wait."},
		"an emergency is told nothing else":  {text: "i cant breathe", waited: time.Hour},
		"a stop is confirmed and no more":    {text: "STOP", waited: time.Hour},
		"a reaction waits for nothing":       {text: "👍", kind: agent.KindReaction, waited: time.Hour},
		"the last turn was before it":        {text: "what time do you open", waited: time.Hour, before: 2 * time.Hour, sorry: "Sorry for the wait."},
		"a turn since then has said it":      {text: "what time do you open", waited: time.Hour, before: time.Minute},
		"a clock that is ahead of the other": {text: "what time do you open", waited: -time.Hour},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			kind := test.kind
			if kind == "" {
				kind = agent.KindText
			}
			turn := agent.Turn{Clinic: p, Now: now, Events: []agent.Event{{
				V: agent.Version, ID: "1", Clinic: p.ID, Channel: agent.SMS, Conversation: "abcdefgh", Kind: kind, Text: test.text, At: now.Add(-test.waited),
			}}}
			if test.before > 0 {
				turn.Session = agent.Session{V: agent.Version, Introduced: true, LastAt: now.Add(-test.before)}
			}
			d, err := a.Decide(t.Context(), turn)
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(d.Replies, func(r agent.Reply) bool { return r.Key == "delayed" })
			if test.sorry == "" {
				if at >= 0 {
					t.Errorf("reply is %q", d.Text())
				}
				return
			}
			if at != 0 || len(d.Replies) < 2 || !strings.HasPrefix(d.Text(), test.sorry) {
				t.Errorf("reply is %q, want it to begin with %q", d.Text(), test.sorry)
			}
		})
	}
}

func TestADelayedAnswerIsAboutNow(t *testing.T) {
	a := newAgent(t)
	p := agent.Sample()
	asked := time.Date(2026, 11, 18, 10, 30, 0, 0, p.Zone) // open
	reply := func(now time.Time) string {
		d, err := a.Decide(t.Context(), agent.Turn{
			Clinic: p, Now: now, Session: agent.Session{V: agent.Version, Introduced: true, Language: language.English},
			Events: []agent.Event{{
				V: agent.Version, ID: "1", Clinic: p.ID, Channel: agent.SMS, Conversation: "abcdefgh", Kind: agent.KindText, Text: "are you open right now?", At: asked,
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return d.Text()
	}
	atOnce, late := reply(asked), reply(asked.Add(12*time.Hour))
	if strings.TrimPrefix(late, "Sorry for the wait.\n\n") == atOnce || !strings.Contains(late, "Sorry for the wait.") {
		t.Errorf("at once: %q, twelve hours later: %q", atOnce, late)
	}
}

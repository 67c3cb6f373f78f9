package agent_test

import (
	"math"
	"reflect"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/clinic"
)

// accounted is a turn of one message, on a Thursday at ten in the morning.
func accounted(p *clinic.Profile, text, attachment string) agent.Turn {
	now := time.Date(2026, time.December, 3, 10, 0, 0, 0, p.Zone)
	e := agent.Event{V: agent.Version, ID: "1", Clinic: p.ID, Channel: agent.Web, Conversation: "conversation", At: now, Kind: agent.KindText, Text: text}
	if attachment != "" {
		e.Kind, e.Attachment = agent.KindAttachment, attachment
	}
	return agent.Turn{Events: []agent.Event{e}, Clinic: p, Now: now}
}

func TestRulesAloneHoldTheLineAndEarnNoAnswer(t *testing.T) {
	rules, p := newAgent(t).With(agent.RulesAlone()), agent.Sample()
	for _, c := range []struct {
		text, attachment string
		want             agent.Disposition
	}{
		{"are you open tomorrow?", "", agent.Human},
		{"hola", "", agent.Human},
		{"my chest hurts and I can't breathe", "", agent.Emergency},
		{"me quiero morir", "", agent.Emergency},
		{"my metformin ran out", "", agent.Escalate},
		{"", "image", agent.Escalate},
		{"STOP", "", agent.Consent},
		{"ya no me manden mensajes", "", agent.Consent},
	} {
		d, account, err := rules.Trace(t.Context(), accounted(p, c.text, c.attachment))
		if err != nil || d.Disposition != c.want || account.Shares != nil {
			t.Errorf("%q: %s by %s, shares %v (%v), want %s", c.text, d.Disposition, d.Rule, account.Shares, err, c.want)
		}
	}
	if reach := rules.Reach(t.Context(), accounted(p, "and the other one?", "")); reach != nil {
		t.Errorf("a model reaches rules that are alone: %+v", reach)
	}
}

func TestTraceDecidesAsDecideDoesAndAccountsForIt(t *testing.T) {
	a := newAgent(t)
	p := agent.Sample()
	for _, text := range []string{"are you open tomorrow?", "me duele la espalda", "my chest hurts and I can't breathe", "STOP", "and the other one?", ""} {
		turn := accounted(p, text, "")
		want, err := a.Decide(t.Context(), turn)
		if err != nil {
			t.Fatal(err)
		}
		got, account, err := a.Trace(t.Context(), turn)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: Trace decides %+v (%v), Decide %+v", text, got, err, want)
		}
		sum := 0.0
		for _, share := range account.Shares {
			sum += share
		}
		if text != "" && math.Abs(sum-1) > 1e-6 {
			t.Errorf("%q: the shares add up to %v", text, sum)
		}
	}
}

func TestSlotsAreTheClinicsFacts(t *testing.T) {
	a := newAgent(t)
	p := agent.Sample()
	for text, want := range map[string]map[string]string{
		"are you open on saturday?":                {"day": "2026-12-05"},
		"do you take medikeid":                     {"plan": "Medicaid"},
		"¿abren el sábado? ¿y aceptan medicaid?":   {"day": "2026-12-05", "plan": "Medicaid"},
		"my son has a fever since saturday at ten": {},
	} {
		d, err := a.Decide(t.Context(), accounted(p, text, ""))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range want {
			if d.Slots[name] != value {
				t.Errorf("%q: %s is %q, want %q", text, name, d.Slots[name], value)
			}
		}
		if len(want) == 0 && d.Slots != nil {
			t.Errorf("%q: a hand-off is about %v", text, d.Slots)
		}
	}
}

package agent_test

import (
	"slices"
	"testing"

	"recado/agent"
)

func TestAStopThatAsksForACallIsKeptAndReachesStaff(t *testing.T) {
	for _, text := range []string{
		"stop texting me, call me instead",
		"dejen de escribirme y mejor márquenme",
	} {
		d := decide(t, say(text))
		if d.Disposition != agent.Human || d.Consent != agent.ConsentStop || d.Escalation == nil {
			t.Errorf("%q: %s by %s, consent %q, record %v", text, d.Disposition, d.Rule, d.Consent, d.Escalation != nil)
		}
		var said []string
		for _, r := range d.Replies {
			said = append(said, r.Key)
		}
		if !slices.Contains(said, "consent.stopped") {
			t.Errorf("%q: the stop is not confirmed: %v", text, said)
		}
	}
}

func TestWhoeverWantsToBeWrittenToInsteadOfCalledStopsNoMessages(t *testing.T) {
	for _, text := range []string{
		"please stop calling me at work, text me instead",
		"dejen de marcarme a media jornada, mejor escríbanme",
	} {
		if d := decide(t, say(text)); d.Disposition != agent.Human || d.Consent != "" || d.Session.Stopped {
			t.Errorf("%q: %s by %s, consent %q", text, d.Disposition, d.Rule, d.Consent)
		}
	}
}

func TestAStopBesideADeathIsHandedOffAndKept(t *testing.T) {
	for _, text := range []string{
		"my husband passed away in June. please stop sending him reminders",
		"mi mamá falleció en mayo. ya no manden mensajes a este número por favor",
	} {
		if d := decide(t, say(text)); d.Disposition != agent.Escalate || d.Consent != agent.ConsentStop {
			t.Errorf("%q: %s by %s, consent %q", text, d.Disposition, d.Rule, d.Consent)
		}
	}
}

func TestDoubtThatThisIsTheClinicIsAnsweredAndNotDeclined(t *testing.T) {
	for _, text := range []string{
		"how do I know this is really the clinic and not some hacker",
		"¿cómo sé yo que de verdad son la clínica y no unos ladrones?",
	} {
		if d := decide(t, say(text)); d.Disposition != agent.Consent || d.Consent != "" {
			t.Errorf("%q: %s by %s, consent %q", text, d.Disposition, d.Rule, d.Consent)
		}
	}
}

func TestARuleThatDeclinesLowersNothing(t *testing.T) {
	for text, want := range map[string]agent.Disposition{
		"turn off the lamp by the aquarium":                                        agent.Decline,
		"turn off the lamp, I can't breathe":                                       agent.Emergency,
		"is it snowing up there? my knee is swollen since Monday":                  agent.Escalate,
		"¿va a llover el domingo?":                                                 agent.Decline,
		"¿va a llover el domingo? a mi niño le salió una roncha en la espalda":     agent.Escalate,
		"who won the game last night? and what are your hours on Saturday, please": agent.Answer,
	} {
		if d := decide(t, say(text)); d.Disposition != want {
			t.Errorf("%q is %s by %s, want %s", text, d.Disposition, d.Rule, want)
		}
	}
}

func TestAnUnsureStopHidesNoCare(t *testing.T) {
	for _, text := range []string{"ya no me manden la factura de mi cirugía", "ya no me manden el cobro, eso lo pagó el Medicaid de mi niño"} {
		if d := decide(t, say(text)); d.Disposition != agent.Escalate {
			t.Errorf("%q is %s by %s", text, d.Disposition, d.Rule)
		}
	}
}

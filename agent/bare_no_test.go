package agent_test

import (
	"testing"

	"recado/agent"
)

func TestABareNoEndsTheTalkAndNotTheMessages(t *testing.T) {
	for _, before := range []string{"", "thank you!", "what time do you open?", "gracias, muy amable"} {
		for _, words := range []string{"no", "No.", "nope", "no thanks", "no thank you", "nah", "no gracias", "No, gracias", "nada más", "no, that's all"} {
			turn := say(words)
			if before != "" {
				turn.Session = decide(t, say(before)).Session
			}
			if d := decide(t, turn); d.Consent != "" || d.Disposition != agent.Answer {
				t.Errorf("%q after %q is %s by %s, consent %q", words, before, d.Disposition, d.Rule, d.Consent)
			}
		}
	}
	for _, words := range []string{"STOP", "no more texts", "no more"} {
		if d := decide(t, say(words)); d.Consent != agent.ConsentStop {
			t.Errorf("%q is %s by %s, consent %q", words, d.Disposition, d.Rule, d.Consent)
		}
	}
}

package agent_test

import (
	"strings"
	"testing"

	"recado/agent"
)

const ownLink = "https://private.example/p#dG9rZW4"

func TestAHandOffShowsThePatientsOwnLink(t *testing.T) {
	for text, own := range map[string]bool{
		"my chest has had a lump for a week":      true,
		"me salió una bolita en el pecho":         true,
		"what is your e-mail and phone number?":   false, // a fact of the clinic, and no record for staff
		"¿me da su teléfono y correo, por favor?": false,
		"are you open on Saturday?":               false,
	} {
		turn := say(text)
		portal := turn.Clinic.Links.Secure
		plain := decide(t, turn)
		turn.Private = ownLink
		linked := decide(t, turn)
		if again := decide(t, turn); again.Text() != linked.Text() {
			t.Errorf("%s: decided twice, it says %q and %q", text, linked.Text(), again.Text())
		}
		if own {
			if !strings.Contains(linked.Text(), ownLink) || strings.Contains(linked.Text(), portal) || linked.Escalation == nil {
				t.Errorf("%s: %q", text, linked.Text())
			}
		} else if linked.Text() != plain.Text() {
			t.Errorf("%s: %q with a link of her own, %q without", text, linked.Text(), plain.Text())
		}
		turn.Private = ""
		if after := decide(t, turn); after.Text() != plain.Text() || strings.Contains(after.Text(), ownLink) {
			t.Errorf("%s: another patient gets %q", text, after.Text())
		}
		if got := strings.Replace(linked.Text(), ownLink, portal, 1); got != plain.Text() {
			t.Errorf("%s: more than the link differs: %q and %q", text, linked.Text(), plain.Text())
		}
	}
}

func TestAPhotoIsHandedOffWithThePatientsOwnLink(t *testing.T) {
	turn := say("")
	turn.Events[0].Kind, turn.Events[0].Attachment, turn.Private = agent.KindAttachment, "image", ownLink
	if d := decide(t, turn); !strings.Contains(d.Text(), ownLink) {
		t.Errorf("says %q", d.Text())
	}
}

func TestTheFallbackShowsThePatientsOwnLink(t *testing.T) {
	turn := say("anything")
	turn.Private = ownLink
	if d := newAgent(t).Fallback(turn); !strings.Contains(d.Text(), ownLink) || d.Escalation == nil {
		t.Errorf("says %q", d.Text())
	}
}

package whatsapp

import (
	"testing"

	"recado/agent/channel"
)

// conversationOf takes a payload in and returns its last event's conversation.
func (d *desk) conversationOf(t *testing.T, name string) string {
	t.Helper()
	before := len(d.events)
	d.mustTake(t, name)
	if len(d.events) == before {
		t.Fatalf("%s: nothing was taken in", name)
	}
	return d.events[len(d.events)-1].Conversation
}

func TestAPatientKnownByPhoneAndUserIDStaysOneConversation(t *testing.T) {
	for name, order := range map[string][]string{
		"phone, both, user id":    {"text", "both_known", "no_phone"},
		"both, user id, phone":    {"both_known", "only_contact", "text"},
		"user id, both, phone":    {"no_phone", "both_known", "text"},
		"user id, contact, both":  {"no_phone", "only_contact", "both_known"},
		"both, new id, new id":    {"both_known", "new_user_id", "after_new_user_id"},
		"user id, new id, new id": {"no_phone", "new_user_id", "after_new_user_id"},
	} {
		d := newDesk(t)
		first := d.conversationOf(t, order[0])
		for _, next := range order[1:] {
			if got := d.conversationOf(t, next); got != first {
				t.Errorf("%s: %s is in another conversation", name, next)
			}
		}
	}
}

func TestANewNumberStaysInTheConversation(t *testing.T) {
	d := newDesk(t)
	old := d.conversationOf(t, "types") // its 16th message is user_changed_number
	moved, err := conversations{aliases: d, key: testKey}.of(t.Context(), testClinic, person{phone: "12195555358"})
	if err != nil || moved != old {
		t.Errorf("the new number is in %s (%v), the old one in %s", moved, err, old)
	}
	e := d.events[15]
	a, err := channel.OpenAddress(d.box, e.Of(), e.ReplyTo)
	if err != nil || a.Phone != "12195555358" {
		t.Errorf("the event of the change answers to another number (%v)", err)
	}
}

func TestStrangersShareNoConversation(t *testing.T) {
	d := newDesk(t)
	d.mustTake(t, "batch")
	conversations := map[string]bool{}
	for _, e := range d.events {
		conversations[e.Conversation] = true
	}
	if len(conversations) != 7 {
		t.Errorf("%d conversations of 7 senders", len(conversations))
	}
}

package whatsapp

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"recado/agent"
)

func TestEveryTypeOfMessageBecomesAnEvent(t *testing.T) {
	d := newDesk(t)
	d.mustTake(t, "types")
	want := []agent.Event{
		{Kind: agent.KindText, Text: "Hello"},
		{Kind: agent.KindAttachment, Attachment: "image", Text: "my card"},
		{Kind: agent.KindAttachment, Attachment: "audio"},
		{Kind: agent.KindAttachment, Attachment: "video"},
		{Kind: agent.KindAttachment, Attachment: "document", Text: "form"},
		{Kind: agent.KindAttachment, Attachment: "sticker"},
		{Kind: agent.KindLocation},
		{Kind: agent.KindContacts},
		{Kind: agent.KindReaction, Text: "👍"},
		{Kind: agent.KindReaction},
		{Kind: agent.KindButton, Button: "confirm", Text: "Sí, confirmo"},
		{Kind: agent.KindButton, Button: "slot_2", Text: "10:30"},
		{Kind: agent.KindUnsupported},
		{Kind: agent.KindButton, Button: "STOP_REMINDERS", Text: "Stop"},
		{Kind: agent.KindOrder, Text: "two please"},
		{Kind: agent.KindSystem},
		{Kind: agent.KindUnsupported},
		{Kind: agent.KindUnsupported},
		{Kind: agent.KindUnsupported},
		{Kind: agent.KindUnsupported},
	}
	if len(d.events) != len(want) {
		t.Fatalf("%d events of %d messages", len(d.events), len(want))
	}
	for i, e := range d.events {
		w := want[i]
		if e.Kind != w.Kind || e.Text != w.Text || e.Attachment != w.Attachment || e.Button != w.Button {
			t.Errorf("%s: kind %s text %q attachment %q button %q, want %s %q %q %q",
				e.ID, e.Kind, e.Text, e.Attachment, e.Button, w.Kind, w.Text, w.Attachment, w.Button)
		}
		if e.Conversation != d.events[0].Conversation || e.Clinic != testClinic || e.Channel != agent.WhatsApp {
			t.Errorf("%s: belongs to %s", e.ID, e.Of())
		}
	}
}

func TestAnEventsIDTellsNothingOfItsSender(t *testing.T) {
	const number = "16505551234"
	form := regexp.MustCompile("^[0-9a-f]{32}$")
	seen := map[string]bool{}
	for _, id := range []string{
		"wamid." + base64.StdEncoding.EncodeToString([]byte("\x1c\x18\x0b"+number+"\x15\x02\x00\x12\x18\x143EB0")), "short", strings.Repeat("x", 600),
	} {
		data, err := json.Marshal(map[string]any{"id": id, "from": number, "timestamp": "1749416383", "type": "text", "text": map[string]string{"body": "hi"}})
		if err != nil {
			t.Fatal(err)
		}
		e, _, ok := parseMessage(data, 0, time.Now())
		again, _, _ := parseMessage(data, 1, time.Now())
		if !ok || !form.MatchString(e.ID) || e.ID != again.ID || seen[e.ID] {
			t.Errorf("id of %.20s... is %q, and %q the second time", id, e.ID, again.ID)
		}
		seen[e.ID] = true
	}
}

func TestAnOversizedTextIsCutAndSaysSo(t *testing.T) {
	for name, unit := range map[string]string{"letters": "abc ", "accents": "ñé", "emoji": "👶🏽", "escapes": "<\x01\"", "line ends": "\u2028"} {
		text := strings.Repeat(unit, 100_000)
		data, err := json.Marshal(map[string]any{"id": "wamid.long", "from": "16505551234", "timestamp": "1749416383",
			"type": "text", "text": map[string]string{"body": text}})
		if err != nil {
			t.Fatal(err)
		}
		e, _, ok := parseMessage(data, 0, time.Now())
		whole, _ := json.Marshal(e)
		kept, cutOff := strings.CutSuffix(e.Text, cutMark)
		if !ok || e.Kind != agent.KindText || !cutOff || !strings.HasPrefix(text, kept) {
			t.Errorf("%s: kind %s, %d bytes kept", name, e.Kind, len(kept))
		}
		if len(whole) > 60<<10 || jsonLen(e.Text) < maxText/2 {
			t.Errorf("%s: the event takes %d bytes, its text %d", name, len(whole), jsonLen(e.Text))
		}
	}
}

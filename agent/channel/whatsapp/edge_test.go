package whatsapp_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/channel/channeltest"
	"recado/agent/language"
)

func TestAVisitIsChosenByTapFromButtonsAndFromAList(t *testing.T) {
	r := newEdge(t)
	for name, test := range map[string]struct {
		from    person
		choices []agent.Choice
		lang    language.Language
		kind    string
		menu    string
	}{
		"three":                         {person{phone: "17135550001"}, times(3, ""), "es", "button", ""},
		"seven":                         {person{phone: "17135550002"}, times(7, "Bissonnet"), "es", "list", "Ver opciones"},
		"seven, English":                {person{phone: "17135550003"}, times(7, ""), "en", "list", "See options"},
		"three, without a phone number": {person{user: "US.13491208655302741918"}, times(3, ""), "en", "button", ""},
	} {
		t.Run(name, func(t *testing.T) {
			sent := len(r.graph.Sent())
			asked := r.write(test.from, text("¿tienen algo el martes?"))
			r.reply(asked, "t"+asked.ID, "¿Cuál le queda bien?", test.lang, test.choices...)
			c := r.sent(sent + 1)
			if c.Kind != test.kind || c.Menu != test.menu || c.To != test.from.phone || c.User != test.from.user || len(c.Choices) != len(test.choices) {
				t.Fatalf("sent as %+v", c)
			}
			tapped := r.write(test.from, tap(c, 1))
			if tapped.Kind != agent.KindButton || tapped.Button != test.choices[1].ID || tapped.Text != test.choices[1].Title || tapped.Conversation != asked.Conversation {
				t.Errorf("the tap comes in as %+v", tapped)
			}
		})
	}
	if n := r.graph.Refused(); n > 0 {
		t.Errorf("%d messages were refused for their form", n)
	}
}

func TestAQuickReplyOfATemplateComesInAsATap(t *testing.T) {
	r := newEdge(t)
	e := r.write(person{phone: "17135550001"}, map[string]any{"type": "button", "button": map[string]any{"payload": "visit:confirm", "text": "Sí, confirmo"}})
	if e.Kind != agent.KindButton || e.Button != "visit:confirm" || e.Text != "Sí, confirmo" {
		t.Errorf("%+v", e)
	}
}

func TestWhatAPatientSendsIsMarkedAsReadAndNoFileIsFetched(t *testing.T) {
	r := newEdge(t)
	p := person{phone: "17135550001"}
	for i, kind := range []string{"image", "audio", "video", "document", "sticker"} {
		e := r.write(p, map[string]any{"type": kind, kind: map[string]any{"id": "1234567890", "mime_type": "x/y", "sha256": "z", "url": r.graph.URL() + "/v23.0/1234567890"}})
		if e.Kind != agent.KindAttachment || e.Attachment != kind {
			t.Errorf("a %s comes in as %+v", kind, e)
		}
		r.reply(e, fmt.Sprint("t", i), "Por su privacidad no lo abrí.", "es")
		r.sent(i + 1)
	}
	marks, err := r.graph.WaitMarks(channeltest.Context(t), 1)
	if err != nil || !marks[0].Typing || marks[0].Account != account {
		t.Errorf("%v: %+v", err, marks)
	}
	if others := r.graph.Others(); len(others) > 0 {
		t.Errorf("requests that are neither message nor mark: %v", others)
	}
}

func TestStaffReachAPatientOfYesterdayByTemplateAlone(t *testing.T) {
	r := newEdge(t)
	p := person{phone: "17135550001"}
	r.post(p, time.Now().Add(-25*time.Hour), text("¿me pueden llamar?"))
	old := r.event()
	r.staff(old, "s1", "staff.call_us", "Por favor llámenos.", "es")
	if n := r.notice(); n.Reply != "s1" || n.Code != 131047 {
		t.Errorf("staff are told of %+v", n)
	}
	r.staff(old, "s2", "staff.see_private", "Le escribimos en nuestra página privada. Por favor léala:\nhttps://private.example/p/abc.", "es")
	c := r.sent(1)
	if c.Callback != "s2" || c.Template != "respuesta_lista" || c.TemplateLanguage != "es_MX" ||
		!slices.Equal(c.Parameters, []string{"Harbor Clinic", "https://private.example/p/abc"}) {
		t.Errorf("sent: %+v", c)
	}
	// The patient writes again: from then on everything goes, also what answers
	// the old message.
	r.write(p, text("¿hola?"))
	r.staff(old, "s3", "staff.call_us", "Por favor llámenos.", "es")
	if c := r.sent(2); c.Callback != "s3" || c.Kind != "text" {
		t.Errorf("sent: %+v", c)
	}
}

func TestANewUserIDKeepsTheConversationItsStopAndItsAddress(t *testing.T) {
	r := newEdge(t)
	before, after := person{user: "US.100"}, person{user: "US.200"}
	first := r.write(before, text("hola"))
	if err := r.Bus.SetConsent(t.Context(), first.Of(), agent.ConsentStop, 1, time.Now()); err != nil {
		t.Fatal(err)
	}
	told := r.write(before, map[string]any{"type": "system", "system": map[string]any{
		"type": "user_changed_user_id", "body": "User changed from US.100 to US.200", "user_id": "US.200", "previous_user_id": "US.100",
	}})
	later := r.write(after, text("¿abren hoy?"))
	if told.Conversation != first.Conversation || later.Conversation != first.Conversation {
		t.Fatal("a new id is in another conversation")
	}
	r.reply(told, "t1", "x", "es") // withheld: the stop holds
	if err := r.Bus.SetConsent(t.Context(), first.Of(), agent.ConsentStart, 2, time.Now()); err != nil {
		t.Fatal(err)
	}
	r.reply(later, "t2", "Sí.", "es")
	if c := r.sent(1); c.User != "US.200" || c.To != "" {
		t.Errorf("sent: %+v", c)
	}
}

// A patient stopped under a phone number and wrote under a user id, before both
// became known to be one person's: the stop was said in another conversation.
func TestAStopHoldsInEveryConversationThatOnePersonHas(t *testing.T) {
	r := newEdge(t)
	numbered := r.write(person{phone: "17135550001"}, text("STOP"))
	if err := r.Bus.SetConsent(t.Context(), numbered.Of(), agent.ConsentStop, 1, time.Now()); err != nil {
		t.Fatal(err)
	}
	hidden := r.write(person{user: "US.100"}, text("hola"))
	both := r.write(person{phone: "17135550001", user: "US.100"}, text("ok"))
	if hidden.Conversation == numbered.Conversation || both.Conversation != hidden.Conversation {
		t.Fatal("this is not the case that it is about")
	}
	r.reply(both, "t1", "x", "es")
	if n := r.notice(); n.Reply != "t1" { // no worker knew of the stop there
		t.Errorf("staff are told of %+v", n)
	}
	if sent := r.graph.Sent(); len(sent) > 0 {
		t.Errorf("sent: %+v", sent)
	}
}

func TestAStopAtWhatsAppItselfHoldsFromItsStatusOn(t *testing.T) {
	r := newEdge(t)
	p := person{phone: "17135550001"}
	e := r.write(p, text("hola"))
	r.reply(e, "t1", "Hola.", "es")
	c := r.sent(1)
	status, err := json.Marshal(map[string]any{"entry": []any{map[string]any{"changes": []any{map[string]any{"field": "messages", "value": map[string]any{
		"metadata": map[string]any{"phone_number_id": account},
		"statuses": []any{map[string]any{"id": c.ID, "status": "failed", "timestamp": fmt.Sprint(time.Now().Unix()), "recipient_id": p.phone,
			"biz_opaque_callback_data": "t1", "errors": []any{map[string]any{"code": 131050}}}},
	}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	r.deliver(status)
	r.deliver(status) // statuses come more than once
	stop := r.event()
	if stop.Text != "STOP" || stop.Conversation != e.Conversation {
		t.Errorf("the stop comes in as %+v", stop)
	}
	if next := r.write(p, text("START")); next.Text != "START" {
		t.Errorf("told twice: %+v", next)
	}
}

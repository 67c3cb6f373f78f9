package whatsapp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/channel"
	"recado/agent/channel/channeltest"
	"recado/agent/channel/dispatch"
	"recado/agent/channel/whatsapp/graphtest"
)

// soon sends once more after a moment.
func soon(c *dispatch.Config) { c.AgainAfter = 20 * time.Millisecond }

// status delivers what Meta says became of a message; code 0 is none.
func (r *edge) status(c graphtest.Call, state string, code int) {
	r.t.Helper()
	s := map[string]any{"id": c.ID, "status": state, "timestamp": fmt.Sprint(time.Now().Unix()), "recipient_id": c.To, "biz_opaque_callback_data": c.Callback}
	if code != 0 {
		s["errors"] = []any{map[string]any{"code": code, "title": "x"}}
	}
	data, err := json.Marshal(map[string]any{"entry": []any{map[string]any{"changes": []any{map[string]any{"field": "messages", "value": map[string]any{
		"metadata": map[string]any{"phone_number_id": account}, "statuses": []any{s},
	}}}}}})
	if err != nil {
		r.t.Fatal(err)
	}
	r.deliver(data)
}

// record waits until the reply's record is as it should be.
func (r *edge) record(reply string, is func(dispatch.Record) bool) {
	r.t.Helper()
	watch, err := r.Bucket(r.t, "recado_delivery").Watch(r.t.Context(), reply)
	if err != nil {
		r.t.Fatal(err)
	}
	defer watch.Stop() //nolint:errcheck // the server ends it by itself
	var last dispatch.Record
	for ctx := channeltest.Context(r.t); ; {
		select {
		case entry := <-watch.Updates():
			last = dispatch.Record{}
			if entry != nil && json.Unmarshal(entry.Value(), &last) == nil && is(last) {
				return
			}
		case <-ctx.Done():
			r.t.Fatalf("the record of %s is %+v", reply, last)
		}
	}
}

func TestAReplyThatWhatsAppFailedToPassOnIsSentOnceMoreAndThenToldToStaff(t *testing.T) {
	r := newEdge(t, soon)
	for i, code := range []int{131000, 131016, 1, 130429} {
		p := person{phone: fmt.Sprintf("1713555000%d", i)}
		id := fmt.Sprint("t", i)
		r.reply(r.write(p, text("hola")), id, "Abrimos a las 8.", "es")
		first := r.sent(2*i + 1)
		r.status(first, "sent", 0)
		r.status(first, "failed", code)
		r.status(first, "failed", code) // statuses come more than once,
		r.status(first, "sent", 0)      // and in any order
		second := r.sent(2*i + 2)
		if second.Callback != id || second.Text != first.Text || second.To != first.To {
			t.Errorf("%d: sent as %+v", code, second)
		}
		r.record(id, func(d dispatch.Record) bool { return d.State == channel.Sent && d.ID == second.ID })
		r.status(first, "failed", code)
		r.status(second, "failed", code)
		if n := r.notice(); n.Reply != id || n.Code != code {
			t.Errorf("staff are told of %+v", n)
		}
		r.record(id, func(d dispatch.Record) bool { return d.State == channel.Failed })
	}
	if all := r.graph.Sent(); len(all) != 8 {
		t.Errorf("%d messages", len(all))
	}
}

func TestWhatSendingAgainWouldNotMendGoesToStaffAtOnce(t *testing.T) {
	r := newEdge(t, soon)
	for i, code := range []int{131026, 131048, 131049, 130472, 131031, 131051, 424242} {
		p := person{phone: fmt.Sprintf("1713555000%d", i)}
		r.reply(r.write(p, text("hola")), fmt.Sprint("t", i), "Abrimos a las 8.", "es")
		sent := r.sent(i + 1)
		r.record(sent.Callback, func(d dispatch.Record) bool { return d.State == channel.Sent })
		r.status(sent, "failed", code)
		if n := r.notice(); n.Reply != fmt.Sprint("t", i) || n.Code != code {
			t.Errorf("%d: staff are told of %s, code %d", code, n.Reply, n.Code)
		}
	}
}

func TestAfterTheWindowClosedATemplateGoesOutOrStaffAreTold(t *testing.T) {
	r := newEdge(t, soon)
	e := r.write(person{phone: "17135550001"}, text("hola"))
	r.staff(e, "s1", "staff.see_private", "Le escribimos en nuestra página privada. Por favor léala:\nhttps://private.example/p/abc.", "es")
	r.status(r.sent(1), "failed", 131047)
	if c := r.sent(2); c.Callback != "s1" || c.Template != "respuesta_lista" || !slices.Equal(c.Parameters, []string{"Harbor Clinic", "https://private.example/p/abc"}) {
		t.Errorf("sent as %+v", c)
	}
	r.staff(e, "s2", "staff.call_us", "Por favor llámenos.", "es")
	r.status(r.sent(3), "failed", 131047)
	if n := r.notice(); n.Reply != "s2" || n.Code != 131047 {
		t.Errorf("staff are told of %+v", n)
	}
}

// taken is the conversation that a person of the staff has.
type taken struct{ conversation atomic.Pointer[string] }

// Owner implements channel.OwnerChecker.
func (h *taken) Owner(_ context.Context, c agent.Conversation) (string, error) {
	if id := h.conversation.Load(); id != nil && *id == c.ID {
		return "ana", nil
	}
	return "", nil
}

func TestNothingIsSentAgainToWhoHasItOrStoppedOrReadOnMeanwhile(t *testing.T) {
	owner := &taken{}
	r := newEdge(t, func(c *dispatch.Config) { c.AgainAfter, c.Owners = 300*time.Millisecond, owner })
	var first []agent.Event
	for i := range 5 {
		p := person{phone: fmt.Sprintf("1713555000%d", i)}
		first = append(first, r.write(p, text("hola")))
		r.reply(first[i], fmt.Sprint("t", i), "Abrimos a las 8.", "es")
		r.sent(i + 1)
	}
	all := r.graph.Sent()
	for i := range 4 {
		r.status(all[i], "failed", 131000)
	}
	r.status(all[0], "delivered", 0) // it was overtaken
	if err := r.Bus.SetConsent(t.Context(), first[1].Of(), agent.ConsentStop, 1, time.Now()); err != nil {
		t.Fatal(err)
	}
	r.reply(first[2], "newer", "Y cerramos a las 5.", "es")
	owner.conversation.Store(&first[3].Conversation)
	r.sent(6)
	r.record("t0", func(d dispatch.Record) bool { return d.State == channel.Delivered })
	r.record("t1", func(d dispatch.Record) bool { return d.State == channel.Withheld })
	r.record("t2", func(d dispatch.Record) bool { return d.State == channel.Failed })
	r.record("t3", func(d dispatch.Record) bool { return d.State == channel.Withheld })
	told := map[string]bool{r.notice().Reply: true}
	for len(r.notices) > 0 {
		told[r.notice().Reply] = true
	}
	if !told["t2"] || told["t0"] {
		t.Errorf("staff are told of %v", told)
	}
	r.status(all[4], "failed", 131000) // later than all of them
	if c := r.sent(7); c.Callback != "t4" {
		t.Errorf("sent: %+v", c)
	}
	if n := len(r.graph.Sent()); n != 7 {
		t.Errorf("%d messages", n)
	}
}

package whatsapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/channel"
	"recado/agent/channel/channeltest"
	"recado/agent/channel/whatsapp/graphtest"
)

// asked answers for consent and owner by the patient's phone.
type asked struct{ stopped, unsure string }

func (a asked) StoppedFor(_ context.Context, _ agent.Conversation, to channel.Address) (bool, error) {
	if to.Phone == a.unsure {
		return false, errors.New("down")
	}
	return to.Phone == a.stopped, nil
}

func (a asked) Stop(context.Context, agent.Conversation, channel.Address, string, time.Time) error {
	return nil
}

// owned answers by conversation.
type owned map[string]error

func (o owned) Owner(_ context.Context, c agent.Conversation) (string, error) {
	err, held := o[c.ID]
	if !held {
		return "", nil
	}
	return "ana", err
}

func newReceipts(t *testing.T, g *graphtest.Server, change ...func(*ReceiptsConfig)) *Receipts {
	t.Helper()
	cfg := ReceiptsConfig{Sender: newSender(t, g), Calls: 1}
	for _, f := range change {
		f(&cfg)
	}
	r, err := NewReceipts(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func who(phone string) (agent.Conversation, channel.Address) {
	return agent.Conversation{Clinic: testClinic, Channel: agent.WhatsApp, ID: "c" + phone}, channel.Address{Account: testAccount, Phone: phone}
}

func marked(t *testing.T, g *graphtest.Server, n int) []string {
	t.Helper()
	all, err := g.WaitMarks(channeltest.Context(t), n)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, m := range all {
		if !m.Typing || m.Account != testAccount {
			t.Errorf("mark is %+v", m)
		}
		ids = append(ids, m.Message)
	}
	return ids
}

func TestNobodyTypesToWhomNobodyWillAnswer(t *testing.T) {
	g := graphtest.New()
	defer g.Close()
	held, _ := who("3")
	unsure, _ := who("4")
	r := newReceipts(t, g, func(c *ReceiptsConfig) {
		c.Consents = asked{stopped: "1", unsure: "2"}
		c.Owners = owned{held.ID: nil, unsure.ID: errors.New("down")}
		c.Wanted = func(clinic string) bool { return clinic == testClinic }
	})
	now := time.Now()
	for i, test := range []struct {
		phone  string
		kind   agent.Kind
		at     time.Time
		clinic string
	}{
		{"1", agent.KindText, now, testClinic},                      // stopped
		{"2", agent.KindText, now, testClinic},                      // not known whether
		{"3", agent.KindText, now, testClinic},                      // staff hold it
		{"4", agent.KindText, now, testClinic},                      // not known who does
		{"5", agent.KindReaction, now, testClinic},                  // no answer comes
		{"6", agent.KindSystem, now, testClinic},                    // no answer comes
		{"7", agent.KindText, now.Add(-10 * time.Minute), "harbor"}, // delivered late
		{"8", agent.KindText, now, "quiet"},                         // switched off
		{"9", agent.KindText, now, testClinic},
	} {
		c, a := who(test.phone)
		c.Clinic = test.clinic
		r.Taken(c, a, fmt.Sprint("wamid.", i+1), test.kind, test.at)
	}
	if got := marked(t, g, 1); !slices.Equal(got, []string{"wamid.9"}) {
		t.Errorf("marked as read: %v", got)
	}
}

func TestAMessageIsMarkedOnceItIsStoredAndTheWebhookWaitsForNothing(t *testing.T) {
	g := graphtest.New()
	defer g.Close()
	hang, began := make(chan struct{}), make(chan struct{}, 10)
	g.OnMark(func(graphtest.Mark) graphtest.Answer { began <- struct{}{}; return graphtest.Answer{Wait: hang} })
	d := newDesk(t)
	d.handler.(*handler).cfg.Receipts = newReceipts(t, g)
	now := fmt.Sprint(time.Now().Unix())
	post := func(id, from string) int {
		data, err := json.Marshal(map[string]any{"entry": []any{map[string]any{"changes": []any{map[string]any{"field": "messages", "value": map[string]any{
			"metadata": map[string]any{"phone_number_id": testAccount},
			"messages": []any{map[string]any{"id": id, "from": from, "timestamp": now, "type": "text", "text": map[string]any{"body": "hola"}}},
		}}}}}})
		if err != nil {
			t.Fatal(err)
		}
		return d.post(data, sign(data))
	}
	d.fail = func(agent.Event) error { return errors.New("NATS is down") }
	if code := post("wamid.lost", "16505550001"); code != http.StatusServiceUnavailable {
		t.Fatalf("answered %d", code)
	}
	d.fail = nil
	for i := range 5 { // the first mark hangs, and the others wait behind it
		if code := post(fmt.Sprint("wamid.", i), fmt.Sprint("1650555000", i+2)); code != http.StatusOK {
			t.Fatalf("answered %d", code)
		}
	}
	<-began
	close(hang)
	if got := marked(t, g, 5); slices.Contains(got, "wamid.lost") || got[0] != "wamid.0" {
		t.Errorf("marked as read: %v", got)
	}
}

func TestAnIndicatorNeverComesAfterItsReply(t *testing.T) {
	g := graphtest.New()
	defer g.Close()
	hang, began := make(chan struct{}), make(chan graphtest.Mark, 10)
	g.OnMark(func(m graphtest.Mark) graphtest.Answer { began <- m; return graphtest.Answer{Wait: hang} })
	var released atomic.Bool
	g.Script(func(_ int, c graphtest.Call) graphtest.Answer {
		if c.To == "1" && !released.Load() {
			t.Error("the reply did not wait for the mark that was being made")
		}
		return graphtest.Answer{}
	})
	r := newReceipts(t, g)
	s := r.cfg.Sender
	for _, phone := range []string{"1", "2"} { // the second waits behind the first
		c, a := who(phone)
		r.Taken(c, a, "wamid."+phone, agent.KindText, time.Now())
	}
	<-began
	for _, phone := range []string{"2", "1"} {
		if phone == "1" {
			time.AfterFunc(20*time.Millisecond, func() { released.Store(true); close(hang) })
		}
		_, a := who(phone)
		if _, err := s.Send(t.Context(), channel.Message{ID: "t" + phone, To: a, Text: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	c, a := who("3")
	r.Taken(c, a, "wamid.3", agent.KindText, time.Now())
	if got := marked(t, g, 2); !slices.Equal(got, []string{"wamid.1", "wamid.3"}) {
		t.Errorf("marked as read: %v; 2 was answered first", got)
	}
}

func TestAHangingMarkHoldsAReplyBackForAMomentOnly(t *testing.T) {
	g := graphtest.New()
	defer g.Close()
	hang, began := make(chan struct{}), make(chan struct{}, 1)
	defer close(hang)
	g.OnMark(func(graphtest.Mark) graphtest.Answer { began <- struct{}{}; return graphtest.Answer{Wait: hang} })
	r := newReceipts(t, g)
	c, a := who("1")
	r.Taken(c, a, "wamid.1", agent.KindText, time.Now())
	<-began
	start := time.Now()
	if _, err := r.cfg.Sender.Send(t.Context(), channel.Message{ID: "t", To: a, Text: "x"}); err != nil || time.Since(start) > 2*time.Second {
		t.Errorf("%v after %s", err, time.Since(start))
	}
}

func TestMarksBeyondTheNumbersShareAreLeftOut(t *testing.T) {
	g := graphtest.New()
	defer g.Close()
	now := time.Now()
	r := newReceipts(t, g, func(c *ReceiptsConfig) { c.PerSecond, c.Now = 3, func() time.Time { return now } })
	for i := range 50 {
		c, a := who(fmt.Sprint(i))
		r.Taken(c, a, fmt.Sprint("wamid.", i), agent.KindText, now)
	}
	other := channel.Address{Account: "2", Phone: "99"}
	c, _ := who("99")
	r.Taken(c, other, "wamid.other", agent.KindText, now)
	all, err := g.WaitMarks(channeltest.Context(t), 5)
	if err != nil || len(all) != 5 || all[4].Message != "wamid.other" { // a second's worth, and the one that begins it
		t.Errorf("%d marks (%v): %+v", len(all), err, all)
	}
}

func TestANumberThatIsRefusedMakesNoMarksForAWhile(t *testing.T) {
	g := graphtest.New()
	defer g.Close()
	g.OnMark(func(m graphtest.Mark) graphtest.Answer {
		if m.Message == "wamid.0" {
			return graphtest.Answer{Code: 130429}
		}
		return graphtest.Answer{}
	})
	r := newReceipts(t, g)
	for i := range 3 {
		c, a := who(fmt.Sprint(i))
		r.Taken(c, a, fmt.Sprint("wamid.", i), agent.KindText, time.Now())
	}
	c, a := who("9")
	a.Account = "7"
	r.Taken(c, a, "wamid.other", agent.KindText, time.Now())
	all, err := g.WaitMarks(channeltest.Context(t), 1)
	if err != nil || len(all) != 1 || all[0].Message != "wamid.other" {
		t.Errorf("%v: %+v", err, all)
	}
}

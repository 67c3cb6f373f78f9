package sms_test

import (
	"net/url"
	"testing"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/channel/channeltest"
	"recado/agent/channel/sms"
	"recado/agent/channel/sms/twiliotest"
)

func TestAWordThatEndsATwiliosBlockIsAStartThatTwilioHasConfirmed(t *testing.T) {
	n := channeltest.Start(t)
	blocks := sms.NewBlocks(n.Bucket(t, bus.BucketAlias), testKey)
	s := twiliotest.New(twiliotest.Config{})
	defer s.Close()
	sender := newSender(t, s, func(c *sms.SenderConfig) { c.Blocks = blocks })
	d := newDesk(t, func(c *sms.WebhookConfig) { c.Blocks = blocks })
	say := func(id, text string) (agent.Event, channel.Address) {
		t.Helper()
		d.message(twiliotest.Form(id, patient, "+"+clinicNumber, text))
		e := d.events[len(d.events)-1]
		a, err := channel.OpenAddress(d.box, e.Of(), e.ReplyTo)
		if err != nil {
			t.Fatal(err)
		}
		return e, a
	}
	// Without a block the words are the patient's, for Recado to read.
	for i, word := range []string{"start", "yes", "UNSTOP"} {
		if e, a := say("SMa"+string(rune('0'+i)), word); e.Text != word || a.Confirmed {
			t.Errorf("%s is taken in as %q, confirmed %v", word, e.Text, a.Confirmed)
		}
	}
	for i, word := range []string{"Yes", "START ", "unstop"} {
		s.Script(twiliotest.Fail(21610)) // Twilio says that the phone is blocked
		if _, err := sender.Send(t.Context(), channel.Message{ID: "t", To: to, Text: "x"}); err == nil {
			t.Fatal("not refused")
		}
		if e, a := say("SMb"+string(rune('0'+i)), "please start over"); e.Text != "please start over" || a.Confirmed {
			t.Errorf("a sentence is taken in as %q, confirmed %v", e.Text, a.Confirmed)
		}
		if e, a := say("SMc"+string(rune('0'+i)), word); e.Text != "START" || !a.Confirmed {
			t.Errorf("%q is taken in as %q, confirmed %v", word, e.Text, a.Confirmed)
		}
		if e, a := say("SMd"+string(rune('0'+i)), "yes"); e.Text != "yes" || a.Confirmed {
			t.Errorf("after the block %q, confirmed %v", e.Text, a.Confirmed)
		}
	}
}

func TestABlockThatOnlyAStatusTellsOfIsKnown(t *testing.T) {
	n := channeltest.Start(t)
	blocks := sms.NewBlocks(n.Bucket(t, bus.BucketAlias), testKey)
	d := newDesk(t, func(c *sms.WebhookConfig) { c.Blocks = blocks })
	d.post("/hooks/sms"+sms.StatusPath+"?reply=t01", public+sms.StatusPath+"?reply=t01", url.Values{
		"MessageSid": {"SM1"}, "MessageStatus": {"undelivered"}, "ErrorCode": {"21610"}, "To": {patient}, "From": {"+" + clinicNumber},
	})
	if blocked, err := blocks.Blocked(t.Context(), clinicNumber, patient[1:]); err != nil || !blocked {
		t.Errorf("blocked %v (%v)", blocked, err)
	}
}

func TestAWordOfAdvancedOptOutIsMarkedAsConfirmed(t *testing.T) {
	d := newDesk(t)
	for i, test := range []struct{ kind, body, want string }{
		{"STOP", "DETENER", "STOP"}, {"START", "COMENZAR", "START"}, {"HELP", "INFO", "HELP"}, {"", "¿abren hoy?", "¿abren hoy?"},
	} {
		form := twiliotest.Form("SM0"+string(rune('0'+i)), patient, "+"+clinicNumber, test.body)
		if test.kind != "" {
			form.Set("OptOutType", test.kind)
		}
		d.message(form)
		e := d.events[len(d.events)-1]
		a, err := channel.OpenAddress(d.box, e.Of(), e.ReplyTo)
		if err != nil || e.Text != test.want || a.Confirmed != (test.kind != "") {
			t.Errorf("%s: taken in as %q, confirmed %v (%v)", test.body, e.Text, a.Confirmed, err)
		}
	}
}

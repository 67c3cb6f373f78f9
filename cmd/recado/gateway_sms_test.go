package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel/sms"
	"recado/agent/channel/sms/twiliotest"
)

func TestEachSignedTextMakesOneTwilioCallHoweverOftenItIsDelivered(t *testing.T) {
	r := startTexting(t)
	for i, q := range questions {
		form := twiliotest.Form(fmt.Sprintf("SM%032x", 1000+i), "+"+q.from, smsClinic, q.text)
		for range 10 {
			if status, body := r.deliver(t, form, smsToken); status != http.StatusOK || !strings.Contains(body, "<Response/>") {
				t.Fatalf("webhook answers %d %s", status, body)
			}
		}
	}
	for _, q := range questions {
		text := r.hear(t, q.from, 1).Text
		if !strings.Contains(strings.ToLower(text), strings.ToLower(q.want)) || strings.Contains(strings.ToLower(text), q.not) {
			t.Errorf("%q is answered by %q: want %q in it and %q not", q.text, text, q.want, q.not)
		}
		if n, gsm7 := sms.Segments(text); !gsm7 || n > 4 {
			t.Errorf("%q goes as %d segments, GSM-7 %v", text, n, gsm7)
		}
	}
	// What was doubled would have been sent before the answer to what follows.
	for _, q := range questions {
		if q.want != "911" {
			r.say(t, q.from, "thank you")
		}
	}
	for _, q := range questions {
		if q.want != "911" {
			r.hear(t, q.from, 3)
		}
	}
	for _, c := range r.twilio.Calls() {
		if c.Account != smsAccount || c.Token != "another" || c.From != smsClinic || c.Reply == "" {
			t.Errorf("call is by %s from %s about %q", c.Account, c.From, c.Reply)
		}
	}
}

func TestATextWithABadSignatureIsRefusedAndNothingIsPublished(t *testing.T) {
	r := startTexting(t)
	form := twiliotest.Form("SM0000000000000000000000000000000f", "+17135550009", smsClinic, "do you take Medicaid?")
	for _, token := range []string{"forged", smsAccount, ""} {
		if status, _ := r.deliver(t, form, token); status != http.StatusForbidden {
			t.Errorf("a bad signature gets %d, want 403", status)
		}
	}
	for _, stream := range []string{bus.StreamIn, bus.StreamTurn, "KV_" + bus.BucketSeen} {
		if subjects, _ := r.stored(t, stream); len(subjects) != 0 {
			t.Errorf("%s holds %v", stream, subjects)
		}
	}
	if status, _ := r.deliver(t, form, smsToken); status != http.StatusOK {
		t.Fatalf("the good one gets %d\n%s", status, r.output)
	}
	r.hear(t, "17135550009", 1)
}

// Twilio handles STOP and CANCEL itself, and knows no Spanish.
func TestAConversationByTextInBothLanguages(t *testing.T) {
	r := startTexting(t)
	for _, c := range []struct {
		phone, ask, answer, care, handoff, stop, after, started string
		byTwilio                                                bool
	}{
		{"17135550021", "do you take Medicaid?", "Medicaid", "my ear has been hurting since yesterday", "private", "STOP", "do you open on Saturdays?", "re-subscribed", true},
		{"17135550022", "¿aceptan Medicaid?", "Medicaid", "me duele el oído desde ayer", "privado", "ALTO", "¿abren los sábados?", "vuelta", false},
	} {
		n := 2
		r.say(t, c.phone, c.ask)
		if text := r.hear(t, c.phone, n).Text; !strings.Contains(text, c.answer) {
			t.Errorf("%q is answered by %q", c.ask, text)
		}
		before := r.escalations(t)
		r.say(t, c.phone, c.care)
		n += 2
		if text := r.hear(t, c.phone, n).Text; !strings.Contains(text, c.handoff) {
			t.Errorf("%q is answered by %q", c.care, text)
		}
		if got := r.escalations(t); got != before+1 {
			t.Errorf("%q made %d escalations", c.care, got-before)
		}
		r.say(t, c.phone, c.stop)
		n += 2
		if m := r.hear(t, c.phone, n); (m.By == "twilio") != c.byTwilio {
			t.Errorf("%s is confirmed by %s: %s", c.stop, m.By, m.Text)
		}
		if c.byTwilio { // Recado's own confirmation is refused
			r.waitCalls(t, 3)
		}
		r.say(t, c.phone, c.after)
		n++
		r.waitEscalations(t, before+2) // the question that was left unanswered
		r.say(t, c.phone, "START")
		n += 2 // one word about START: Twilio's, or ours where it knew of no stop
		if m := r.hear(t, c.phone, n); !strings.Contains(m.Text, c.started) || (m.By == "twilio") != c.byTwilio {
			t.Errorf("after START the patient reads %q of %s", m.Text, m.By)
		}
		if got := r.escalations(t); got != before+2 {
			t.Errorf("a stop and a start made %d escalations", got-before-2)
		}
		r.say(t, c.phone, c.ask)
		n += 2
		r.hear(t, c.phone, n)
	}
}

// Twilio takes a bare CANCEL for a stop. The patient may have meant a visit:
// the question cannot reach them, so staff have to see it.
func TestACancelThatTwilioTakesForAStopReachesStaffAndIsRecorded(t *testing.T) {
	r := startTexting(t)
	const phone = "17135550031"
	r.say(t, phone, "do you take Medicaid?")
	r.hear(t, phone, 2)
	before := r.escalations(t)
	r.say(t, phone, "cancel")
	r.waitCalls(t, 3) // the question, and the confirmation of the stop that Twilio told of
	r.waitEscalations(t, before+1)
	_, consents := r.stored(t, "KV_"+bus.BucketConsent)
	if len(consents) != 1 {
		t.Errorf("%d records of consent", len(consents))
	}
	for _, raw := range consents { // of the SMS conversation; it holds on WhatsApp as well
		if !strings.Contains(string(raw), `"last":"`+string(agent.ConsentStop)+`"`) {
			t.Errorf("recorded: %s", raw)
		}
	}
	if m := r.hear(t, phone, 4); m.By != "twilio" {
		t.Errorf("after CANCEL the patient reads %q", m.Text)
	}
}

func TestWhatAPatientTextedIsNowhereInClear(t *testing.T) {
	r := startTexting(t)
	texts := []string{
		"me duele el " + canary, "my dad has chest pain " + canary, "do you take Medicaid? " + canary,
		"stop texting me " + canary, "quiero hablar con una persona " + canary,
	}
	for i, text := range texts {
		phone := fmt.Sprintf("171355502%02d", i)
		r.say(t, phone, text)
		if reply := r.hear(t, phone, 2).Text; strings.Contains(reply, canary) {
			t.Errorf("a reply holds the patient's word: %q", reply)
		}
	}
	var list struct{ Streams []string }
	msg, err := r.admin.RequestWithContext(t.Context(), "$JS.API.STREAM.NAMES", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(msg.Data, &list); err != nil || len(list.Streams) < 5 {
		t.Fatal(err, list)
	}
	for _, stream := range list.Streams {
		subjects, data := r.stored(t, stream)
		for i := range subjects {
			all := subjects[i] + string(data[i])
			if strings.Contains(all, "713555020") || stream != bus.StreamIn && strings.Contains(all, canary) {
				t.Errorf("%s: %s holds a patient's word or number", stream, subjects[i])
			}
		}
	}
	if log := r.output.String(); log == "" || strings.Contains(log, canary) || strings.Contains(log, "713555020") {
		t.Errorf("the log is empty or holds a patient's word or number:\n%s", log)
	}
}

func TestDevKeepsNoTextInClearOnDisk(t *testing.T) {
	address, data, output := freeAddress(t), memoryDir(t), &safeBuffer{}
	base := "http://" + address
	twilio := twiliotest.New(twiliotest.Config{Token: smsToken, Number: smsClinic, Webhook: base + smsPath, Deliver: true})
	t.Cleanup(twilio.Close)
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(output, out)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"dev", "--listen", address, "--data", data, "--sms-account-sid", smsAccount, "--sms-auth-token", smsToken,
			"--sms-number", smsClinic, "--sms-public-url", base, "--sms-rate", "100", "--sms-base-url", twilio.URL()}, streams{os.Stdin, in, in})
	}()
	t.Cleanup(func() {
		stop()
		if code := <-done; code != 0 {
			t.Errorf("recado dev ended with code %d:\n%s", code, output)
		}
		in.Close()
	})
	waitServing(t, base+"/chat")
	r := &texting{base: base, twilio: twilio, output: output}
	r.say(t, "17135550401", "me duele el "+canary)
	r.hear(t, "17135550401", 2)
	for _, needle := range []string{canary, "7135550401"} {
		if files := holds(t, data, needle); len(files) > 0 {
			t.Errorf("%s is in clear on disk: %v", needle, files)
		}
		if strings.Contains(output.String(), needle) {
			t.Errorf("the output holds %s", needle)
		}
	}
	if !strings.Contains(output.String(), base+smsPath) || strings.Contains(output.String(), "stand-in for Twilio") {
		t.Errorf("the webhook is not printed, or a stand-in although a number is set:\n%s", output)
	}
}

func TestAHalfConfiguredSMSNumberIsRefusedByName(t *testing.T) {
	whole := map[string]string{"--sms-account-sid": smsAccount, "--sms-auth-token": "t", "--sms-number": smsClinic, "--sms-public-url": "https://sms.example.org"}
	try := func(change map[string]string) (string, int) {
		args := []string{"gateway", "--clinic", sampleProfile(t), "--address-key", "k", "--seal-public-key", "k", "--seal-signing-key", "k"}
		for name, value := range whole {
			if other, ok := change[name]; ok {
				value = other
			}
			if value != "" {
				args = append(args, name+"="+value)
			}
		}
		_, errOut, code := runWith(t, "", args...)
		return errOut, code
	}
	for name := range whole {
		if errOut, code := try(map[string]string{name: ""}); code != 2 || !strings.Contains(errOut, name) {
			t.Errorf("without %s: exit code %d: %s", name, code, errOut)
		}
	}
	for name, value := range map[string]string{"--sms-number": "713 555 0100", "--sms-public-url": "sms.example.org"} {
		if errOut, code := try(map[string]string{name: value}); code != 2 || !strings.Contains(errOut, name) {
			t.Errorf("%s %s: exit code %d: %s", name, value, code, errOut)
		}
	}
	if errOut, code := try(nil); code == 2 && strings.Contains(errOut, "SMS") {
		t.Errorf("a whole one: exit code %d: %s", code, errOut)
	}
}

package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"recado/agent/channel/whatsapp/graphtest"
)

// both is a gateway with a number on SMS and one on WhatsApp.
type both struct {
	*texting
	graph *graphtest.Server
	n     int
}

func startBoth(t *testing.T) *both {
	t.Helper()
	graph := graphtest.New()
	t.Cleanup(graph.Close)
	graph.Limit(graphtest.Limits{PerSecond: graphtest.Meta.PerSecond, Pair: graphtest.Meta.Pair, PairBurst: graphtest.Meta.PairBurst})
	return &both{graph: graph, texting: startTexting(t,
		"--whatsapp-number-id", "106540352242922", "--whatsapp-token", "t", "--whatsapp-app-secret", "s", "--whatsapp-verify-token", "v",
		"--whatsapp-base-url", graph.URL())}
}

// write delivers a WhatsApp message, signed.
func (r *both) write(t *testing.T, phone, text string) {
	t.Helper()
	r.n++
	body := whatsAppText("106540352242922", phone, fmt.Sprintf("wamid.both%d", r.n), text)
	mac := hmac.New(sha256.New, []byte("s"))
	mac.Write(body)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.base+"/webhooks/whatsapp", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%q is answered with %d\n%s", text, resp.StatusCode, r.output)
	}
}

// read returns the last of the n messages that WhatsApp has for a phone.
func (r *both) read(t *testing.T, phone string, n int) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for total := 1; ; total++ {
		var to []string
		for _, c := range r.graph.Sent() {
			if c.To == phone {
				to = append(to, c.Text)
			}
		}
		if len(to) >= n {
			if len(to) > n {
				t.Errorf("%d messages on WhatsApp, want %d: %q", len(to), n, to)
			}
			return to[len(to)-1]
		}
		if _, err := r.graph.WaitSent(ctx, len(r.graph.Sent())+1); err != nil {
			t.Fatalf("%q on WhatsApp, want %d: %v\n%s", to, n, err, r.output)
		}
	}
}

// What a patient says on one channel holds on the other: stop in free words,
// one confirmation, silence, and a start.
func TestAStopOnOneChannelHoldsOnTheOtherInBothLanguages(t *testing.T) {
	r := startBoth(t)
	for _, c := range []struct{ phone, ask, stop, stopped, start, started, answer string }{
		{"17135550061", "¿aceptan Medicaid?", "ya no me manden mensajes", "ya no va a recibir", "START", "vuelta", "Medicaid"},
		{"17135550062", "do you take Medicaid?", "quit texting me", "no more messages", "START", "Welcome back", "Medicaid"},
	} {
		// Stopped by text, silent on WhatsApp.
		r.say(t, c.phone, c.stop)
		if m := r.hear(t, c.phone, 2); m.By == "twilio" || !strings.Contains(strings.ToLower(m.Text), c.stopped) {
			t.Errorf("%q is confirmed by %s: %q", c.stop, m.By, m.Text)
		}
		before := r.escalations(t)
		r.write(t, c.phone, c.ask)
		r.waitEscalations(t, before+1) // the question that is left unanswered
		// Started on WhatsApp: both speak again.
		r.write(t, c.phone, c.start)
		if text := r.read(t, c.phone, 1); !strings.Contains(text, c.started) {
			t.Errorf("after %s on WhatsApp the patient reads %q", c.start, text)
		}
		r.write(t, c.phone, c.ask)
		if text := r.read(t, c.phone, 2); !strings.Contains(text, c.answer) {
			t.Errorf("%q is answered by %q", c.ask, text)
		}
		r.say(t, c.phone, c.ask)
		if text := r.hear(t, c.phone, 4).Text; !strings.Contains(text, c.answer) {
			t.Errorf("%q is answered by %q", c.ask, text)
		}
		// Stopped on WhatsApp, silent by text.
		r.write(t, c.phone, c.stop)
		if text := r.read(t, c.phone, 3); !strings.Contains(strings.ToLower(text), c.stopped) {
			t.Errorf("%q is confirmed by %q", c.stop, text)
		}
		before = r.escalations(t)
		r.say(t, c.phone, c.ask)
		r.waitEscalations(t, before+1)
		if phone := r.twilio.Phone(c.phone); len(phone) != 5 || !phone[4].Mine {
			t.Errorf("after the stop the phone shows:\n%s", transcript(phone))
		}
		r.read(t, c.phone, 3)
	}
	// Nothing but messages and marks.
	for _, call := range r.graph.Others() {
		t.Errorf("WhatsApp was asked for %s", call)
	}
}

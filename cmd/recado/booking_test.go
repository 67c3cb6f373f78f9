package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"recado/agent"
	"recado/agent/clinic"
)

// line is a patient's end of a channel.
type line interface {
	// say writes and returns what comes back; a choice is tapped where id is
	// not empty and the channel has something to tap.
	say(t *testing.T, text, id string) heard
	// silent writes and makes sure that nothing comes back, by what is answered
	// after next.
	write(t *testing.T, text string)
}

type heard struct {
	text    string
	choices []agent.Choice
}

// whatsAppLine is signed webhooks in and calls of Meta's Graph API out.
type whatsAppLine struct {
	*running
	from string
	sent int // messages of this patient
	seen int // calls of the Graph API
}

func (l *whatsAppLine) post(t *testing.T, text, id string) {
	t.Helper()
	l.sent++
	body := whatsAppText(l.numberID, l.from, fmt.Sprintf("wamid.%s.%d", l.from, l.sent), text)
	if id != "" {
		reply := map[string]any{"type": "list_reply", "list_reply": map[string]any{"id": id, "title": text}}
		var note map[string]any
		must(t, json.Unmarshal(body, &note))
		message := note["entry"].([]any)[0].(map[string]any)["changes"].([]any)[0].(map[string]any)["value"].(map[string]any)["messages"].([]any)[0].(map[string]any)
		message["type"], message["interactive"] = "interactive", reply
		delete(message, "text")
		var err error
		body, err = json.Marshal(note)
		must(t, err)
	}
	if code := l.running.post(t, body, l.appSecret); code != http.StatusOK {
		t.Fatalf("the webhook answers %d", code)
	}
}

func (l *whatsAppLine) write(t *testing.T, text string) { l.post(t, text, "") }

func (l *whatsAppLine) say(t *testing.T, text, id string) heard {
	t.Helper()
	l.post(t, text, id)
	l.seen++
	calls := l.waitSent(t, l.seen)
	call := calls[len(calls)-1]
	if len(calls) != l.seen || call.To != l.from {
		t.Fatalf("%q: %d calls, want %d:\n%+v", text, len(calls), l.seen, calls)
	}
	h := heard{text: call.Text}
	for _, c := range call.Choices {
		h.choices = append(h.choices, agent.Choice{ID: c.ID, Title: c.Title, Detail: c.Detail})
	}
	return h
}

// smsLine is signed webhooks in and calls of Twilio out.
type smsLine struct {
	*texting
	phone string
	shown int
}

func (l *smsLine) write(t *testing.T, text string) {
	t.Helper()
	l.texting.say(t, l.phone, text)
	l.shown++
}

func (l *smsLine) say(t *testing.T, text, _ string) heard {
	t.Helper()
	l.write(t, text)
	l.shown++
	return heard{text: l.hear(t, l.phone, l.shown).Text}
}

// webLine is the chat on a website.
type webLine struct {
	base   string
	client *http.Client
	events *bufio.Scanner
}

func newWebLine(t *testing.T, base string) *webLine {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	l := &webLine{base: base, client: &http.Client{Jar: jar}}
	resp, err := l.client.Post(base+"/chat/start", "", nil)
	must(t, err)
	resp.Body.Close()
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/chat/events", nil)
	must(t, err)
	resp, err = l.client.Do(req)
	must(t, err)
	t.Cleanup(func() { cancel(); resp.Body.Close() })
	l.events = bufio.NewScanner(resp.Body)
	return l
}

func (l *webLine) post(t *testing.T, text, id string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"id": uuid.NewString(), "text": text, "choice": id})
	must(t, err)
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for late := time.After(patience); ; {
		resp, err := l.client.Post(l.base+"/chat/messages", "application/json", bytes.NewReader(body))
		must(t, err)
		resp.Body.Close()
		switch resp.StatusCode {
		case http.StatusAccepted:
			return
		case http.StatusTooManyRequests: // a visitor writes faster than anybody can
		default:
			t.Fatalf("the chat answers %d to %q", resp.StatusCode, text)
		}
		select {
		case <-again.C:
		case <-late:
			t.Fatalf("the chat takes no more messages after %q", text)
		}
	}
}

func (l *webLine) write(t *testing.T, text string) { l.post(t, text, "") }

func (l *webLine) say(t *testing.T, text, id string) heard {
	t.Helper()
	l.post(t, text, id)
	event := ""
	for l.events.Scan() {
		row := l.events.Text()
		if name, ok := strings.CutPrefix(row, "event: "); ok {
			event = name
		}
		data, ok := strings.CutPrefix(row, "data: ")
		if !ok || event == "beat" || event == "quiet" {
			continue
		}
		var reply struct {
			Text    string
			Choices []agent.Choice
		}
		must(t, json.Unmarshal([]byte(data), &reply))
		return heard{reply.Text, reply.Choices}
	}
	t.Fatalf("%q: no reply comes: %v", text, l.events.Err())
	return heard{}
}

// edgeTalk is a conversation from the first word to the last: each line with
// what has to be in its reply. A number is a choice by its place.
type edgeTalk [][2]string

var edgeTalks = map[string]edgeTalk{
	"en": {
		{"I need an appointment", "first visit"},
		{"2", "Which location"},
		{"1", "Which one suits you"},
		{"where do I park?", "Free parking"},                              // interrupted, and resumed
		{"my son has a fever since yesterday", "To protect your privacy"}, // handed off in the middle
		{"2", "You're confirmed for "},
		{"when is my appointment?", "Your visit is "},
		{"can I move it to another day?", "What day and time would suit you better"},
		{"please stop texting me", "no more messages"}, // stopped in the middle, and started again
		{"hello?", ""},
		{"START", "Welcome back"},
		{"can I move it to another day?", "What day and time would suit you better"},
		{"any day", "Which one suits you"},
		{"3", "your visit is now "},
		{"I can't come", "What would you like to do"},
		{"1", "is off our book"},
	},
	"es": {
		{"¿me puede dar una cita?", "primera visita"},
		{"1", "Cuál clínica"},
		{"2", "Cuál le queda mejor"},
		{"¿dónde me estaciono?", "estacionamiento"},
		{"mi niño trae calentura desde ayer", "Para cuidar su privacidad"},
		{"2", "Su cita quedó para "},
		{"¿a qué hora es mi cita?", "Su cita es "},
		{"quiero cambiar mi cita para otro día", "Qué día y a qué hora"},
		{"ya no me manden mensajes", "no va a recibir mensajes"},
		{"¿hola?", ""},
		{"quiero volver a recibir mensajes", "de vuelta"},
		{"quiero cambiar mi cita para otro día", "Qué día y a qué hora"},
		{"cualquier día", "Cuál le queda mejor"},
		{"3", "su cita ahora es "},
		{"no voy a poder ir", "Qué desea hacer"},
		{"1", "Ya quité su cita"},
	},
}

func (talk edgeTalk) run(t *testing.T, l line) {
	t.Helper()
	var last heard
	for _, row := range talk {
		said, want := row[0], row[1]
		if want == "" {
			l.write(t, said) // nothing comes back: the next reply would be its
			continue
		}
		id := ""
		if n := strings.Index("1234", said); n >= 0 && len(said) == 1 && n < len(last.choices) {
			id, said = last.choices[n].ID, last.choices[n].Title
		}
		last = l.say(t, said, id)
		if !strings.Contains(fold(last.text), fold(want)) {
			t.Fatalf("%q is answered by %q, want %q in it", said, last.text, want)
		}
		if strings.Contains(strings.ToLower(last.text), "treviño") || strings.Contains(last.text, "pediatr") {
			t.Errorf("%q is answered with a name: %q", said, last.text)
		}
	}
}

// fold leaves out the accents that are folded for SMS.
func fold(s string) string {
	return strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ñ", "n", "¿", "", "¡", "").Replace(strings.ToLower(s))
}

func TestAPatientBooksMovesAndCancelsOnWhatsAppAndOnTheWebsite(t *testing.T) {
	r := startDev(t, "--web-rate", "100")
	seen := 0
	for _, lang := range []string{"en", "es"} {
		l := &whatsAppLine{running: r, from: map[string]string{"en": "17135550301", "es": "17135550302"}[lang], seen: seen}
		t.Run("whatsapp "+lang, func(t *testing.T) { edgeTalks[lang].run(t, l) })
		seen = l.seen
		t.Run("web "+lang, func(t *testing.T) { edgeTalks[lang].run(t, newWebLine(t, r.base)) })
	}
}

func TestAPatientBooksMovesAndCancelsBySMS(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clinic.yaml")
	must(t, os.WriteFile(path, bookableYAML(), 0o600))
	r := startTextingFor(t, path)
	for lang, phone := range map[string]string{"en": "17135550311", "es": "17135550312"} {
		t.Run(lang, func(t *testing.T) { edgeTalks[lang].run(t, &smsLine{texting: r, phone: phone}) })
	}
}

func TestTheClinicThatIsTriedOutHasABookOfItsOwn(t *testing.T) {
	p, err := clinic.Parse("sample.yaml", bookableYAML())
	must(t, err)
	if p.Booking.Kind != clinic.BookEmbedded || clinic.Sample().Booking.Kind != clinic.BookLink {
		t.Errorf("the sample tried out has kind %s, the sample itself %s", p.Booking.Kind, clinic.Sample().Booking.Kind)
	}
}

func TestTheTerminalBooksAndTellsHow(t *testing.T) {
	out, _, code := runWith(t, "I need an appointment\nno\nGulfton\n2\n/why\n/new\nwhen is my appointment?\n/quit\n", "chat", "--at", "2026-11-25 10:00")
	for _, want := range []string{"Which one suits you?", "4) Other times", "You're confirmed for", "book: booked", "I do not find a visit that was made in this chat"} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("exit code %d, %q is missing:\n%s", code, want, out)
		}
	}
}

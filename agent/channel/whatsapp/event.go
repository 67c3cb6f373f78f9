package whatsapp

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"recado/agent"
)

// Limits of what is taken from one message; NATS takes 64 KiB for an event.
const (
	maxText   = 40 << 10 // bytes of text as JSON
	maxButton = 512      // bytes of an option's id; the API allows 256 characters
)

// cutMark ends a text that was too long to carry whole.
const cutMark = " […]"

// parseMessage returns the event of one message without its conversation,
// and what is known of its sender. ok is false where there is no message id:
// then there is no event either, since nothing could tell its deliveries
// apart. index is the message's place in its webhook.
func parseMessage(raw []byte, index int, now time.Time) (e agent.Event, m message, ok bool) {
	defer func() {
		// A message that the code below cannot bear must not cost its
		// neighbours, nor come back for a week.
		if recover() != nil {
			e.Kind, e.Text, e.Attachment, e.Button = agent.KindUnsupported, "", "", ""
			ok = e.ID != ""
		}
	}()
	whole, err := read(raw, &m)
	if err != nil || m.ID == "" {
		return agent.Event{}, m, false
	}
	e = agent.Event{
		V: agent.Version, ID: eventID(string(m.ID)), Channel: agent.WhatsApp,
		At: at(string(m.Timestamp), index, now), Kind: agent.KindUnsupported,
	}
	if whole {
		m.fill(&e)
	}
	e.Text = cut(e.Text, maxText)
	e.Button = cut(e.Button, maxButton)
	return e, m, true
}

// fill sets what the message holds; an event that it leaves as it is stays
// unsupported.
func (m *message) fill(e *agent.Event) {
	switch m.Type {
	case "text":
		if m.Text != nil && m.Text.Body != "" {
			e.Kind, e.Text = agent.KindText, m.Text.Body
		}
	case "image":
		m.attach(e, m.Image)
	case "audio", "voice":
		m.attach(e, m.Audio)
		e.Attachment = "audio"
	case "video":
		m.attach(e, m.Video)
	case "document":
		m.attach(e, m.Document)
	case "sticker":
		m.attach(e, m.Sticker)
	case "location":
		e.Kind = agent.KindLocation
	case "contacts":
		e.Kind = agent.KindContacts
	case "reaction":
		e.Kind = agent.KindReaction
		if m.Reaction != nil {
			e.Text = m.Reaction.Emoji // empty: taken back
		}
	case "interactive":
		// A form's answers (nfm_reply) stay unsupported: Recado sends no forms.
		if m.Interactive != nil {
			m.Interactive.fill(e)
		}
	case "button":
		if m.Button != nil {
			choose(e, &option{ID: m.Button.Payload, Title: m.Button.Text})
		}
	case "order":
		e.Kind = agent.KindOrder
		if m.Order != nil {
			e.Text = m.Order.Text // what the patient wrote beside it
		}
	case "system":
		e.Kind = agent.KindSystem
	}
}

func (m *message) attach(e *agent.Event, content *media) {
	e.Kind, e.Attachment = agent.KindAttachment, string(m.Type)
	if content != nil {
		e.Text = content.Caption
	}
}

func (i *interactive) fill(e *agent.Event) {
	switch i.Type {
	case "button_reply":
		choose(e, i.ButtonReply)
	case "list_reply":
		choose(e, i.ListReply)
	}
}

func choose(e *agent.Event, o *option) {
	if o == nil || (o.ID == "" && o.Title == "") {
		return
	}
	e.Kind, e.Button, e.Text = agent.KindButton, string(o.ID), o.Title
	if o.ID == "" {
		e.Kind = agent.KindText
	}
}

// eventID is a hash of the channel's id, 32 hex characters: the id itself
// holds the sender's number in base64, and event ids are kept in the clear.
func eventID(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:16])
}

// at is the time of a message. WhatsApp's clock has seconds only, so the
// place in the webhook becomes steps of 100 ns, less than a millisecond in
// all. A time that cannot be is replaced by now.
func at(seconds string, index int, now time.Time) time.Time {
	n, err := strconv.ParseInt(seconds, 10, 64)
	t := time.Unix(n, 0)
	if err != nil || n <= 0 || t.After(now.Add(24*time.Hour)) {
		t = now.Truncate(time.Second)
	}
	return t.Add(time.Duration(min(index, 9999)) * 100 * time.Nanosecond).UTC()
}

// cut shortens text until it takes at most limit bytes as JSON, and says so
// at its end.
func cut(text string, limit int) string {
	if len(text)*6 <= limit || jsonLen(text) <= limit { // no character takes more than 6 a byte
		return text
	}
	keep := min(len(text), limit)
	for {
		for keep > 0 && !utf8.RuneStart(text[keep-1]) {
			keep--
		}
		keep = max(keep-1, 0)
		short := text[:keep] + cutMark
		size := jsonLen(short)
		if size <= limit || keep == 0 {
			return short
		}
		keep = min(keep-1, keep*limit/size) + 1
	}
}

func jsonLen(text string) int {
	data, err := json.Marshal(text)
	if err != nil {
		return len(text) * 6
	}
	return len(data)
}

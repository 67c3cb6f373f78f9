package sms

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"recado/agent"
	"recado/agent/channel"
)

// maxText is the longest text taken in, in characters. Twilio joins up to
// 1,600 of them to one message.
const maxText = 4000

// cutMark ends a text that was too long to carry whole.
const cutMark = " […]"

// numberForm is a phone number in E.164 or a short code.
var numberForm = regexp.MustCompile(`^\+?[1-9][0-9]{4,14}$`)

// number returns the digits of a phone number as Twilio writes it, the form in
// which all channels know a phone, or "".
func number(text string) string {
	text = strings.TrimSpace(text)
	if !numberForm.MatchString(text) {
		return ""
	}
	return strings.TrimPrefix(text, "+")
}

// dialled is the reverse of number: short codes have no plus.
func dialled(digits string) string {
	if len(digits) <= 6 {
		return digits
	}
	return "+" + digits
}

// parseMessage returns the event of a message without clinic, conversation
// and address. ok is false where nothing could tell its deliveries apart.
func parseMessage(form url.Values, now time.Time) (e agent.Event, ok bool) {
	id := first(form.Get("MessageSid"), form.Get("SmsMessageSid"), form.Get("SmsSid"))
	if id == "" {
		return agent.Event{}, false
	}
	sum := sha256.Sum256([]byte(id))
	e = agent.Event{
		V: agent.Version, ID: hex.EncodeToString(sum[:16]), Channel: agent.SMS,
		At: now.UTC(), Kind: agent.KindUnsupported, Text: cut(form.Get("Body")),
	}
	media, err := strconv.Atoi(form.Get("NumMedia"))
	switch {
	case err == nil && media > 0, form.Get("MediaUrl0") != "":
		e.Kind, e.Attachment = agent.KindAttachment, attachment(form.Get("MediaContentType0"))
	case strings.TrimSpace(e.Text) != "":
		e.Kind = agent.KindText
	default:
		e.Text = ""
	}
	if word := optOut(form); word != "" && e.Kind == agent.KindText {
		e.Text = word
	}
	return e, true
}

// attachment is a medium's type by the first half of its content type.
func attachment(contentType string) string {
	switch kind, _, _ := strings.Cut(strings.ToLower(contentType), "/"); kind {
	case "image", "audio", "video":
		return kind
	}
	return "document"
}

// optOut returns the word that a message stands for where Twilio recognised it
// by keywords that the clinic entered there, which Recado may not know; "" for
// any other. A word that Recado reads by itself stays as it was written:
// CANCEL may have meant a visit, and staff have to see it.
func optOut(form url.Values) string {
	kind := form.Get("OptOutType")
	if kind != "STOP" && kind != "START" && kind != "HELP" {
		return ""
	}
	if known[strings.ToUpper(strings.TrimSpace(form.Get("Body")))] {
		return ""
	}
	return kind
}

var known = map[string]bool{
	"STOP": true, "STOPALL": true, "UNSUBSCRIBE": true, "END": true, "QUIT": true, "REVOKE": true, "OPTOUT": true,
	"CANCEL": true, "CANCELAR": true, "ALTO": true, "PARAR": true, "BAJA": true, "START": true, "HELP": true, "AYUDA": true,
}

// parseStatus returns a status without its clinic; ok is false for one that
// says nothing about a message's way.
func parseStatus(form url.Values, reply string, now time.Time) (s channel.Status, ok bool) {
	state, ok := states[strings.ToLower(first(form.Get("MessageStatus"), form.Get("SmsStatus")))]
	id := first(form.Get("MessageSid"), form.Get("SmsSid"))
	if !ok || id == "" {
		return channel.Status{}, false
	}
	s = channel.Status{ID: id, Reply: reply, State: state, At: now.UTC()}
	if code, err := strconv.Atoi(form.Get("ErrorCode")); err == nil && state == channel.Failed {
		s.Code, s.Refusal = code, refusal(code)
	}
	return s, true
}

// states: that Twilio has a message in its queue is what sent means for a
// gateway, that nobody needs to send it again.
var states = map[string]channel.State{
	"accepted": channel.Sent, "scheduled": channel.Sent, "queued": channel.Sent, "sending": channel.Sent, "sent": channel.Sent,
	"delivered": channel.Delivered, "read": channel.Read,
	"undelivered": channel.Failed, "failed": channel.Failed, "canceled": channel.Failed,
}

func cut(text string) string {
	text = strings.ToValidUTF8(text, string(utf8.RuneError))
	if utf8.RuneCountInString(text) <= maxText {
		return text
	}
	return string([]rune(text)[:maxText]) + cutMark
}

func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

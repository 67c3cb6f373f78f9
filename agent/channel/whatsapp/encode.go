package whatsapp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"recado/agent/channel"
)

// MaxText is the longest text that WhatsApp delivers, in characters.
const MaxText = 4096

// maxCallback is the most that comes back with a status, in bytes.
const maxCallback = 512

// outgoing is a message as the Cloud API takes it.
type outgoing struct {
	Product     string       `json:"messaging_product"`
	Kind        string       `json:"recipient_type"`
	To          string       `json:"to,omitempty"`
	Recipient   string       `json:"recipient,omitempty"`
	Type        string       `json:"type"`
	Text        *outText     `json:"text,omitempty"`
	Interactive *outChoices  `json:"interactive,omitempty"`
	Template    *outTemplate `json:"template,omitempty"`
	Callback    string       `json:"biz_opaque_callback_data,omitempty"`
}

type outText struct {
	PreviewURL bool   `json:"preview_url"`
	Body       string `json:"body"`
}

type outTemplate struct {
	Name     string `json:"name"`
	Language struct {
		Code string `json:"code"`
	} `json:"language"`
	Components []outComponent `json:"components,omitempty"`
}

type outComponent struct {
	Type       string         `json:"type"`
	Parameters []outParameter `json:"parameters"`
}

type outParameter struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// forms are the ways in which m may be sent, the best first: with choices to
// tap, and as plain text with numbered lines.
func (s *Sender) forms(m channel.Message) ([]outgoing, error) {
	switch {
	case !digits.MatchString(m.To.Account):
		return nil, refuse("the address names no phone number id of the clinic")
	case m.To.Phone == "" && m.To.User == "":
		return nil, refuse("the address has neither a phone number nor a user id")
	case len(m.ID) > maxCallback:
		return nil, refuse(fmt.Sprintf("the reply's id is longer than %d bytes", maxCallback))
	}
	base := outgoing{Product: "whatsapp", Kind: "individual", Callback: m.ID}
	// A user id in "to" is answered with 200 and goes nowhere.
	if base.To = m.To.Phone; base.To == "" {
		base.Recipient = m.To.User
	}
	if m.Template != nil {
		t, err := template(*m.Template)
		if err != nil {
			return nil, err
		}
		base.Type, base.Template = "template", t
		return []outgoing{base}, nil
	}
	if strings.TrimSpace(m.Text) == "" {
		return nil, refuse("the text is empty")
	}
	var all []outgoing
	if choices := s.choices(m); choices != nil {
		tapped := base
		tapped.Type, tapped.Interactive = "interactive", choices
		all = append(all, tapped)
	}
	if body := channel.Numbered(m.Text, m.Choices); utf8.RuneCountInString(body) <= MaxText {
		written := base
		written.Type, written.Text = "text", &outText{Body: body}
		all = append(all, written)
	}
	if len(all) == 0 {
		return nil, refuse(fmt.Sprintf("the text is longer than %d characters", MaxText))
	}
	return all, nil
}

// template refuses what Meta would: an empty gap. Line breaks, tabs and long
// runs of spaces, which it refuses as well, become single spaces.
func template(t channel.Template) (*outTemplate, error) {
	out := &outTemplate{Name: t.Name}
	out.Language.Code = t.Language
	if t.Name == "" || t.Language == "" {
		return nil, refuse("the template has no name or no language")
	}
	var filled []outParameter
	for i, value := range t.Parameters {
		text := strings.Join(strings.Fields(value), " ")
		if text == "" {
			return nil, refuse(fmt.Sprintf("gap %d of the template has nothing to fill it", i+1))
		}
		filled = append(filled, outParameter{Type: "text", Text: text})
	}
	if len(filled) > 0 {
		out.Components = []outComponent{{Type: "body", Parameters: filled}}
	}
	return out, nil
}

// compact is JSON without the escapes for HTML.
func compact(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, refuse("the message cannot be written as JSON")
	}
	return b.Bytes(), nil
}

func refuse(reason string) error {
	return &channel.SendError{Advice: channel.GiveUp, Reason: reason}
}

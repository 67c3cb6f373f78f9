package whatsapp

import (
	"bytes"
	"encoding/json"
	"errors"
)

// The parts of a notification that are read. Lists are kept raw, so that one
// malformed item costs none of its neighbours.
type notification struct {
	Object string  `json:"object"`
	Entry  []entry `json:"entry"`
}

type entry struct {
	Changes []change `json:"changes"`
}

type change struct {
	Field string          `json:"field"`
	Value json.RawMessage `json:"value"`
}

type value struct {
	Metadata struct {
		PhoneNumberID word `json:"phone_number_id"`
	} `json:"metadata"`
	Contacts []contact         `json:"contacts"`
	Messages []json.RawMessage `json:"messages"`
	Statuses []json.RawMessage `json:"statuses"`
	Errors   []apiError        `json:"errors"`
}

// hidesMessages reports whether raw, which v was read from, has messages in a
// form that v could not take.
func (v *value) hidesMessages(raw []byte) bool {
	if v.Messages != nil {
		return false
	}
	var probe struct {
		Messages json.RawMessage `json:"messages"`
	}
	whole, err := read(raw, &probe)
	return err != nil || !whole || (len(probe.Messages) > 0 && string(probe.Messages) != "null")
}

type contact struct {
	WaID   word `json:"wa_id"`
	UserID word `json:"user_id"`
}

type message struct {
	ID         word `json:"id"`
	From       word `json:"from"`
	FromUserID word `json:"from_user_id"`
	Timestamp  word `json:"timestamp"`
	Type       word `json:"type"`

	Text        *body        `json:"text"`
	Image       *media       `json:"image"`
	Audio       *media       `json:"audio"`
	Video       *media       `json:"video"`
	Document    *media       `json:"document"`
	Sticker     *media       `json:"sticker"`
	Reaction    *reaction    `json:"reaction"`
	Interactive *interactive `json:"interactive"`
	Button      *button      `json:"button"`
	Order       *order       `json:"order"`
	System      *system      `json:"system"`
}

type body struct {
	Body string `json:"body"`
}

type media struct {
	Caption string `json:"caption"`
}

type reaction struct {
	Emoji string `json:"emoji"`
}

type interactive struct {
	Type        word    `json:"type"`
	ButtonReply *option `json:"button_reply"`
	ListReply   *option `json:"list_reply"`
}

type option struct {
	ID    word   `json:"id"`
	Title string `json:"title"`
}

type button struct {
	Payload word   `json:"payload"`
	Text    string `json:"text"`
}

type order struct {
	Text string `json:"text"`
}

type system struct {
	Body           string `json:"body"`
	Type           word   `json:"type"`
	WaID           word   `json:"wa_id"`
	NewWaID        word   `json:"new_wa_id"` // older API versions
	UserID         word   `json:"user_id"`
	PreviousUserID word   `json:"previous_user_id"`
}

type status struct {
	ID        word       `json:"id"`
	Status    word       `json:"status"`
	Timestamp word       `json:"timestamp"`
	Reply     word       `json:"biz_opaque_callback_data"`
	Recipient word       `json:"recipient_id"`
	User      word       `json:"recipient_user_id"`
	Errors    []apiError `json:"errors"`
}

type apiError struct {
	Code int       `json:"code"`
	Data errorData `json:"error_data"`
}

type errorData struct {
	Details string `json:"details"`
}

// word is a short text that some senders write as a JSON number.
type word string

func (w *word) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] != '"' {
		var n json.Number
		if bytes.Equal(data, []byte("null")) {
			return nil
		}
		if err := json.Unmarshal(data, &n); err != nil {
			return &json.UnmarshalTypeError{Value: "value"}
		}
		*w = word(n)
		return nil
	}
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	*w = word(s)
	return nil
}

// read decodes as much of data as has the expected types and reports whether
// that was all of it. The error is about JSON that is not JSON.
func read(data []byte, v any) (whole bool, err error) {
	err = json.Unmarshal(data, v)
	var typeError *json.UnmarshalTypeError
	if errors.As(err, &typeError) {
		return false, nil
	}
	return err == nil, err
}

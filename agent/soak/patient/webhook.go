package patient

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// Account is the clinic's WhatsApp number and the secret that signs its
// webhooks.
type Account struct {
	NumberID string
	Secret   string
}

type object = map[string]any

// messages is the notification of what a patient wrote, at these times.
func (a Account) messages(phone string, lines []Line, written []time.Time) []byte {
	var all []any
	for i, l := range lines {
		all = append(all, object{
			"from": phone, "id": l.ID, "timestamp": fmt.Sprint(written[i].Unix()), "type": "text", "text": object{"body": l.Text},
		})
	}
	return a.notification(object{"contacts": []any{object{"profile": object{"name": "P"}, "wa_id": phone}}, "messages": all})
}

// status is the notification of what became of a reply.
func (a Account) status(phone, id, reply, state string, at time.Time) []byte {
	return a.notification(object{"statuses": []any{object{
		"id": id, "status": state, "timestamp": fmt.Sprint(at.Unix()), "recipient_id": phone, "biz_opaque_callback_data": reply,
	}}})
}

func (a Account) notification(value object) []byte {
	value["messaging_product"] = "whatsapp"
	value["metadata"] = object{"display_phone_number": "17135550100", "phone_number_id": a.NumberID}
	raw, err := json.Marshal(object{"object": "whatsapp_business_account", "entry": []any{object{
		"id": "1", "changes": []any{object{"field": "messages", "value": value}},
	}}})
	if err != nil {
		panic(err) // maps of strings can always be written
	}
	return raw
}

func (a Account) sign(body []byte) string {
	mac := hmac.New(sha256.New, []byte(a.Secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

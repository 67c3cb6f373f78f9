package agent

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// Version is the contract version that every event, turn record and
// escalation carries as "v". An event with another version is not guessed at:
// it goes to staff as a dead letter.
const Version = 1

// Channel is the way a message reached the clinic.
type Channel string

// The channels that Recado knows. Terminal is `recado chat`.
const (
	WhatsApp Channel = "whatsapp"
	SMS      Channel = "sms"
	Web      Channel = "web"
	Terminal Channel = "terminal"
)

// Kind says what an event holds.
type Kind string

// The kinds of events. Everything that a channel can deliver maps to one of
// them; what is new or unknown is Unsupported, never dropped.
const (
	KindText        Kind = "text"        // Text holds what the patient wrote
	KindButton      Kind = "button"      // Button holds the tapped option's id, Text its title
	KindAttachment  Kind = "attachment"  // Attachment holds its type, Text a caption if there is one
	KindReaction    Kind = "reaction"    // an emoji on an earlier message
	KindLocation    Kind = "location"    // a shared place; its coordinates are not carried
	KindContacts    Kind = "contacts"    // shared contact cards; not carried
	KindOrder       Kind = "order"       // a catalogue order; not carried
	KindSystem      Kind = "system"      // the channel tells about itself: a changed number or id
	KindUnsupported Kind = "unsupported" // the channel could not deliver what was sent
)

// Event is one thing that arrived in a conversation. It is what a gateway
// publishes, one event a message, on recado.in.<clinic>.<channel>.<conversation>.
type Event struct {
	V            int     `json:"v"`
	ID           string  `json:"id"`           // made from the channel's message id; deliveries with the same id are one event
	Clinic       string  `json:"clinic"`       // the profile's id
	Channel      Channel `json:"channel"`      //
	Conversation string  `json:"conversation"` // keyed hash of the address, never the address
	// At is when the patient sent it by the channel's clock. Events of one
	// turn are read in this order, since webhooks may arrive out of order.
	At   time.Time `json:"at"`
	Kind Kind      `json:"kind"`
	// Text is what the patient wrote. It exists only in the encrypted input
	// stream, in memory, and sealed in escalations.
	Text       string `json:"text,omitempty"`
	Attachment string `json:"attachment,omitempty"` // image, audio, video, document, sticker
	Button     string `json:"button,omitempty"`     // id of the option that was tapped
	// ReplyTo is the sender's address, sealed by the gateway. Workers copy it
	// as it is and cannot open it.
	ReplyTo string `json:"reply_to,omitempty"`
}

// ErrVersion marks an event of a contract version that this build does not
// speak.
var ErrVersion = errors.New("unknown event version")

var (
	clinicID       = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	conversationID = regexp.MustCompile(`^[a-z0-9]{8,64}$`)
)

// ValidClinicID reports whether id may name a clinic: lower-case letters,
// digits and dashes, at most 63 characters, so that it fits a NATS subject.
func ValidClinicID(id string) bool { return clinicID.MatchString(id) }

// Validate reports the first way in which e breaks the contract. The error
// names the field and never quotes what a patient wrote.
func (e Event) Validate() error {
	switch {
	case e.V != Version:
		return fmt.Errorf("%w: v is %d, this build speaks %d", ErrVersion, e.V, Version)
	case e.ID == "":
		return errors.New("event has no id: set the channel's message id")
	case len(e.ID) > 512:
		return fmt.Errorf("event id is %d bytes long: at most 512", len(e.ID))
	case !ValidClinicID(e.Clinic):
		return errors.New("event's clinic is not a clinic id: lower-case letters, digits and dashes")
	case !conversationID.MatchString(e.Conversation):
		return errors.New("event's conversation is not an id: 8 to 64 lower-case letters and digits")
	case e.At.IsZero():
		return errors.New("event has no time: set at (RFC 3339)")
	}
	switch e.Channel {
	case WhatsApp, SMS, Web, Terminal:
	default:
		return errors.New("event's channel is unknown: whatsapp, sms, web or terminal")
	}
	switch e.Kind {
	case KindText, KindButton, KindAttachment, KindReaction, KindLocation,
		KindContacts, KindOrder, KindSystem, KindUnsupported:
	default:
		return errors.New("event's kind is unknown: send unsupported for what has no kind")
	}
	return nil
}

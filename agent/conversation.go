package agent

import "errors"

// Conversation names one patient on one channel with one clinic. It is the
// unit of order: its events are answered one turn after the other.
type Conversation struct {
	Clinic  string
	Channel Channel
	ID      string // keyed hash of the address, never the address
}

// Of returns the conversation that e belongs to.
func (e Event) Of() Conversation {
	return Conversation{Clinic: e.Clinic, Channel: e.Channel, ID: e.Conversation}
}

// String is <clinic>.<channel>.<conversation>, as in subjects and keys.
func (c Conversation) String() string {
	return c.Clinic + "." + string(c.Channel) + "." + c.ID
}

// Validate reports the first part of c that cannot stand in a subject.
func (c Conversation) Validate() error {
	switch {
	case !ValidClinicID(c.Clinic):
		return errors.New("clinic is not a clinic id: lower-case letters, digits and dashes")
	case !conversationID.MatchString(c.ID):
		return errors.New("conversation is not an id: 8 to 64 lower-case letters and digits")
	}
	switch c.Channel {
	case WhatsApp, SMS, Web, Terminal:
		return nil
	}
	return errors.New("channel is unknown: whatsapp, sms, web or terminal")
}

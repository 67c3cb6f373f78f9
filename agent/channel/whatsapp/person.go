package whatsapp

import (
	"regexp"
	"strings"
)

// person is what is known of a sender. Either part may be missing: since
// usernames, WhatsApp leaves out the phone number of who has one.
type person struct {
	phone string // digits only
	user  string // business-scoped user id, like US.13491208655302741918
}

func (p person) known() bool { return p.phone != "" || p.user != "" }

var (
	phoneForm = regexp.MustCompile(`^\+?[0-9]{5,20}$`)
	userForm  = regexp.MustCompile(`^[!-~]{3,200}$`)
	changed   = regexp.MustCompile(`changed from (\S+) to (\S+)`)
)

func personOf(phone, user word) person {
	var p person
	if phoneForm.MatchString(string(phone)) {
		p.phone = strings.TrimPrefix(string(phone), "+")
	} else if userForm.MatchString(string(phone)) {
		p.user = string(phone) // a user id where the phone used to be
	}
	if userForm.MatchString(string(user)) {
		p.user = string(user)
	}
	return p
}

// sender completes what a message says of its sender from the contacts
// beside it.
func (v *value) sender(m *message) person {
	p := personOf(m.From, m.FromUserID)
	if m.Type == "system" && m.System != nil {
		// The contacts of these hold the new identity; the old one is the
		// conversation's.
		if p.user == "" {
			p.user = m.System.previousUser()
		}
		if p.known() {
			return p
		}
	}
	for _, c := range v.Contacts {
		q := personOf(c.WaID, c.UserID)
		same := (p.phone != "" && p.phone == q.phone) || (p.user != "" && p.user == q.user)
		if same || (!p.known() && len(v.Contacts) == 1) {
			return person{phone: first(p.phone, q.phone), user: first(p.user, q.user)}
		}
	}
	return p
}

func (s *system) previousUser() string {
	if s.Type != "user_changed_user_id" {
		return ""
	}
	if s.PreviousUserID != "" {
		return personOf("", s.PreviousUserID).user
	}
	if found := changed.FindStringSubmatch(s.Body); found != nil && strings.Contains(found[1], ".") {
		return personOf("", word(found[1])).user
	}
	return ""
}

// successor is the new identity that a system message tells of; empty in
// others.
func (m *message) successor() person {
	if m.Type != "system" || m.System == nil {
		return person{}
	}
	switch m.System.Type {
	case "user_changed_number", "customer_changed_number", "user_changed_user_id":
		p := personOf("", m.System.UserID)
		if phone := personOf(word(first(string(m.System.NewWaID), string(m.System.WaID))), ""); phone.phone != "" {
			p.phone = phone.phone
		}
		return p
	}
	return person{}
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

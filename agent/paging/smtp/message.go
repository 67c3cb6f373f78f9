package smtp

import (
	netmail "net/mail"
	"strings"

	"github.com/wneessen/go-mail"

	"recado/agent"
	"recado/agent/paging"
	"recado/agent/paging/ladder"
)

// message is a page as an e-mail.
func (s *Sender) message(to ladder.Contact, p paging.Page) (*mail.Msg, error) {
	subject, body, err := p.Write(to.Language)
	if err != nil {
		return nil, &paging.Failure{Code: paging.Unsendable, Permanent: true, Problem: "the page could not be written"}
	}
	rcpt, err := netmail.ParseAddress(to.To)
	if err != nil || strings.ContainsFunc(to.To, control) || !id(p.ID) || !id(p.Thread) {
		return nil, &paging.Failure{Code: paging.Unsendable, Permanent: true, Problem: "the address is not readable"}
	}
	// Nothing that came from a file may begin another header.
	subject = strings.Map(func(r rune) rune {
		if control(r) {
			return ' '
		}
		return r
	}, subject)
	m := mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithEncoding(mail.EncodingQP), mail.WithCharset(mail.CharsetUTF8))
	m.FromMailAddress(s.from)
	m.ToMailAddress(&netmail.Address{Address: rcpt.Address})
	m.Subject(subject)
	m.SetDateWithValue(p.At)
	m.SetMessageIDWithValue(p.ID + "@" + s.domain)
	// All pages about one alarm are one thread in the reader.
	m.SetGenHeader(mail.HeaderReferences, "<"+p.Thread+"@"+s.domain+">")
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader(mail.HeaderXAutoResponseSuppress, "All")
	m.SetGenHeader(mail.HeaderContentLang, lang(to))
	if p.Priority == agent.PriorityEmergency && p.Kind != paging.Acknowledged {
		m.SetImportance(mail.ImportanceHigh)
	}
	m.SetBodyString(mail.TypeTextPlain, strings.ReplaceAll(body, "\n", "\r\n"))
	return m, nil
}

func lang(to ladder.Contact) string {
	if to.Language == "es" {
		return "es"
	}
	return "en"
}

// id reports whether s may stand in a message id.
func id(s string) bool {
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

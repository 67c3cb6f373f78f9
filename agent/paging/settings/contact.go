package settings

import (
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"recado/agent/language"
	"recado/agent/paging/ladder"
)

var variable = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)

func (r *reader) contacts(to *[]ladder.Contact) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		r.list(n, field, "contacts", mostContacts, func(n *yaml.Node, field string) {
			c := r.contact(n, field)
			if c.To != "" && slices.ContainsFunc(*to, func(other ladder.Contact) bool { return other.ID() == c.ID() }) {
				r.bad(n, field, "is listed above; keep one")
				return
			}
			*to = append(*to, c)
		})
	}
}

// contact reads one of email, webhook and webhook_env.
func (r *reader) contact(n *yaml.Node, field string) ladder.Contact {
	c := ladder.Contact{Language: language.English}
	lang, named := "", 0
	var hook *yaml.Node
	before := len(r.problems)
	r.mapping(n, field, fields{
		"email": func(n *yaml.Node, field string) {
			named++
			c.Via = ladder.Email
			r.text(&c.To)(n, field)
			if !mailbox(c.To) {
				r.bad(n, field, "is no e-mail address: write it as name@clinic.example, without a name before it")
			}
		},
		"webhook": func(n *yaml.Node, field string) {
			named++
			hook, c.Via = n, ladder.Webhook
			r.text(&c.To)(n, field)
		},
		"webhook_env": func(n *yaml.Node, field string) {
			named++
			name := strings.TrimSpace(n.Value)
			switch {
			case n.Kind != yaml.ScalarNode || !variable.MatchString(name):
				r.bad(n, field, "must be the name of an environment variable in capitals, such as RECADO_HOOK_ON_CALL; an address without a token is written as webhook")
			case r.getenv(name) == "":
				r.bad(n, field, "the environment variable %s is not set: set it to the webhook's address", name)
			default:
				hook, c.Via, c.To = n, ladder.Webhook, strings.TrimSpace(r.getenv(name))
			}
		},
		"language": func(n *yaml.Node, field string) {
			if r.text(&lang)(n, field); lang != "en" && lang != "es" {
				r.bad(n, field, "must be en or es")
			}
		},
		"private": r.truth(&c.Private),
	})
	if len(r.problems) == before && named != 1 {
		r.bad(n, field, "must have one of email, webhook and webhook_env")
	}
	if hook != nil {
		r.webhook(hook, field, c)
	}
	if lang == "es" {
		c.Language = language.Spanish
	}
	return c
}

func (r *reader) webhook(n *yaml.Node, field string, c ladder.Contact) {
	u, err := url.Parse(c.To)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		r.bad(n, field+".webhook", "is no address of a webhook: write it as https://host/path")
	case u.Scheme == "http" && !c.Private:
		r.bad(n, field+".webhook", "is not encrypted: use https; http is for a host in your own network, marked by private: yes")
	case u.User != nil:
		r.bad(n, field+".webhook", "holds a user or a password: pages are signed instead, see the header Recado-Signature")
	case u.Fragment != "":
		r.bad(n, field+".webhook", "holds a part after #, which is never sent; remove it")
	}
}

// mailbox reports whether s is a plain address that is the same in a header
// and in an envelope.
func mailbox(s string) bool {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || a.Name != "" || len(s) > 254 {
		return false
	}
	for _, r := range s {
		if r <= ' ' || r >= 0x7f || strings.ContainsRune(`"<>(),;:\[]`, r) {
			return false
		}
	}
	return true
}

package secrets

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"recado/agent"
)

// Parse reads a file's content. name stands for the file in problems.
func Parse(name string, raw []byte) (Book, error) {
	r := &reader{name: name, book: Book{}}
	if !slices.ContainsFunc(strings.Split(string(raw), "\n"), holdsMore) {
		return r.book, nil
	}
	var doc yaml.Node
	switch err := yaml.Load(raw, &doc); {
	case err != nil:
		// What the parser says quotes the file.
		line := 0
		var at *yaml.LoadError
		if errors.As(err, &at) {
			line = at.Mark.Line
		}
		r.bad(line, "", "not readable as YAML; look for a missing quote, colon or indent on this line or the one above")
	case doc.Kind == yaml.DocumentNode && len(doc.Content) > 0:
		r.clinics(doc.Content[0])
	}
	if len(r.problems) > 0 {
		return nil, &ProblemsError{r.problems}
	}
	return r.book, nil
}

// holdsMore reports whether a line is more than a comment.
func holdsMore(line string) bool {
	line = strings.TrimSpace(line)
	return line != "" && line[0] != '#'
}

type reader struct {
	name     string
	book     Book
	problems []string
}

func (r *reader) bad(line int, field, format string, args ...any) {
	at := r.name
	if line > 0 {
		at += fmt.Sprintf(":%d", line)
	}
	if field != "" {
		at += ": " + field
	}
	r.problems = append(r.problems, at+": "+fmt.Sprintf(format, args...))
}

var accountSID = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)

func (r *reader) clinics(n *yaml.Node) {
	r.each(n, "", func(id string, at, v *yaml.Node) {
		if !agent.ValidClinicID(id) {
			r.bad(at.Line, id, "is no clinic id: lower-case letters, digits and dashes, as in the profile")
			return
		}
		var c Clinic
		r.fields(v, id, map[string]func(*yaml.Node, string){
			"whatsapp": func(n *yaml.Node, field string) {
				r.fields(n, field, map[string]func(*yaml.Node, string){
					"token":        r.one(&c.WhatsApp.Token),
					"app_secret":   r.some(&c.WhatsApp.AppSecrets),
					"verify_token": r.one(&c.WhatsApp.VerifyToken),
				})
			},
			"sms": func(n *yaml.Node, field string) {
				r.fields(n, field, map[string]func(*yaml.Node, string){
					"account_sid": r.one(&c.SMS.AccountSID),
					"auth_token":  r.some(&c.SMS.AuthTokens),
				})
				switch {
				case c.SMS.AccountSID != "" && !accountSID.MatchString(c.SMS.AccountSID):
					r.bad(n.Line, field+".account_sid", "is none: AC and 32 hex digits, from Twilio's console")
				case (c.SMS.AccountSID == "") != (len(c.SMS.AuthTokens) == 0):
					r.bad(n.Line, field, "needs account_sid and auth_token, both or none")
				}
			},
			"seal_public_key":  r.one(&c.SealPublicKey),
			"seal_private_key": r.some(&c.SealPrivateKeys),
			"seal_verify_key":  r.some(&c.SealVerifyKeys),
		})
		r.book[id] = c
	})
}

// each calls f for every field of a mapping, and refuses what stands twice.
func (r *reader) each(n *yaml.Node, field string, f func(name string, at, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.bad(n.Line, field, "must hold fields, one a line as name: value")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i].Value
		if seen[name] {
			r.bad(n.Content[i].Line, field, "a field stands here twice; keep one")
			continue
		}
		seen[name] = true
		f(name, n.Content[i], n.Content[i+1])
	}
}

func (r *reader) fields(n *yaml.Node, field string, known map[string]func(*yaml.Node, string)) {
	var names []string
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	r.each(n, field, func(name string, at, v *yaml.Node) {
		read, ok := known[name]
		if !ok {
			// Its name may be a secret that lost its own.
			r.bad(at.Line, field, "unknown field; there are %s", strings.Join(names, ", "))
			return
		}
		read(v, field+"."+name)
	})
}

func (r *reader) one(to *string) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		switch {
		case n.Kind != yaml.ScalarNode:
			r.bad(n.Line, field, "must be a single value")
		case n.Tag == "!!null" || n.Value == "":
			r.bad(n.Line, field, "is empty; fill it in or remove it")
		case strings.ContainsAny(n.Value, " \t\r\n\"'"):
			r.bad(n.Line, field, "holds a space or a quotation mark: it was copied with something beside it")
		default:
			*to = n.Value
		}
	}
}

// some reads one value or a list of them.
func (r *reader) some(to *[]string) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		all := []*yaml.Node{n}
		if n.Kind == yaml.SequenceNode {
			all = n.Content
		}
		for _, item := range all {
			var text string
			if r.one(&text)(item, field); text != "" {
				*to = append(*to, text)
			}
		}
		if len(all) == 0 {
			r.bad(n.Line, field, "is empty; fill it in or remove it")
		}
	}
}

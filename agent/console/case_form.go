package console

import (
	"slices"
	"strings"
	"unicode/utf8"

	"recado/agent"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/language"
	"recado/locales"
)

// Fields of forms. What was typed into one comes back in it after an error.

type replyForm struct {
	ID       string // of the message: sending a form twice sends one
	Options  []replyOption
	Key      string
	Language string
	Choices  []choice // of languages
	Blocked  string   // why there is no form
}

// replyOption is a text of the catalogue as the patient and the reader see it.
type replyOption struct {
	Key, Name string
	Texts     []label // one for each language; Lang is set
	On        bool
	Broken    bool
}

type writeForm struct {
	ID, Notice string // of the entry, and of the text that tells of it
	Text       string
	Tell       bool
	Hint       string
	Blocked    string
}

type noteForm struct{ ID, Text string }

type resolveForm struct {
	Choices []choice
	Blocked string
}

// problem is what went wrong with an action, beside the form that it was.
type problem struct {
	Form string // reply, write, note, resolve, assign, open, claim ...
	Text string
	Kept bool // something was typed, and is still there
}

// longestText is how many characters a person may write.
const longestText = 4000

// cleanText is what was typed, with line breaks as the store has them.
func cleanText(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\r\n", "\n"))
}

// textProblem says what is wrong with a text that somebody wrote; empty for
// nothing.
func textProblem(t Texts, s string) string {
	if s == "" {
		return t.Say("case.form.empty")
	}
	if n := utf8.RuneCountInString(s); n > longestText || len(s) > inbox.MaxEntryText {
		return t.Say("case.form.long", "n", longestText, "have", n)
	}
	return ""
}

func cannedName(t Texts, key string) string {
	name := strings.TrimPrefix(key, "staff.")
	if t.Has("canned." + name) {
		return t.Say("canned." + name)
	}
	return key
}

// forms fills the forms of a page anew.
func (s *Server) forms(r *Request, p *casePage, c *inbox.Case) {
	p.Reply = replyForm{ID: store.NewEntryID(), Language: string(patientLanguage(c.Language))}
	p.Write = writeForm{ID: store.NewEntryID(), Notice: store.NewEntryID(), Tell: true}
	p.Note.ID = store.NewEntryID()
	for _, o := range inbox.Outcomes {
		p.Resolve.Choices = append(p.Resolve.Choices, choice{outcomeName(r.Text, o), false})
	}
	if p.May.TakeOver {
		p.Resolve.Blocked = r.Text.Say("case.resolve.take_over_first", "name", p.Holder)
	}
	blocked := ""
	switch {
	case p.May.TakeOver:
		blocked = r.Text.Say("case.reply.not_yours", "name", p.Holder)
	case !p.May.Answer:
		blocked = r.Text.Say("case.reply.not_mine")
	}
	p.Reply.Blocked, p.Write.Blocked = blocked, blocked
	if c.Channel == "" || r.Profile() == nil {
		p.Reply.Blocked = r.Text.Say("case.reply.unhandled")
	}
	if s.cfg.PrivateLink == nil || r.Profile() == nil {
		p.Write.Blocked = r.Text.Say("case.write.unavailable")
	}
	if l := c.Language; l == language.English || l == language.Spanish {
		p.Write.Hint = r.Text.Say("case.write.hint", "language", p.Language.Inside())
	}
	if p.Reply.Blocked == "" {
		s.replyOptions(r, p, c)
	}
}

// patientLanguage is the one to answer in.
func patientLanguage(l language.Language) language.Language {
	if l == language.Spanish {
		return l
	}
	return language.English
}

func (s *Server) replyOptions(r *Request, p *casePage, c *inbox.Case) {
	first := patientLanguage(c.Language)
	langs := []language.Language{first}
	for _, l := range locales.Languages {
		if l != first {
			langs = append(langs, l)
		}
	}
	for _, l := range langs {
		p.Reply.Choices = append(p.Reply.Choices, choice{spokenName(r.Text, l), l == first})
	}
	for _, key := range cannedOrder(inbox.Canned(s.cfg.Catalogue), c.Round.Priority) {
		o := replyOption{Key: key, Name: cannedName(r.Text, key)}
		for _, l := range langs {
			text, err := s.cannedText(r, c, key, l, true)
			if err != nil || strings.TrimSpace(text) == "" {
				o.Broken = true
				break
			}
			o.Texts = append(o.Texts, label{Text: text, Lang: string(l)})
		}
		p.Reply.Options = append(p.Reply.Options, o)
	}
}

// cannedFirst are the texts that are needed most, in the order of a
// conversation.
var cannedFirst = []string{"staff.working", "staff.call_us", "staff.we_called", inbox.KeySeePrivate, "staff.come_in", "staff.booked"}

// cannedOrder is keys as people look for them. In an emergency the text that
// sends to 911 comes before all others.
func cannedOrder(keys []string, p agent.Priority) []string {
	place := func(key string) int {
		if p == agent.PriorityEmergency && key == "staff.call_911" {
			return -1
		}
		if i := slices.Index(cannedFirst, key); i >= 0 {
			return i
		}
		return len(cannedFirst)
	}
	keys = slices.Clone(keys)
	slices.SortStableFunc(keys, func(a, b string) int { return place(a) - place(b) })
	return keys
}

// cannedText writes a text of the catalogue for the patient of c. Of a preview
// the patient's own link is cut short: it is theirs alone.
func (s *Server) cannedText(r *Request, c *inbox.Case, key string, l language.Language, preview bool) (string, error) {
	args := map[string]any{}
	if s.cfg.PrivateLink != nil {
		secure := s.cfg.PrivateLink(c.Clinic, c.Conversation, linkRecord(c))
		if base, _, ok := strings.Cut(secure, "#"); ok && preview {
			secure = base + "#" + r.Text.Say("case.reply.link_hidden")
		}
		args["secure"] = secure
	}
	return inbox.Render(s.cfg.Catalogue, key, l, r.Profile(), s.cfg.Now(), args)
}

// linkRecord is the record that the patient's link is made of: the latest that
// they wrote in the channel.
func linkRecord(c *inbox.Case) string {
	last := ""
	for _, a := range c.Arrivals {
		if a.Kind == inbox.Escalation || last == "" && a.Kind != inbox.Private {
			last = a.ID
		}
	}
	return last
}

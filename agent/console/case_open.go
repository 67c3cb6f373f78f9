package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"recado/agent"
	"recado/agent/audit"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/language"
	"recado/agent/vault"
)

// openedView is a record in clear, for the eyes of the person who asked.
type openedView struct {
	Messages    []messageView
	Language    label
	Disposition string
	Attachments string
	Raw         string
	RawCut      bool
	Fault       string
	Note        string
	Translated  bool
}

// messageView is one line of a conversation.
type messageView struct {
	From  string // patient, agent or staff
	Name  string
	Text  string
	Lang  string
	At    moment
	Fresh bool // of the turn that came to staff, not of what was before it

	Translation, TranslatedBy string // machine-made, and by what
	Untranslated              string // why there is none, where one was asked for
}

// threadView is the notes and private messages of a conversation in clear.
type threadView struct {
	Entries []entryView
	Fault   string
}

type entryView struct {
	Kind string // note, staff, patient
	Name string
	What string
	Text string
	At   moment
}

// Limits of what is opened at once, and of what is shown of what has no form.
const (
	mostOpened = 12
	rawShown   = 4000
)

// toOpen is what a form asks to see.
type toOpen struct {
	records   []string
	thread    bool
	translate bool
}

// readOpen takes the arrivals of c that the form names; "all" is the latest
// ones and the thread.
func readOpen(form map[string][]string, c *inbox.Case) toOpen {
	var o toOpen
	asked := form["arrival"]
	all := slices.Contains(asked, "all")
	for _, a := range slices.Backward(c.Arrivals) {
		if a.Kind == inbox.Private || len(o.records) >= mostOpened {
			continue
		}
		// A dead letter is the raw form of the escalation about it.
		if slices.Contains(asked, a.ID) || all && (a.Kind == inbox.Escalation || a.Fault != "") {
			o.records = append(o.records, a.ID)
		}
	}
	o.thread, o.translate = len(form["thread"]) > 0, len(form["translate"]) > 0
	return o
}

// open shows what was sealed. Everything is in the audit before anything is
// opened.
func (s *Server) open(r *Request) error {
	c, err := s.caseOf(r)
	if err != nil {
		return err
	}
	page := func() casePage { return s.pageFor(r, c) }
	o := readOpen(r.PostForm, &c)
	p := page()
	if slices.Contains(r.PostForm["arrival"], "all") && p.HasThread {
		o.thread = true
	}
	if len(o.records) == 0 && !o.thread {
		p.Problem = &problem{Form: "open", Text: r.Text.Say("case.words.none")}
		return s.showCase(r, http.StatusUnprocessableEntity, p)
	}
	o.translate = o.translate && s.foreign(r.Text, c.Language)
	how := ""
	if o.translate {
		how = "translated"
	}
	for _, id := range o.records {
		if err := r.Audit(audit.RecordOpened, audit.Act{Case: c.ID, Record: id, Subject: how}); err != nil {
			return s.refuse(r, c, "open", err, nil)
		}
	}
	if o.thread {
		if err := r.Audit(audit.ThreadOpened, audit.Act{Case: c.ID}); err != nil {
			return s.refuse(r, c, "open", err, nil)
		}
	}
	opened, err := s.unseal(r, &c, o)
	if err != nil {
		return s.refuse(r, c, "open", err, nil)
	}
	if s.looked(r, &c, o) {
		// That it was looked at is a help for others, no condition.
		if seen, err := s.cfg.Inbox.Seen(r.Context(), r.Clinic, c.ID); err == nil {
			c = seen
			p = page()
		}
	}
	for i := range p.Arrivals {
		if v, ok := opened.records[p.Arrivals[i].ID]; ok {
			p.Arrivals[i].Opened = v
		}
	}
	p.Thread = opened.thread
	return s.showCase(r, http.StatusOK, p)
}

// looked reports whether the person saw what is new, and is the one to.
func (s *Server) looked(r *Request, c *inbox.Case, o toOpen) bool {
	if c.Unseen == 0 || c.State == inbox.Claimed && c.Owner != r.Person.ID {
		return false
	}
	for _, a := range c.Arrivals[max(len(c.Arrivals)-c.Unseen, 0):] {
		switch {
		case a.Kind == inbox.Private && !o.thread,
			a.Kind == inbox.Escalation && !slices.Contains(o.records, a.ID):
			return false
		}
	}
	return true
}

type unsealed struct {
	records map[string]*openedView
	thread  *threadView
}

// unseal opens records and thread. What cannot be opened says so in its place;
// an error is the store's.
func (s *Server) unseal(r *Request, c *inbox.Case, o toOpen) (unsealed, error) {
	u := unsealed{records: map[string]*openedView{}}
	for _, id := range o.records {
		got, err := s.cfg.Inbox.Unseal(r.Context(), r.Clinic, id)
		fault := openFault(err)
		if err != nil && fault == "" {
			return u, err
		}
		if fault != "" {
			u.records[id] = &openedView{Fault: faultText(r.Text, fault, inbox.Reference(c.ID))}
			continue
		}
		u.records[id] = openedOf(r, got)
		if o.translate {
			s.translate(r.Context(), r.Text, u.records[id].Messages)
			u.records[id].Translated = true
		}
	}
	if !o.thread {
		return u, nil
	}
	entries, err := s.cfg.Inbox.Thread(r.Context(), r.Clinic, c.Conversation)
	switch {
	case openFault(err) != "":
		u.thread = &threadView{Fault: r.Text.Say("case.fault.thread")}
	case err != nil:
		return u, err
	default:
		u.thread = &threadView{}
		for _, e := range entries {
			u.thread.Entries = append(u.thread.Entries, entryView{
				Kind: string(e.Kind), Name: r.Name(e.By), What: r.Text.Say("case.thread." + string(e.Kind)),
				Text: e.Text, At: momentOf(r.Text, e.At),
			})
		}
	}
	return u, nil
}

// openFault is a key below case.fault for what staff can do something about.
func openFault(err error) string {
	switch {
	case errors.Is(err, inbox.ErrNotFound):
		return "missing"
	case errors.Is(err, vault.ErrUnknownKey):
		return store.FaultKey
	case errors.Is(err, vault.ErrSignature):
		return store.FaultSignature
	case errors.Is(err, vault.ErrSealed):
		return store.FaultSealed
	}
	return ""
}

func openedOf(r *Request, got store.Opened) *openedView {
	t := r.Text
	v := &openedView{Language: spokenName(t, got.Record.Language)}
	if got.Record.Fault != "" && got.Record.Fault != store.FaultForm {
		v.Note = t.Say("case.words.unsealed")
	}
	if e := got.Escalation; e != nil {
		v.Language = spokenName(t, e.Language)
		v.Disposition = dispositionName(t, e.Disposition).Text
		if len(e.Attachments) > 0 {
			var kinds []string
			for _, a := range e.Attachments {
				kinds = append(kinds, named(t, "attached", a).Text)
			}
			v.Attachments = t.Say("case.words.attachments", "list", strings.Join(kinds, ", "))
		}
		v.Messages = messagesOf(t, e)
		return v
	}
	raw := bytes.ToValidUTF8(got.Raw, []byte("�"))
	if len(raw) > rawShown {
		raw, v.RawCut = bytes.ToValidUTF8(raw[:rawShown], nil), true
	}
	v.Raw = strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\t' {
			return '·'
		}
		return c
	}, string(raw))
	return v
}

// messagesOf are the words of a record, oldest first. Those of the turn itself
// are told from what was before it by when they were written.
func messagesOf(t Texts, e *agent.Escalation) []messageView {
	var all []messageView
	for _, m := range e.Messages {
		v := messageView{From: string(m.From), Text: m.Text, At: momentOf(t, m.At)}
		switch m.From {
		case agent.Assistant:
			v.Name = t.Say("case.words.assistant")
		case agent.Staff:
			v.Name = t.Say("case.words.staff")
		default:
			v.From, v.Name = string(agent.Patient), t.Say("case.words.patient")
			v.Fresh = m.At.IsZero() || !m.At.Before(e.At)
		}
		if e.Language == language.English || e.Language == language.Spanish {
			v.Lang = string(e.Language)
		}
		all = append(all, v)
	}
	return all
}

// readTimeout bounds reading a case for a page.
const readTimeout = 5 * time.Second

// caseOf reads the case of the path. Where the store does not answer, the
// index does: what somebody typed has to have a page to stand on.
func (s *Server) caseOf(r *Request) (inbox.Case, error) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	c, _, err := s.cfg.Inbox.Case(ctx, r.Clinic, r.PathValue("case"))
	if err == nil || errors.Is(err, inbox.ErrNotFound) {
		return c, err
	}
	if c, ok := s.cfg.Index.Case(r.Clinic, r.PathValue("case")); ok {
		return c, nil
	}
	return c, fmt.Errorf("read the case of a page: %w", err)
}

package console

import (
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"

	"recado/agent/audit"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/language"
)

// step is an action on a case: first tried on the case as it is, so that what
// is refused is in no audit, then audited, then done.
type step struct {
	form  string // which form it was, for the page of an error
	act   audit.Act
	kind  audit.Kind
	try   func(inbox.Case, time.Time) (inbox.Case, error)
	do    func() (inbox.Case, error)
	done  string // key below [done]
	keep  func(*casePage)
	again func(inbox.Case) bool // whether it was done before, by this person
}

// take runs a step and answers.
func (s *Server) take(r *Request, c inbox.Case, st step) error {
	next, err := st.try(c, s.cfg.Now().UTC())
	if err != nil && st.again != nil && st.again(c) {
		return s.did(r, c, st.done) // the form was sent twice
	}
	if err != nil {
		return s.refuse(r, c, st.form, err, st.keep)
	}
	if next.Changed.Equal(c.Changed) {
		return s.did(r, c, st.done) // as it was: nothing to write down
	}
	st.act.Case = c.ID
	if err := r.Audit(st.kind, st.act); err != nil {
		return s.refuse(r, c, st.form, err, st.keep)
	}
	after, err := st.do()
	if err != nil {
		var held *inbox.HeldError
		if errors.As(err, &held) {
			// Somebody was faster: the audit has to say that nothing came of it.
			refused := st.act
			refused.Subject = "refused"
			_ = r.Audit(st.kind, refused)
		}
		return s.refuse(r, c, st.form, err, st.keep)
	}
	return s.did(r, after, st.done)
}

// did answers after an action.
func (s *Server) did(r *Request, c inbox.Case, done string) error {
	if r.JSONWanted() {
		return r.JSON(http.StatusOK, caseOf(&c, s.cfg.Now()))
	}
	return r.Redirect(withDone(casePath(c.Clinic, c.ID), done))
}

// action is a handler that begins with the case as it is.
func (s *Server) action(f func(*Request, inbox.Case, inbox.Actor) error) func(*Request) error {
	return func(r *Request) error {
		c, err := s.caseOf(r)
		if err != nil {
			return err
		}
		return f(r, c, inbox.Actor{Person: r.Person.ID})
	}
}

func (s *Server) claim(r *Request, c inbox.Case, a inbox.Actor) error {
	a.Force = r.PostForm.Get("over") == "1" // takes it over, knowingly
	done := "claim"
	if c.State == inbox.Claimed && c.Owner == a.Person && !c.BotSpeaks {
		done = "claim_seen"
	}
	return s.take(r, c, step{
		form: "claim", kind: audit.CaseClaimed, done: done,
		try: func(c inbox.Case, now time.Time) (inbox.Case, error) { return c.Claim(a, now) },
		do:  func() (inbox.Case, error) { return s.cfg.Inbox.Claim(r.Context(), r.Clinic, c.ID, a) },
	})
}

func (s *Server) release(r *Request, c inbox.Case, a inbox.Actor) error {
	return s.take(r, c, step{
		form: "release", kind: audit.CaseReleased, done: "release",
		try: func(c inbox.Case, now time.Time) (inbox.Case, error) { return c.Release(a, now) },
		do:  func() (inbox.Case, error) { return s.cfg.Inbox.Release(r.Context(), r.Clinic, c.ID, a) },
	})
}

func (s *Server) handBack(r *Request, c inbox.Case, a inbox.Actor) error {
	return s.take(r, c, step{
		form: "hand-back", kind: audit.CaseHandedBack, done: "hand_back",
		try: func(c inbox.Case, now time.Time) (inbox.Case, error) { return c.HandBack(a, now) },
		do:  func() (inbox.Case, error) { return s.cfg.Inbox.HandBack(r.Context(), r.Clinic, c.ID, a) },
	})
}

func (s *Server) assign(r *Request, c inbox.Case, a inbox.Actor) error {
	to := r.PostForm.Get("to")
	if to == "" {
		return s.refuse(r, c, "assign", BadForm("case.form.choose_person"), nil)
	}
	if to != a.Person {
		ok, err := s.person(r.Context(), to, r.Clinic)
		if err != nil {
			return s.refuse(r, c, "assign", err, nil)
		}
		if !ok {
			return s.refuse(r, c, "assign", BadForm("case.form.bad_person"), nil)
		}
	}
	return s.take(r, c, step{
		form: "assign", kind: audit.CaseAssigned, act: audit.Act{Subject: to}, done: "assign",
		try: func(c inbox.Case, now time.Time) (inbox.Case, error) { return c.Assign(a, to, now) },
		do:  func() (inbox.Case, error) { return s.cfg.Inbox.Assign(r.Context(), r.Clinic, c.ID, a, to) },
	})
}

// twiceWithin is how long after an action the same one is the same click.
const twiceWithin = 2 * time.Minute

func (s *Server) resolve(r *Request, c inbox.Case, a inbox.Actor) error {
	o := inbox.Outcome(r.PostForm.Get("outcome"))
	keep := func(p *casePage) {
		for i := range p.Resolve.Choices {
			p.Resolve.Choices[i].On = p.Resolve.Choices[i].Code == string(o)
		}
	}
	if !o.Valid() {
		return s.refuse(r, c, "resolve", BadForm("case.form.choose_outcome"), nil)
	}
	return s.take(r, c, step{
		form: "resolve", kind: audit.CaseResolved, act: audit.Act{Subject: string(o)}, done: "resolve", keep: keep,
		try: func(c inbox.Case, now time.Time) (inbox.Case, error) { return c.Resolve(a, o, now) },
		do:  func() (inbox.Case, error) { return s.cfg.Inbox.Resolve(r.Context(), r.Clinic, c.ID, a, o) },
		again: func(c inbox.Case) bool {
			return c.State == inbox.Resolved && c.Round.ResolvedBy == a.Person && c.Round.Outcome == o && s.cfg.Now().Sub(c.Round.Resolved) < twiceWithin
		},
	})
}

func (s *Server) reopen(r *Request, c inbox.Case, a inbox.Actor) error {
	return s.take(r, c, step{
		form: "reopen", kind: audit.CaseReopened, done: "reopen",
		// What begins anew is the store's to say; here only whether it may.
		try: func(c inbox.Case, now time.Time) (inbox.Case, error) {
			return c.Reopen(a, inbox.NewPolicy(r.Profile()), now)
		},
		do:    func() (inbox.Case, error) { return s.cfg.Inbox.Reopen(r.Context(), r.Clinic, c.ID, a) },
		again: func(c inbox.Case) bool { return c.State != inbox.Resolved && len(c.Past) > 0 },
	})
}

// entryID is the id that a form carries, so that sending it twice is one
// action.
func entryID(r *Request, field string) (string, bool) {
	id := r.PostForm.Get(field)
	return id, uuid.Validate(id) == nil && len(id) == 36
}

func (s *Server) note(r *Request, c inbox.Case, a inbox.Actor) error {
	text := cleanText(r.PostForm.Get("text"))
	id, ok := entryID(r, "id")
	keep := func(p *casePage) {
		p.Note.Text = text
		if ok {
			p.Note.ID = id
		}
	}
	if why := textProblem(r.Text, text); why != "" {
		return s.refuseText(r, c, "note", why, keep)
	}
	if !ok {
		return s.refuse(r, c, "note", BadForm("case.form.stale"), keep)
	}
	return s.take(r, c, step{
		form: "note", kind: audit.Noted, act: audit.Act{Record: id}, done: "note", keep: keep,
		try: func(c inbox.Case, now time.Time) (inbox.Case, error) { return c.Note(a, id, now) },
		do:  func() (inbox.Case, error) { return s.cfg.Inbox.Note(r.Context(), r.Clinic, c.ID, a, id, text) },
	})
}

// refuseText is refuse for a text that cannot be taken as it is.
func (s *Server) refuseText(r *Request, c inbox.Case, form, why string, keep func(*casePage)) error {
	if r.JSONWanted() {
		return r.JSON(http.StatusUnprocessableEntity, map[string]string{"error": why, "code": "case.form"})
	}
	p := s.pageFor(r, c)
	p.Problem = &problem{Form: form, Text: why}
	keep(&p)
	return s.showCase(r, http.StatusUnprocessableEntity, p)
}

// reply sends a text of the catalogue in the channel. Nothing else is ever
// sent there: the form names a key, not words.
func (s *Server) reply(r *Request, c inbox.Case, a inbox.Actor) error {
	key, lang := r.PostForm.Get("key"), language.Language(r.PostForm.Get("language"))
	id, ok := entryID(r, "id")
	keep := func(p *casePage) {
		for i := range p.Reply.Options {
			p.Reply.Options[i].On = p.Reply.Options[i].Key == key
		}
		for i := range p.Reply.Choices {
			p.Reply.Choices[i].On = p.Reply.Choices[i].Code == string(lang)
		}
		if ok {
			p.Reply.ID = id
		}
	}
	switch {
	case !inbox.IsCanned(s.cfg.Catalogue, key):
		return s.refuse(r, c, "reply", BadForm("case.form.choose_text"), keep)
	case lang != language.English && lang != language.Spanish:
		return s.refuse(r, c, "reply", BadForm("case.form.choose_language"), keep)
	case !ok:
		return s.refuse(r, c, "reply", BadForm("case.form.stale"), keep)
	case r.Profile() == nil || c.Channel == "":
		return s.refuse(r, c, "reply", BadForm("case.reply.unhandled"), keep)
	}
	return s.take(r, c, step{
		form: "reply", kind: audit.Replied, act: audit.Act{Record: id, Subject: key}, done: "reply", keep: keep,
		try: func(c inbox.Case, now time.Time) (inbox.Case, error) { return c.Reply(a, key, id, now) },
		do:  func() (inbox.Case, error) { return s.say(r, c, a, id, key, lang) },
	})
}

func (s *Server) say(r *Request, c inbox.Case, a inbox.Actor, id, key string, lang language.Language) (inbox.Case, error) {
	text, err := s.cannedText(r, &c, key, lang, false)
	if err != nil {
		return c, &Failure{Status: http.StatusUnprocessableEntity, Text: "case.reply.broken", Err: err}
	}
	return s.cfg.Inbox.Say(r.Context(), r.Clinic, c.ID, a, store.Reply{ID: id, Key: key, Language: lang, Text: text})
}

// write writes on the private page, and where it is asked for sends the text
// that tells of it. Both have an id in the form, so that a second try does
// what is missing.
func (s *Server) write(r *Request, c inbox.Case, a inbox.Actor) error {
	text, tell := cleanText(r.PostForm.Get("text")), r.PostForm.Get("tell") == "1"
	id, ok := entryID(r, "id")
	notice, okNotice := entryID(r, "notice")
	keep := func(p *casePage) {
		p.Write.Text, p.Write.Tell = text, tell
		if ok && okNotice {
			p.Write.ID, p.Write.Notice = id, notice
		}
	}
	if why := textProblem(r.Text, text); why != "" {
		return s.refuseText(r, c, "write", why, keep)
	}
	if !ok || tell && !okNotice {
		return s.refuse(r, c, "write", BadForm("case.form.stale"), keep)
	}
	if s.cfg.PrivateLink == nil || r.Profile() == nil {
		return s.refuse(r, c, "write", BadForm("case.write.unavailable"), keep)
	}
	tell = tell && c.Channel != ""
	done := "write"
	if tell {
		done = "write_told"
	}
	return s.take(r, c, step{
		form: "write", kind: audit.WrotePrivate, act: audit.Act{Record: id}, done: done, keep: keep,
		try: func(c inbox.Case, now time.Time) (inbox.Case, error) {
			next, err := c.Write(a, id, now)
			if err == nil && tell {
				next, err = next.Reply(a, inbox.KeySeePrivate, notice, now)
			}
			return next, err
		},
		do: func() (inbox.Case, error) {
			after, err := s.cfg.Inbox.Write(r.Context(), r.Clinic, c.ID, a, id, text)
			if err != nil || !tell {
				return after, err
			}
			if err := r.Audit(audit.Replied, audit.Act{Case: c.ID, Record: notice, Subject: inbox.KeySeePrivate}); err != nil {
				return after, &Failure{Status: http.StatusServiceUnavailable, Text: "case.write.told_failed", Err: err}
			}
			told, err := s.say(r, after, a, notice, inbox.KeySeePrivate, patientLanguage(c.Language))
			if err != nil {
				return after, &Failure{Status: http.StatusServiceUnavailable, Text: "case.write.told_failed", Err: err}
			}
			return told, nil
		},
	})
}

package console

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"recado/agent/audit"
	"recado/agent/inbox"
	"recado/agent/staff"
)

// showCasePage is GET of a case. It shows nothing that is sealed.
func (s *Server) showCasePage(r *Request) error {
	c, err := s.caseOf(r)
	if err != nil {
		return err
	}
	if r.JSONWanted() {
		return r.JSON(http.StatusOK, caseOf(&c, s.cfg.Now()))
	}
	return s.showCase(r, http.StatusOK, s.pageFor(r, c))
}

// casePart is the page's changing part, for a page that refreshes itself.
func (s *Server) casePart(r *Request) error {
	c, err := s.caseOf(r)
	if err != nil {
		return err
	}
	return r.Part("case", "board", s.pageFor(r, c))
}

func (s *Server) showCase(r *Request, status int, p casePage) error { return r.page(status, "case", p) }

// pageFor is the page of a case with empty forms.
func (s *Server) pageFor(r *Request, c inbox.Case) casePage {
	revision := s.cfg.Index.Revision() // before the case: what comes later is told of
	p := buildCase(r.Text, r.reader(), c, s.cfg.Now())
	p.pulse = s.pulseFor(r.Clinic)
	p.Revision = min(revision, p.Revision)
	each := func(f func(*inbox.Case) bool) uint64 { return s.cfg.Index.Each(r.Clinic, f) }
	if next := firstFree(c.ID, each); next != nil {
		p.Next = &link{inbox.Reference(next.ID), casePath(r.Clinic, next.ID)}
		p.NextWhy = whyNames(r.Text, next.Rules, next.Intents)[0]
	}
	p.Translates = p.May.Open && s.foreign(r.Text, c.Language)
	before, after := neighbours(c.ID, each)
	if before != nil {
		p.Before = casePath(r.Clinic, before.ID)
	}
	if after != nil {
		p.After = casePath(r.Clinic, after.ID)
	}
	s.forms(r, &p, &c)
	if p.May.Assign {
		p.Colleagues = s.colleagues(r)
	}
	return p
}

// colleagues are those who may hold a case of the clinic, but for the person.
func (s *Server) colleagues(r *Request) []label {
	var all []label
	for _, p := range s.names.all(r.Context()) {
		if p.ID != r.Person.ID && assignable(p, r.Clinic) {
			all = append(all, label{Code: p.ID, Text: p.Name})
		}
	}
	return all
}

func assignable(p staff.Person, clinic string) bool {
	return !p.Disabled && !p.Invited() && p.Can(clinic, staff.Staff)
}

// refuse shows the case again with what went wrong. keep puts back what was
// typed. A script that asked for JSON gets the error as it is.
func (s *Server) refuse(r *Request, c inbox.Case, form string, err error, keep func(*casePage)) error {
	if r.JSONWanted() {
		return err
	}
	f := r.failure(err)
	if now, readErr := s.caseOf(r); readErr == nil {
		c = now
	}
	p := s.pageFor(r, c)
	p.Problem = &problem{Form: form, Text: s.problemText(r, &c, err)}
	if keep != nil {
		keep(&p)
		p.Problem.Kept = true
	}
	status := f.Status
	var unknown *Failure
	if status == http.StatusInternalServerError && !errors.As(err, &unknown) {
		status = http.StatusServiceUnavailable // the store's: it works again by itself
	}
	note := noteOf(r.Context())
	note.code, note.err = f.Text, err
	return s.showCase(r, status, p)
}

// problemText says what went wrong and what to do.
func (s *Server) problemText(r *Request, c *inbox.Case, err error) string {
	var (
		f     *Failure
		held  *inbox.HeldError
		state *inbox.StateError
	)
	switch {
	case errors.As(err, &f):
		return r.Text.Say(f.Text, f.Args...)
	case errors.As(err, &held):
		return r.Text.Say("case.problem.held", "name", r.Name(held.By), "ago", r.Text.Ago(held.Since))
	case errors.As(err, &state) && c.State == inbox.Resolved:
		return r.Text.Say("case.problem.resolved")
	case errors.As(err, &state):
		return r.Text.Say("case.problem.open")
	case errors.Is(err, inbox.ErrNotHeld):
		return r.Text.Say("case.problem.not_held")
	case errors.Is(err, inbox.ErrSuperseded):
		return r.Text.Say("case.problem.superseded")
	case errors.Is(err, audit.ErrUnavailable):
		return r.Text.Say("case.problem.audit")
	}
	return r.Text.Say("case.problem.unavailable")
}

// person is a colleague whom a form names.
func (s *Server) person(ctx context.Context, id, clinic string) (bool, error) {
	people, err := s.cfg.Staff.People(ctx)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(people, func(p staff.Person) bool { return p.ID == id && assignable(p, clinic) }), nil
}

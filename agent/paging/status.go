package paging

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/inbox"
	"recado/agent/language"
	"recado/agent/paging/ladder"
	"recado/locales"
)

// Failing is a contact that the last page did not reach.
type Failing struct {
	Step  int // of the ladder, from 1; 0 for what has none
	Name  string
	Via   ladder.Via
	Code  Code
	Since time.Time
	Count int // pages in a row
}

// Status is how a clinic's paging stands, for the console.
type Status struct {
	// Configured: somebody is paged at all. Wakes: for an emergency too.
	Configured, Wakes bool
	// Failing are the contacts that pages do not reach, as this console saw.
	Failing []Failing
	// Silent is since when an alarm that rings has reached nobody, whichever
	// console tried; zero while none does.
	Silent time.Time
}

// OK reports whether an emergency would wake somebody.
func (s Status) OK() bool {
	return s.Configured && s.Wakes && len(s.Failing) == 0 && s.Silent.IsZero()
}

// Status tells how a clinic's paging stands now.
func (p *Pager) Status(clinicID string) Status {
	l, ok := p.ladderOf(clinicID)
	s := Status{Configured: ok && len(l.Contacts()) > 0, Wakes: l.Wakes(agent.PriorityEmergency)}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.failing[clinicID] {
		s.Failing = append(s.Failing, *f)
	}
	for key, state := range p.known {
		at, ok := parseKey(key)
		if ok && at.clinic == clinicID && state.Active() && state.Failures > 0 && (s.Silent.IsZero() || state.At.Before(s.Silent)) {
			s.Silent = state.At
		}
	}
	slices.SortFunc(s.Failing, func(a, b Failing) int {
		return cmp.Or(cmp.Compare(a.Step, b.Step), a.Since.Compare(b.Since), cmp.Compare(a.Name, b.Name))
	})
	return s
}

// Warning is what the console shows above a clinic's queue, in Spanish or
// English; empty while paging works.
func (p *Pager) Warning(clinicID string, lang language.Language) string {
	s := p.Status(clinicID)
	key, since := "", s.Silent
	for _, f := range s.Failing {
		if since.IsZero() || f.Since.Before(since) {
			since = f.Since
		}
	}
	switch {
	case !s.Configured:
		key = "warning.none"
	case !s.Wakes:
		key = "warning.emergency"
	case !since.IsZero():
		key = "warning.failing"
	default:
		return ""
	}
	if profile := p.cfg.profile(clinicID); profile != nil {
		since = since.In(profile.Zone)
	}
	all, err := texts()
	if err != nil {
		return ""
	}
	text, err := all.Render(lang, nil, locales.Message{Key: key, Args: map[string]any{"since": since, "date": clinic.DateOf(since)}})
	if err != nil {
		p.log.Error("a warning could not be written", zap.Error(err))
	}
	return text
}

// noteSend counts and tells what became of a page.
func (p *Pager) noteSend(ctx context.Context, to ladder.Contact, page Page, err error) {
	now := p.cfg.Now()
	var f *Failure
	code, status := Code(""), 0
	if err != nil {
		code = Unreachable
		if errors.As(err, &f) {
			code, status = f.Code, f.Status
		}
	}
	p.meters.page(ctx, page, to.Via, code)
	fields := []zap.Field{
		zap.String("clinic", page.Clinic), zap.String("kind", string(page.Kind)), zap.Int("step", page.Step), zap.String("channel", string(to.Via)),
	}
	p.mu.Lock()
	of := p.failing[page.Clinic]
	if of == nil {
		of = map[string]*Failing{}
		p.failing[page.Clinic] = of
	}
	if err == nil {
		delete(of, to.ID())
	} else {
		if of[to.ID()] == nil {
			of[to.ID()] = &Failing{Via: to.Via, Since: now}
		}
		of[to.ID()].Count++
		of[to.ID()].Code, of[to.ID()].Step, of[to.ID()].Name = code, page.Step, p.stepName(page)
	}
	p.mu.Unlock()
	if err != nil {
		p.log.Warn("page was not delivered", append(fields, zap.String("code", string(code)), zap.Int("status", status))...)
		return
	}
	p.log.Info("page sent", fields...)
	if page.Kind == Arrived || page.Kind == Late {
		if page.Case != "" && page.Step > 0 && page.Repeat == 0 {
			p.meters.first(ctx, page, p.state(page.Clinic+"."+page.Case+"."+partAck), now)
		}
	}
}

func (p *Pager) stepName(page Page) string {
	l, ok := p.ladderOf(page.Clinic)
	if !ok || page.Step < 1 || page.Step > len(l.Steps) {
		return ""
	}
	return l.Steps[page.Step-1].Name
}

// Unacknowledged is how many emergencies nobody has taken, by clinic.
func (p *Pager) Unacknowledged() map[string]int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	counts := map[string]int64{inbox.NoClinic: 0}
	for _, profile := range p.cfg.Clinics().Profiles() {
		counts[profile.ID] = 0
	}
	for id, n := range p.emergencies {
		counts[id] = n
	}
	return counts
}

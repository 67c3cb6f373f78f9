package main

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"recado/agent/inbox"
	"recado/agent/staff"
)

// returnEvery is how often the console looks for cases whose holders may not
// answer them any more.
const returnEvery = 30 * time.Second

// returnCases puts cases back into the queue that are held by people who have
// no access to the clinic any more, until ctx ends: their emergency access is
// over, say. Otherwise nobody would answer, and the assistant would be silent.
func (s *consoleServer) returnCases(ctx context.Context) {
	tick := time.NewTicker(returnEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.returnOnce(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("cases of people without access were not returned; trying again", zap.Error(err))
		}
	}
}

// returnOnce does once what returnCases does all the time.
func (s *consoleServer) returnOnce(ctx context.Context) error {
	type holding struct{ clinic, person string }
	held := map[holding]bool{}
	clinics := append(s.ids(), inbox.NoClinic)
	for _, c := range s.index.List(inbox.Query{Clinics: clinics, States: []inbox.State{inbox.Claimed}}).Cases {
		held[holding{c.Clinic, c.Owner}] = true
	}
	var errs []error
	for h := range held {
		may, err := s.mayHold(ctx, h.clinic, h.person)
		if err == nil && !may {
			_, err = s.inbox.ReleaseAll(ctx, s.index, h.clinic, h.person)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// mayHold reports whether a person may work on a clinic's cases, by a role or
// by emergency access in any of their sessions.
func (s *consoleServer) mayHold(ctx context.Context, clinicID, id string) (bool, error) {
	person, err := s.staff.Person(ctx, id)
	if errors.Is(err, staff.ErrNotFound) {
		return false, nil
	}
	if err != nil || person.Can(clinicID, staff.Staff) {
		return err == nil, err
	}
	sessions, err := s.staff.List(ctx, id)
	for _, session := range sessions {
		if session.Can(person, clinicID, staff.Staff) {
			return true, nil
		}
	}
	return false, err
}

package staff

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"
)

// Run looks for people whose last session ended until ctx is done. Each
// console runs it; OnSignedOut may then be called by several at once.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(s.cfg.SweepEvery)
	defer tick.Stop()
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.Warn("people whose sessions ended were not signed out; tried again soon", zap.Error(err))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Sweep does once what Run does all the time: it ends sessions that are over
// and calls OnSignedOut for those who have none left. After a loss of Redis it
// calls it for everybody who has not signed in again.
func (s *Service) Sweep(ctx context.Context) error {
	lost, err := s.cfg.Sessions.Lost(ctx)
	if err != nil {
		return wrap("sweep sessions", err)
	}
	if lost {
		if err := s.everybodyWaits(ctx); err != nil {
			return wrap("sweep sessions", err)
		}
	}
	waiting, err := s.cfg.Sessions.SignedOut(ctx, s.now())
	if err != nil {
		return wrap("sweep sessions", err)
	}
	var failed []error
	for person, mark := range waiting {
		if err := s.cfg.OnSignedOut(ctx, person); err != nil {
			failed = append(failed, err) // the next sweep asks again
			continue
		}
		if err := s.cfg.Sessions.Told(ctx, person, mark); err != nil {
			failed = append(failed, err)
		}
	}
	return wrap("sign people out", errors.Join(failed...))
}

// everybodyWaits makes up for the list of people to be signed out, which was
// lost with their sessions.
func (s *Service) everybodyWaits(ctx context.Context) error {
	all, err := s.cfg.Accounts.All(ctx)
	if err != nil {
		return err
	}
	for _, a := range all {
		if err := s.cfg.Sessions.Wait(ctx, a.Person.ID); err != nil {
			return err
		}
	}
	return s.cfg.Sessions.Found(ctx)
}

// tell sweeps at once after a session was ended; where it fails, Run does it.
func (s *Service) tell(ctx context.Context) {
	if err := s.Sweep(ctx); err != nil {
		s.cfg.Log.Warn("people whose sessions ended were not signed out; tried again soon", zap.Error(err))
	}
}

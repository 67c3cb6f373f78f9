package staff

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"
)

// StepUp shows a second factor again: a code of the authenticator app.
// Attempts are slowed down together with those to sign in.
func (s *Service) StepUp(ctx context.Context, token, code, address string) (Session, error) {
	session, err := s.stepUp(ctx, token, code, address)
	return session, wrap("confirm with a second factor", err)
}

func (s *Service) stepUp(ctx context.Context, token, code, address string) (Session, error) {
	r, _, a, err := s.open(ctx, token, true)
	if err != nil {
		return Session{}, err
	}
	try, err := s.attempt(ctx, a.Person.Email, address)
	if err != nil {
		return Session{}, err
	}
	if _, err := s.cfg.Accounts.Update(ctx, r.Person, func(a *Account) error { return s.useTOTP(a, code) }); err != nil {
		return Session{}, err
	}
	if err := try.succeeded(ctx); err != nil {
		return Session{}, err
	}
	return s.steppedUp(ctx, token)
}

// BeginStepUp begins to show one of the person's passkeys again; ErrNotFound
// where they have none.
func (s *Service) BeginStepUp(ctx context.Context, token string) (Ceremony, error) {
	c, err := s.beginStepUp(ctx, token)
	return c, wrap("confirm with a passkey", err)
}

func (s *Service) beginStepUp(ctx context.Context, token string) (Ceremony, error) {
	if s.cfg.Passkeys == nil {
		return Ceremony{}, ErrOff
	}
	r, _, a, err := s.open(ctx, token, true)
	if err != nil {
		return Ceremony{}, err
	}
	if len(a.Passkeys) == 0 {
		return Ceremony{}, ErrNotFound
	}
	user := a.passkeyUser()
	options, state, err := s.cfg.Passkeys.BeginSignIn(&user)
	if err != nil {
		return Ceremony{}, err
	}
	return s.begun(options, ceremony{State: state}, "step up", r.Key)
}

// FinishStepUp ends it, in the same session.
func (s *Service) FinishStepUp(ctx context.Context, token, ceremony string, response []byte) (Session, error) {
	session, err := s.finishStepUp(ctx, token, ceremony, response)
	return session, wrap("confirm with a passkey", err)
}

func (s *Service) finishStepUp(ctx context.Context, token, ceremony string, response []byte) (Session, error) {
	if s.cfg.Passkeys == nil {
		return Session{}, ErrOff
	}
	r, _, _, err := s.open(ctx, token, true)
	if err != nil {
		return Session{}, err
	}
	k, err := s.take(ctx, ceremony, "step up", r.Key)
	if err != nil {
		return Session{}, err
	}
	if _, err := s.usePasskey(ctx, k.State, response); err != nil {
		return Session{}, err
	}
	return s.steppedUp(ctx, token)
}

func (s *Service) steppedUp(ctx context.Context, token string) (Session, error) {
	return s.change(ctx, token, func(v *sealedSession) { v.SteppedUp = s.now() })
}

// fresh opens a session that is stepped up, or says ErrStepUp.
func (s *Service) fresh(ctx context.Context, token string) (SessionRecord, Session, Account, error) {
	r, value, a, err := s.open(ctx, token, true)
	if err != nil {
		return r, Session{}, a, err
	}
	session := s.session(r, value)
	if !session.Fresh(s.now()) {
		return r, session, a, ErrStepUp
	}
	return r, session, a, nil
}

// Reasons for broken glass, in characters.
const (
	minReason = 10
	maxReason = 500
)

// BreakGlass gives staff's access to a clinic where the person has no such
// role, for GlassFor, with a reason of 10 to 500 characters. The session is
// stepped up, or ErrStepUp. OnBreakGlass is told first and may refuse. Whether
// there is such a clinic is the caller's to check.
func (s *Service) BreakGlass(ctx context.Context, token, clinic, reason string) (Session, error) {
	session, err := s.breakGlass(ctx, token, clinic, reason)
	return session, wrap("break glass", err)
}

func (s *Service) breakGlass(ctx context.Context, token, clinic, reason string) (Session, error) {
	if s.cfg.OnBreakGlass == nil {
		return Session{}, ErrOff
	}
	_, session, a, err := s.fresh(ctx, token)
	if err != nil {
		return Session{}, err
	}
	if !aClinic(clinic) || a.Person.Can(clinic, Staff) {
		return Session{}, ErrNotAllowed
	}
	reason = strings.TrimSpace(reason)
	switch n := utf8.RuneCountInString(reason); {
	case n < minReason:
		return Session{}, &InputError{Field: "reason", Problem: "short"}
	case n > maxReason:
		return Session{}, &InputError{Field: "reason", Problem: "long"}
	}
	glass := Glass{Clinic: clinic, Reason: short(reason, maxReason), Until: s.now().Add(GlassFor)}
	if err := s.cfg.OnBreakGlass(ctx, a.Person, session, glass); err != nil {
		return Session{}, fmt.Errorf("it could not be noted: %w", err)
	}
	return s.change(ctx, token, func(v *sealedSession) { v.Glass = &glass })
}

// MendGlass gives the access back before its time.
func (s *Service) MendGlass(ctx context.Context, token string) (Session, error) {
	session, err := s.change(ctx, token, func(v *sealedSession) { v.Glass = nil })
	return session, wrap("mend glass", err)
}

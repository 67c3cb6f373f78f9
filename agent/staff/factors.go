package staff

import (
	"context"
	"slices"
)

// Factors returns how a person can sign in.
func (s *Service) Factors(ctx context.Context, person string) (Factors, error) {
	a, err := s.cfg.Accounts.Get(ctx, person)
	if err != nil {
		return Factors{}, wrap("read factors", err)
	}
	return a.factors(), nil
}

// BeginAddPasskey begins to add a passkey to one's own account. This and all
// other changes of one's own factors want a session that is stepped up, or say
// ErrStepUp.
func (s *Service) BeginAddPasskey(ctx context.Context, token string) (Ceremony, error) {
	c, err := s.beginAddPasskey(ctx, token)
	return c, wrap("add a passkey", err)
}

func (s *Service) beginAddPasskey(ctx context.Context, token string) (Ceremony, error) {
	if s.cfg.Passkeys == nil {
		return Ceremony{}, ErrOff
	}
	r, _, a, err := s.fresh(ctx, token)
	if err != nil {
		return Ceremony{}, err
	}
	options, state, err := s.cfg.Passkeys.BeginRegister(a.passkeyUser())
	if err != nil {
		return Ceremony{}, err
	}
	return s.begun(options, ceremony{State: state}, "add", r.Key)
}

// FinishAddPasskey ends it. label is what the person calls the passkey.
func (s *Service) FinishAddPasskey(ctx context.Context, token, ceremony string, response []byte, label string) error {
	return wrap("add a passkey", s.finishAddPasskey(ctx, token, ceremony, response, label))
}

func (s *Service) finishAddPasskey(ctx context.Context, token, ceremony string, response []byte, label string) error {
	if s.cfg.Passkeys == nil {
		return ErrOff
	}
	r, _, a, err := s.fresh(ctx, token)
	if err != nil {
		return err
	}
	k, err := s.take(ctx, ceremony, "add", r.Key)
	if err != nil {
		return err
	}
	made, err := s.cfg.Passkeys.FinishRegister(a.passkeyUser(), k.State, response)
	if err != nil {
		return err
	}
	_, err = s.cfg.Accounts.Update(ctx, r.Person, func(a *Account) error { return s.addPasskey(a, made, label) })
	return err
}

// RenamePasskey gives a passkey another name.
func (s *Service) RenamePasskey(ctx context.Context, token, passkey, label string) error {
	err := s.changeFactors(ctx, token, false, func(a *Account) error {
		id, err := decodeID(passkey)
		if err != nil {
			return err
		}
		i := a.passkey(id)
		if i < 0 {
			return ErrNotFound
		}
		if label = short(label, 60); label == "" {
			return &InputError{Field: "label", Problem: "missing"}
		}
		a.Passkeys[i].Name = label
		return nil
	})
	return wrap("rename a passkey", err)
}

// RemovePasskey removes one; ErrLastFactor where it is the last way in. Other
// sessions of the person end.
func (s *Service) RemovePasskey(ctx context.Context, token, passkey string) error {
	err := s.changeFactors(ctx, token, true, func(a *Account) error {
		id, err := decodeID(passkey)
		if err != nil {
			return err
		}
		i := a.passkey(id)
		if i < 0 {
			return ErrNotFound
		}
		a.Passkeys = slices.Delete(slices.Clone(a.Passkeys), i, i+1)
		return nil
	})
	return wrap("remove a passkey", err)
}

// BeginTOTP begins to set up an authenticator app in one's own account.
func (s *Service) BeginTOTP(ctx context.Context, token string) (TOTPSetUp, error) {
	r, _, a, err := s.fresh(ctx, token)
	if err != nil {
		return TOTPSetUp{}, wrap("set up an authenticator app", err)
	}
	return s.newTOTP(a.Person.Email, r.Key)
}

// SetPassword sets or changes password and authenticator app together: ticket
// is from BeginTOTP, code is the new app's first. Other sessions of the person
// end.
func (s *Service) SetPassword(ctx context.Context, token, ticket, password, code string) error {
	return wrap("set a password", s.setPassword(ctx, token, ticket, password, code))
}

func (s *Service) setPassword(ctx context.Context, token, ticket, password, code string) error {
	r, _, a, err := s.fresh(ctx, token)
	if err != nil {
		return err
	}
	if err := CheckPassword(password, a.Person.Email, a.Person.Name); err != nil {
		return err
	}
	app, err := s.firstCode(ticket, r.Key, r.Person, code)
	if err != nil {
		return err
	}
	phc, err := s.hashes.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.changeFactors(ctx, token, true, func(a *Account) error {
		a.Password, a.TOTP = phc, app
		return nil
	})
}

// RemovePassword removes password and authenticator app; ErrLastFactor where
// there is no passkey. Other sessions of the person end.
func (s *Service) RemovePassword(ctx context.Context, token string) error {
	err := s.changeFactors(ctx, token, true, func(a *Account) error {
		a.Password, a.TOTP = "", nil
		return nil
	})
	return wrap("remove a password", err)
}

// NewRecovery makes 10 new recovery codes, to be shown once; earlier ones work
// no more.
func (s *Service) NewRecovery(ctx context.Context, token string) ([]string, error) {
	var codes []string
	err := s.changeFactors(ctx, token, false, func(a *Account) error {
		codes = s.newRecovery(a)
		return nil
	})
	if err != nil {
		return nil, wrap("make recovery codes", err)
	}
	return codes, nil
}

// changeFactors changes the factors of the person of a session. others says
// that other sessions end: they may be of whoever made the change necessary.
func (s *Service) changeFactors(ctx context.Context, token string, others bool, change func(*Account) error) error {
	r, session, _, err := s.fresh(ctx, token)
	if err != nil {
		return err
	}
	_, err = s.cfg.Accounts.Update(ctx, r.Person, func(a *Account) error {
		before := a.ways()
		if err := change(a); err != nil {
			return err
		}
		if a.ways() == 0 && before > 0 {
			return ErrLastFactor
		}
		return nil
	})
	if err != nil || !others {
		return err
	}
	return s.RevokeAll(ctx, r.Person, session.ID)
}

package staff

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// nobody is the id of no account.
const nobody = "nobody"

// PasswordAndTOTP signs in with both. In place of the six digits of the
// authenticator app the code may be a recovery code. The error is ErrSignIn or
// *SlowDownError; address is the browser's internet address, without port.
func (s *Service) PasswordAndTOTP(ctx context.Context, email, password, code, address string) (SignIn, error) {
	in, err := s.password(ctx, email, password, code, address, isTOTP(code))
	return in, wrap("sign in", err)
}

// Recover signs in with a recovery code, which is used up. A person who has a
// password shows it as well; one who has only passkeys leaves it empty.
func (s *Service) Recover(ctx context.Context, email, password, code, address string) (SignIn, error) {
	in, err := s.password(ctx, email, password, code, address, false)
	return in, wrap("sign in", err)
}

func (s *Service) password(ctx context.Context, email, password, code, address string, totp bool) (SignIn, error) {
	email = foldEmail(email)
	try, err := s.attempt(ctx, email, address)
	if err != nil {
		return SignIn{}, err
	}
	a, err := s.byEmail(ctx, email)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return SignIn{}, err
	}
	found := err == nil && a.usable()
	// The hash is paid for whoever it is, and before anything is decided.
	phc := a.Password
	if !found {
		phc = ""
	}
	fits, stale, err := s.hashes.verify(ctx, phc, password)
	if err != nil {
		return SignIn{}, err
	}
	if found && phc == "" && !totp {
		fits = true // only passkeys: the recovery code alone is the proof
	}
	if !found || !fits {
		return SignIn{}, ErrSignIn
	}
	renewed := ""
	if stale {
		if renewed, err = s.hashes.hash(ctx, password); err != nil {
			return SignIn{}, err
		}
	}
	method, use := ByPassword, s.useTOTP
	if !totp {
		method, use = ByRecovery, s.useRecovery
	}
	a, err = s.cfg.Accounts.Update(ctx, a.Person.ID, func(now *Account) error {
		// The account may have changed since the password was checked.
		if !now.usable() || now.Password != phc {
			return ErrSignIn
		}
		if renewed != "" {
			now.Password = renewed
		}
		return use(now, code)
	})
	if err != nil {
		return SignIn{}, err
	}
	return s.proved(a, method), try.succeeded(ctx)
}

// byEmail returns the account of an e-mail address, or ErrNotFound. It asks
// storage as often for one that does not exist.
func (s *Service) byEmail(ctx context.Context, email string) (Account, error) {
	id, err := s.cfg.Accounts.ID(ctx, s.emailName(email))
	if errors.Is(err, ErrNotFound) {
		id = nobody
	} else if err != nil {
		return Account{}, err
	}
	a, err := s.cfg.Accounts.Get(ctx, id)
	if err != nil {
		return Account{}, err
	}
	if a.Person.Email != email {
		return Account{}, ErrNotFound // the name is left over
	}
	return a, nil
}

func (s *Service) emailName(email string) string { return s.name("email", email) }

// nameWait is how long an e-mail address stays taken by somebody whose account
// is not there yet.
const nameWait = time.Minute

// takeEmail puts a person under an e-mail address, or says ErrExists.
func (s *Service) takeEmail(ctx context.Context, email, id string) error {
	return s.cfg.Accounts.Name(ctx, s.emailName(email), id, func(holder string, since time.Time) (bool, error) {
		a, err := s.cfg.Accounts.Get(ctx, holder)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return false, err
		}
		if err == nil && a.Person.Email == email {
			return false, nil
		}
		return s.now().Sub(since) > nameWait, nil
	})
}

func (s *Service) proved(a Account, m Method) SignIn {
	return SignIn{Person: a.Person, Method: m, at: s.now(), generation: a.Generation}
}

// BeginPasskey begins a sign-in with any passkey of this site: nobody types
// who they are. The error is ErrOff where passkeys are not configured.
func (s *Service) BeginPasskey(ctx context.Context) (Ceremony, error) {
	if s.cfg.Passkeys == nil {
		return Ceremony{}, ErrOff
	}
	options, state, err := s.cfg.Passkeys.BeginSignIn(nil)
	if err != nil {
		return Ceremony{}, wrap("begin a passkey", err)
	}
	c, err := s.begun(options, ceremony{State: state}, "sign in")
	return c, wrap("begin a passkey", err)
}

// FinishPasskey ends what BeginPasskey began. address is the browser's
// internet address, without port.
func (s *Service) FinishPasskey(ctx context.Context, ceremony string, response []byte, address string) (SignIn, error) {
	in, err := s.finishPasskey(ctx, ceremony, response, address)
	return in, wrap("sign in", err)
}

func (s *Service) finishPasskey(ctx context.Context, ceremony string, response []byte, address string) (SignIn, error) {
	if s.cfg.Passkeys == nil {
		return SignIn{}, ErrOff
	}
	try, err := s.attempt(ctx, "", address)
	if err != nil {
		return SignIn{}, err
	}
	k, err := s.take(ctx, ceremony, "sign in")
	if err != nil {
		return SignIn{}, err
	}
	a, err := s.usePasskey(ctx, k.State, response)
	if err != nil {
		return SignIn{}, err
	}
	return s.proved(a, ByPasskey), try.succeeded(ctx)
}

// usePasskey checks a response and stores the passkey's new counter. Whose
// passkey it may be is part of state.
func (s *Service) usePasskey(ctx context.Context, state, response []byte) (Account, error) {
	var storage error
	user, used, err := s.cfg.Passkeys.FinishSignIn(state, response, func(id string) (PasskeyUser, error) {
		a, err := s.cfg.Accounts.Get(ctx, id)
		if err != nil && !errors.Is(err, ErrNotFound) {
			storage = err
		}
		return a.passkeyUser(), err
	})
	switch {
	case storage != nil:
		return Account{}, storage
	case err != nil:
		return Account{}, err
	}
	return s.cfg.Accounts.Update(ctx, user.ID, func(a *Account) error {
		i := a.passkey(used.ID)
		if i < 0 || !a.usable() {
			return ErrSignIn
		}
		have := &a.Passkeys[i]
		// Checked against what is stored now: a copy may race with the original.
		if (used.Count != 0 || have.Count != 0) && used.Count <= have.Count {
			return fmt.Errorf("count %d after %d: %w", used.Count, have.Count, ErrCloned)
		}
		have.Count, have.Data, have.Synced, have.Used = used.Count, used.Data, used.Synced, s.now()
		return nil
	})
}

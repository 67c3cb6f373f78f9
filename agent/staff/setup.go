package staff

import (
	"context"
	"crypto/rand"
)

// Self is what a person says about themselves when they use a link. With the
// first link all of it counts, with others only Language, when it is set.
type Self struct {
	Name     string `json:"name,omitempty"`
	Email    string `json:"email,omitempty"`
	Language string `json:"language,omitempty"`
}

// SetUp is a person who just set up a factor. SignIn is for Start.
type SetUp struct {
	SignIn SignIn
	// Recovery are new recovery codes, to be shown once; none where the person
	// has some.
	Recovery []string
}

// BeginSetUpPasskey begins to set up a passkey by a link. The error is
// ErrLink, ErrOff, or an *InputError about self.
func (s *Service) BeginSetUpPasskey(ctx context.Context, token string, self Self) (Ceremony, error) {
	c, err := s.beginSetUpPasskey(ctx, token, self)
	return c, wrap("set up a passkey", err)
}

func (s *Service) beginSetUpPasskey(ctx context.Context, token string, self Self) (Ceremony, error) {
	if s.cfg.Passkeys == nil {
		return Ceremony{}, ErrOff
	}
	a, err := s.byLink(ctx, token)
	if err != nil {
		return Ceremony{}, err
	}
	if self, err = introduce(&a, self); err != nil {
		return Ceremony{}, err
	}
	options, state, err := s.cfg.Passkeys.BeginRegister(a.passkeyUser())
	if err != nil {
		return Ceremony{}, err
	}
	return s.begun(options, ceremony{State: state, Self: &self}, "set up", s.linkOwner(token))
}

// FinishSetUpPasskey ends it and uses the link up. label is what the person
// calls the passkey.
func (s *Service) FinishSetUpPasskey(ctx context.Context, token, ceremony string, response []byte, label string) (SetUp, error) {
	done, err := s.finishSetUpPasskey(ctx, token, ceremony, response, label)
	return done, wrap("set up a passkey", err)
}

func (s *Service) finishSetUpPasskey(ctx context.Context, token, ceremony string, response []byte, label string) (SetUp, error) {
	if s.cfg.Passkeys == nil {
		return SetUp{}, ErrOff
	}
	a, err := s.byLink(ctx, token)
	if err != nil {
		return SetUp{}, err
	}
	k, err := s.take(ctx, ceremony, "set up", s.linkOwner(token))
	if err != nil {
		return SetUp{}, err
	}
	self, err := introduce(&a, *k.Self)
	if err != nil {
		return SetUp{}, err
	}
	made, err := s.cfg.Passkeys.FinishRegister(a.passkeyUser(), k.State, response)
	if err != nil {
		return SetUp{}, err
	}
	return s.redeem(ctx, token, self, func(a *Account) error { return s.addPasskey(a, made, label) })
}

// BeginSetUpTOTP begins to set up an authenticator app by a link. email is the
// one that the app shows with the first link; with others it is the person's.
func (s *Service) BeginSetUpTOTP(ctx context.Context, token, email string) (TOTPSetUp, error) {
	a, err := s.byLink(ctx, token)
	if err != nil {
		return TOTPSetUp{}, wrap("set up an authenticator app", err)
	}
	if a.Person.Email != "" {
		email = a.Person.Email
	} else if email != "" {
		if email, err = cleanEmail(email); err != nil {
			return TOTPSetUp{}, err
		}
	}
	return s.newTOTP(email, s.linkOwner(token))
}

// FinishSetUpPassword sets up a password together with the authenticator app
// of ticket, and uses the link up. An *InputError says what is wrong with the
// password, the code or self, and leaves the link as it is.
func (s *Service) FinishSetUpPassword(ctx context.Context, token, ticket, password, code string, self Self) (SetUp, error) {
	done, err := s.finishSetUpPassword(ctx, token, ticket, password, code, self)
	return done, wrap("set up a password", err)
}

func (s *Service) finishSetUpPassword(ctx context.Context, token, ticket, password, code string, self Self) (SetUp, error) {
	a, err := s.byLink(ctx, token)
	if err != nil {
		return SetUp{}, err
	}
	if self, err = introduce(&a, self); err != nil {
		return SetUp{}, err
	}
	if err := CheckPassword(password, a.Person.Email, a.Person.Name); err != nil {
		return SetUp{}, err
	}
	app, err := s.firstCode(ticket, s.linkOwner(token), a.Person.ID, code)
	if err != nil {
		return SetUp{}, err
	}
	phc, err := s.hashes.hash(ctx, password)
	if err != nil {
		return SetUp{}, err
	}
	return s.redeem(ctx, token, self, func(a *Account) error {
		a.Password, a.TOTP = phc, app
		return nil
	})
}

// introduce fills in what a person says about themselves.
func introduce(a *Account, self Self) (Self, error) {
	self.Language = language(self.Language)
	if self.Language != "" {
		a.Person.Language = self.Language
	}
	if a.Person.Email != "" {
		return Self{Language: self.Language}, nil
	}
	var err error
	if self.Name, err = cleanName(self.Name); err != nil {
		return self, err
	}
	if self.Email, err = cleanEmail(self.Email); err != nil {
		return self, err
	}
	a.Person.Name, a.Person.Email = self.Name, self.Email
	return self, nil
}

// redeem uses a link up and stores what was set up by it, in one change: of
// any number who use one link at once, one succeeds and the others get
// ErrLink.
func (s *Service) redeem(ctx context.Context, token string, self Self, apply func(*Account) error) (SetUp, error) {
	if self.Email != "" {
		if err := s.takeEmail(ctx, self.Email, firstID); err != nil {
			return SetUp{}, err
		}
	}
	a, err := s.byLink(ctx, token)
	if err != nil {
		return SetUp{}, err
	}
	var codes []string
	a, err = s.cfg.Accounts.Update(ctx, a.Person.ID, func(a *Account) error {
		codes = nil
		if err := s.checkLink(a, token); err != nil {
			return err
		}
		if _, err := introduce(a, self); err != nil {
			return err
		}
		if err := apply(a); err != nil {
			return err
		}
		a.Link = nil
		if a.Person.Invited() {
			a.Person.SetUp = s.now()
		}
		if len(a.Recovery) == 0 {
			codes = s.newRecovery(a)
		}
		return nil
	})
	if err != nil {
		return SetUp{}, err
	}
	return SetUp{SignIn: s.proved(a, BySetUp), Recovery: codes}, nil
}

// addPasskey adds a new passkey to an account.
func (s *Service) addPasskey(a *Account, made Credential, label string) error {
	if a.passkey(made.ID) >= 0 {
		return ErrExists
	}
	if made.Name = short(label, 60); made.Name == "" {
		made.Name = "Passkey " + rand.Text()[:4]
	}
	made.Made = s.now()
	a.Passkeys = append(a.Passkeys[:len(a.Passkeys):len(a.Passkeys)], made)
	return nil
}

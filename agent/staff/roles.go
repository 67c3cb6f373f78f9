package staff

import (
	"context"

	"go.uber.org/zap"
)

// changePerson changes what a person may do. Where that is less than before,
// their sessions end; the last admin of all clinics stays one.
func (s *Service) changePerson(ctx context.Context, by Person, id string, change func(*Person) error) (Person, error) {
	before, err := s.cfg.Accounts.Get(ctx, id)
	if err != nil {
		return Person{}, err
	}
	planned := before.Person
	if err := change(&planned); err != nil {
		return Person{}, err
	}
	stepsDown := before.Person.everywhere() && !planned.everywhere()
	if stepsDown {
		if err := s.otherAdmin(ctx, id); err != nil {
			return Person{}, err
		}
	}
	lost := false
	after, err := s.cfg.Accounts.Update(ctx, id, func(a *Account) error {
		before = *a
		if err := change(&a.Person); err != nil {
			return err
		}
		if lost = loses(before.Person, a.Person); lost {
			a.Generation++
		}
		// A link made by somebody who governed the person before must not set
		// up a factor for what they may do now.
		if a.Link != nil && (a.Person.Disabled || a.Link.By != by.ID && loses(a.Person, before.Person)) {
			a.Link = nil
		}
		return nil
	})
	if err != nil {
		return Person{}, err
	}
	if lost {
		s.out(ctx, id)
	}
	if stepsDown {
		// The other admin may have stepped down in the same moment.
		if err := s.otherAdmin(ctx, id); err != nil {
			_, undo := s.cfg.Accounts.Update(context.WithoutCancel(ctx), id, func(a *Account) error {
				a.Person.Roles, a.Person.Disabled = before.Person.Roles, before.Person.Disabled
				return nil
			})
			if undo != nil {
				s.cfg.Log.Error("there may be no admin of all clinics any more", zap.String("account", id), zap.Error(undo))
			}
			return Person{}, err
		}
	}
	return after.Person, nil
}

// otherAdmin says ErrLastAdmin where nobody but id manages all clinics.
func (s *Service) otherAdmin(ctx context.Context, id string) error {
	all, err := s.cfg.Accounts.All(ctx)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.Person.ID != id && a.Person.everywhere() && !a.Person.Invited() {
			return nil
		}
	}
	return ErrLastAdmin
}

// loses reports whether a person may do less than before anywhere.
func loses(before, after Person) bool {
	if after.Disabled && !before.Disabled {
		return true
	}
	for clinic := range before.Roles {
		if before.Roles[clinic].rank() > after.Roles[clinic].rank() {
			return true
		}
	}
	return false
}

// out removes a person's sessions after their account was changed. They are
// dead already, by the account's generation.
func (s *Service) out(ctx context.Context, id string) {
	if err := s.RevokeAll(ctx, id, ""); err != nil {
		s.cfg.Log.Warn("sessions are void, but could not be removed", zap.String("account", id), zap.Error(err))
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"go.uber.org/zap"

	"recado/agent/clinic/secrets"
	"recado/agent/vault"
)

// ownSecrets is what clinics have of their own at one moment. It never changes.
type ownSecrets struct {
	book    secrets.Book
	sealers map[string]*vault.Sealer // by clinic; none where nothing is sealed
}

// readSecrets reads a file of secrets for the first time.
func (s *servedClinics) readSecrets(path string) error {
	s.secretsFile = secrets.NewFile(path)
	if err := s.secretsFile.Look(s.takeSecrets); err != nil {
		return exit{2, fmt.Errorf("--clinic-secrets: %w", err)}
	}
	return nil
}

// book is the clinics' secrets as they are now.
func (s *servedClinics) book() secrets.Book {
	if own := s.own.Load(); own != nil {
		return own.book
	}
	return nil
}

// takeSecrets takes secrets into use, all or none. What it refuses it tells
// without a value.
func (s *servedClinics) takeSecrets(book secrets.Book) error {
	if book.Private() && !s.private {
		return errors.New("the file holds a private key, which opens what staff alone may read: keep it in another file, for consoles")
	}
	if wrong := checkKeys(book); len(wrong) > 0 {
		return &secrets.ProblemsError{Problems: wrong}
	}
	own := &ownSecrets{book, map[string]*vault.Sealer{}}
	for id, one := range book {
		if one.SealPublicKey == "" || s.signing == "" {
			continue
		}
		var err error
		if own.sealers[id], err = sealerOf(one.SealPublicKey, s.signing); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	if s.useSecrets != nil {
		if err := s.useSecrets(book); err != nil {
			return err
		}
	}
	before := s.own.Swap(own)
	if before == nil {
		return nil // the start
	}
	if changed := changedSecrets(before.book, book); len(changed) > 0 {
		s.log.Info("clinics' secrets are in use", zap.Int("count", len(changed)), zap.Strings("clinics", changed[:min(len(changed), 20)]))
		s.warnOfStrangers(changed)
		if s.onSecrets != nil {
			s.onSecrets()
		}
	}
	return nil
}

// changedSecrets are the clinics whose secrets differ, sorted.
func changedSecrets(before, after secrets.Book) []string {
	var changed []string
	for id := range before {
		if _, stays := after[id]; !stays {
			changed = append(changed, id)
		}
	}
	for id, one := range after {
		if old, known := before[id]; !known || !reflect.DeepEqual(old, one) {
			changed = append(changed, id)
		}
	}
	slices.Sort(changed)
	return changed
}

// warnOfStrangers tells of secrets that are no clinic's: a slip in an id makes
// its clinic share the settings of all.
func (s *servedClinics) warnOfStrangers(ids []string) {
	for _, id := range ids {
		if _, has := s.book()[id]; has && s.current(id) == nil {
			s.log.Warn("--clinic-secrets names a clinic that has no profile: unless that is to come, compare its id with the profile's", zap.String("clinic", id))
		}
	}
}

// followSecrets takes changes of secrets in until ctx ends.
func (s *servedClinics) followSecrets(ctx context.Context) {
	s.secretsFile.Watch(ctx, secrets.Every, s.takeSecrets, func(err error) {
		lines := []string{err.Error()}
		if all, ok := errors.AsType[*secrets.ProblemsError](err); ok {
			lines = all.Problems
		}
		for _, line := range lines {
			s.log.Error("clinics' secrets are refused: the last good ones stay in use", zap.String("problem", line))
		}
	})
}

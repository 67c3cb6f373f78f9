package staff

import (
	"crypto/hmac"
	"crypto/rand"
	"slices"
)

const (
	recoveryCodes = 10
	recoverySize  = 16 // characters of base32: 80 bits
)

// newRecovery makes recovery codes for an account and returns them once.
func (s *Service) newRecovery(a *Account) []string {
	codes := make([]string, 0, recoveryCodes)
	a.Recovery = nil
	for range recoveryCodes {
		code := rand.Text()[:recoverySize]
		codes = append(codes, groups(code, "-"))
		a.Recovery = append(a.Recovery, s.mac("recovery", a.Person.ID, code))
	}
	return codes
}

// useRecovery checks a recovery code and uses it up, under compare-and-set.
func (s *Service) useRecovery(a *Account, code string) error {
	code = squeeze(code)
	if len(code) != recoverySize {
		return ErrSignIn
	}
	hash := s.mac("recovery", a.Person.ID, code)
	i := slices.IndexFunc(a.Recovery, func(have []byte) bool { return hmac.Equal(have, hash) })
	if i < 0 {
		return ErrSignIn
	}
	a.Recovery = slices.Delete(slices.Clone(a.Recovery), i, i+1)
	return nil
}

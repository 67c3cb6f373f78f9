package staff

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
)

// Ceremony is a passkey ceremony that was begun; the browser does the rest.
type Ceremony struct {
	// ID goes back with the response. It works once, for CeremonyFor. It is
	// sealed text of up to a few thousand characters.
	ID string `json:"id"`
	// Options is for PublicKeyCredential.parseCreationOptionsFromJSON (set-up)
	// or parseRequestOptionsFromJSON (sign-in and step-up). The response is
	// JSON.stringify(credential.toJSON()).
	Options json.RawMessage `json:"options"`
}

// ceremony is what a finish needs of its begin. The browser keeps it sealed, so
// that beginning, which anybody may do at any rate, takes no storage.
type ceremony struct {
	State   []byte    `json:"state"`
	Self    *Self     `json:"self,omitempty"`
	Nonce   string    `json:"nonce"`
	Expires time.Time `json:"expires"`
}

// seal returns a ceremony as text. It opens only for the same purpose.
func (s *Service) seal(c ceremony, purpose ...string) (string, error) {
	c.Nonce, c.Expires = rand.Text(), s.now().Add(CeremonyFor)
	plain, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("begin a ceremony: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(s.box.Seal(plain, s.ceremonyData(purpose))), nil
}

// unseal returns a ceremony that has time left, or ErrCeremony.
func (s *Service) unseal(id string, purpose ...string) (c ceremony, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil {
		return c, ErrCeremony
	}
	plain, err := s.box.Open(raw, s.ceremonyData(purpose))
	if err != nil || json.Unmarshal(plain, &c) != nil || !s.now().Before(c.Expires) {
		return c, ErrCeremony
	}
	return c, nil
}

// finish uses a ceremony up, or says ErrCeremony where somebody did before.
func (s *Service) finish(ctx context.Context, c ceremony) error {
	first, err := s.cfg.Sessions.Once(ctx, s.name("once", c.Nonce), CeremonyFor+time.Minute)
	if err == nil && !first {
		err = ErrCeremony
	}
	return err
}

// take is unseal and finish.
func (s *Service) take(ctx context.Context, id string, purpose ...string) (ceremony, error) {
	c, err := s.unseal(id, purpose...)
	if err == nil {
		err = s.finish(ctx, c)
	}
	return c, err
}

func (s *Service) ceremonyData(purpose []string) []byte {
	return []byte("staff " + s.name("ceremony", purpose...))
}

// begun returns a passkey ceremony for the browser.
func (s *Service) begun(options json.RawMessage, c ceremony, purpose ...string) (Ceremony, error) {
	id, err := s.seal(c, purpose...)
	return Ceremony{ID: id, Options: options}, err
}

func (a *Account) passkeyUser() PasskeyUser {
	return PasskeyUser{ID: a.Person.ID, Name: a.Person.Email, DisplayName: a.Person.Name, Credentials: a.Passkeys}
}

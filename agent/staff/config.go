package staff

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.uber.org/zap"

	"recado/agent/vault"
)

// Config is what a Service needs. Fields without a default are required.
type Config struct {
	// Key is RECADO_STAFF_KEY, "recado-box-key-..." as vault.NewBoxKey makes
	// it. It seals secrets of authenticator apps and sessions, and names
	// e-mail addresses. With another one, authenticator apps, recovery codes
	// and sessions work no more; passkeys do.
	Key string
	// Accounts keeps accounts: store.Open.
	Accounts Accounts
	// Sessions keeps sessions: session.New.
	Sessions Sessions
	// Passkeys checks passkeys: passkey.New. Defaults to none: ErrOff.
	Passkeys Passkeys
	// Issuer is the clinic's identity provider: oidc.Discover. Defaults to
	// none: ErrOff.
	Issuer Issuer
	// Name is what authenticator apps call this console. Defaults to "Recado".
	Name string
	// OnSignedOut is told when a person's last session ended, whatever ended
	// it, so that the cases that they hold return to the queue. It is called
	// at least once, and again until it returns nil.
	OnSignedOut func(ctx context.Context, person string) error
	// OnBreakGlass is told before broken glass gives access: it writes the
	// audit entry and pages the owner. Its error refuses the access. Defaults
	// to none, and then glass cannot be broken: ErrOff.
	OnBreakGlass func(ctx context.Context, p Person, s Session, g Glass) error
	// Cost is what a password's hash costs. Defaults to DefaultCost.
	Cost Cost
	// SweepEvery is how often Run looks for people whose last session ended.
	// Defaults to 15 s.
	SweepEvery time.Duration
	// Log gets ids and codes. Defaults to none.
	Log *zap.Logger
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// Service is all that pages need about staff. It is safe for concurrent use,
// by many consoles over the same storage.
type Service struct {
	cfg    Config
	box    *vault.Box
	names  []byte // key of names
	hashes *hasher
}

// New returns a Service.
func New(cfg Config) (*Service, error) {
	switch {
	case cfg.Accounts == nil:
		return nil, errors.New("staff config: Accounts is missing")
	case cfg.Sessions == nil:
		return nil, errors.New("staff config: Sessions is missing")
	}
	box, err := vault.ParseBox(cfg.Key)
	if err != nil {
		return nil, fmt.Errorf("staff config: Key (RECADO_STAFF_KEY): %w", err)
	}
	names, err := hkdf.Key(sha256.New, []byte(strings.TrimSpace(cfg.Key)), nil, "recado staff names", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("staff config: derive a key: %w", err)
	}
	if cfg.Name == "" {
		cfg.Name = "Recado"
	}
	if cfg.OnSignedOut == nil {
		cfg.OnSignedOut = func(context.Context, string) error { return nil }
	}
	if cfg.Cost == (Cost{}) {
		cfg.Cost = DefaultCost
	}
	if cfg.SweepEvery <= 0 {
		cfg.SweepEvery = 15 * time.Second
	}
	if cfg.Log == nil {
		cfg.Log = zap.NewNop()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	hashes, err := newHasher(cfg.Cost)
	if err != nil {
		return nil, err
	}
	return &Service{cfg: cfg, box: box, names: names, hashes: hashes}, nil
}

func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Millisecond) }

// name is a keyed hash: what kind of thing it names and its parts, as hex.
// Without the key, the e-mail addresses behind names cannot be found by
// trying them all.
func (s *Service) name(kind string, parts ...string) string {
	return kind + "-" + hex.EncodeToString(s.mac(kind, parts...)[:20])
}

func (s *Service) mac(kind string, parts ...string) []byte {
	mac := hmac.New(sha256.New, s.names)
	for _, part := range append([]string{kind}, parts...) {
		fmt.Fprintf(mac, "%d:%s", len(part), part)
	}
	return mac.Sum(nil)
}

func encodeID(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

func decodeID(id string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil {
		return nil, ErrNotFound
	}
	return raw, nil
}

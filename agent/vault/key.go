package vault

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// Prefixes of keys as text. "key" is secret, "pub" may be handed out.
const (
	prefixHPKEPublic  = "recado-hpke-pub-"
	prefixHPKEPrivate = "recado-hpke-key-"
	prefixSignPublic  = "recado-sign-pub-"
	prefixSignPrivate = "recado-sign-key-"
	prefixBox         = "recado-box-key-"
)

// names says in words what each prefix stands for.
var names = map[string]string{
	prefixHPKEPublic:  "a public sealing key",
	prefixHPKEPrivate: "a PRIVATE opening key",
	prefixSignPublic:  "a public signature key",
	prefixSignPrivate: "a PRIVATE signing key",
	prefixBox:         "a SECRET box key",
}

// checksumSize is how many bytes of SHA-256 end a key's text. A mistyped
// public key would otherwise be accepted and seal records that nobody can
// ever open.
const checksumSize = 4

// PublicKey seals; it is what a worker is given.
type PublicKey struct{ key hpke.PublicKey }

// PrivateKey opens what was sealed for its PublicKey; only staff's side has it.
type PrivateKey struct{ key hpke.PrivateKey }

// SigningKey signs what its holder seals.
type SigningKey struct{ key ed25519.PrivateKey }

// VerifyKey tells whether a record came from the holder of a SigningKey.
type VerifyKey struct{ key ed25519.PublicKey }

// NewPrivateKey returns a new random opening key.
func NewPrivateKey() (PrivateKey, error) {
	key, err := kem().GenerateKey()
	if err != nil {
		return PrivateKey{}, fmt.Errorf("generate an opening key: %w", err)
	}
	return PrivateKey{key}, nil
}

// NewSigningKey returns a new random signing key.
func NewSigningKey() (SigningKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return SigningKey{}, fmt.Errorf("generate a signing key: %w", err)
	}
	return SigningKey{key}, nil
}

// ParsePublicKey reads the text of a sealing key, "recado-hpke-pub-...".
func ParsePublicKey(text string) (PublicKey, error) {
	raw, err := decode(prefixHPKEPublic, text)
	if err != nil {
		return PublicKey{}, err
	}
	key, err := kem().NewPublicKey(raw)
	if err != nil {
		return PublicKey{}, fmt.Errorf("read a public sealing key: %w", err)
	}
	return PublicKey{key}, nil
}

// ParsePrivateKey reads the text of an opening key, "recado-hpke-key-...".
func ParsePrivateKey(text string) (PrivateKey, error) {
	raw, err := decode(prefixHPKEPrivate, text)
	if err != nil {
		return PrivateKey{}, err
	}
	key, err := kem().NewPrivateKey(raw)
	if err != nil {
		return PrivateKey{}, fmt.Errorf("read a private opening key: %w", err)
	}
	return PrivateKey{key}, nil
}

// ParseSigningKey reads the text of a signing key, "recado-sign-key-...".
func ParseSigningKey(text string) (SigningKey, error) {
	seed, err := decode(prefixSignPrivate, text)
	if err != nil {
		return SigningKey{}, err
	}
	if len(seed) != ed25519.SeedSize {
		return SigningKey{}, fmt.Errorf("a signing key has %d bytes, this one has %d: generate a new one", ed25519.SeedSize, len(seed))
	}
	return SigningKey{ed25519.NewKeyFromSeed(seed)}, nil
}

// ParseVerifyKey reads the text of a signature key, "recado-sign-pub-...".
func ParseVerifyKey(text string) (VerifyKey, error) {
	raw, err := decode(prefixSignPublic, text)
	if err != nil {
		return VerifyKey{}, err
	}
	if len(raw) != ed25519.PublicKeySize {
		return VerifyKey{}, fmt.Errorf("a signature key has %d bytes, this one has %d: copy it again", ed25519.PublicKeySize, len(raw))
	}
	return VerifyKey{raw}, nil
}

// Public returns the key that seals for k.
func (k PrivateKey) Public() PublicKey { return PublicKey{k.key.PublicKey()} }

// SigningKey returns the key that the holder of k signs with what it seals
// itself. It is always the same one, so that all who share k trust each other
// without another key to keep.
func (k PrivateKey) SigningKey() (SigningKey, error) {
	raw, err := k.key.Bytes()
	if err != nil {
		return SigningKey{}, fmt.Errorf("derive a signing key: %w", err)
	}
	seed, err := hkdf.Key(sha256.New, raw, nil, "recado signing key of an opening key", ed25519.SeedSize)
	if err != nil {
		return SigningKey{}, fmt.Errorf("derive a signing key: %w", err)
	}
	return SigningKey{ed25519.NewKeyFromSeed(seed)}, nil
}

// Public returns the key that checks k's signatures.
func (k SigningKey) Public() VerifyKey {
	return VerifyKey{k.key.Public().(ed25519.PublicKey)}
}

// ID is a short name of the key pair, the same for both halves; envelopes
// carry it so that old records open after a change of keys.
func (k PublicKey) ID() string {
	sum := sha256.Sum256(k.key.Bytes())
	return hex.EncodeToString(sum[:8])
}

// String is the key as text.
func (k PublicKey) String() string { return encode(prefixHPKEPublic, k.key.Bytes()) }

// String is the key as text.
func (k VerifyKey) String() string { return encode(prefixSignPublic, k.key) }

// Text is the secret key as text. It is not called String, so that printing
// or logging a key by accident does not show it.
func (k PrivateKey) Text() (string, error) {
	raw, err := k.key.Bytes()
	if err != nil {
		return "", fmt.Errorf("write an opening key: %w", err)
	}
	return encode(prefixHPKEPrivate, raw), nil
}

// Text is the secret key as text.
func (k SigningKey) Text() string { return encode(prefixSignPrivate, k.key.Seed()) }

// String hides the key.
func (PrivateKey) String() string { return prefixHPKEPrivate + "(hidden)" }

// String hides the key.
func (SigningKey) String() string { return prefixSignPrivate + "(hidden)" }

// GoString hides the key from %#v.
func (k PrivateKey) GoString() string { return k.String() }

// GoString hides the key from %#v.
func (k SigningKey) GoString() string { return k.String() }

func kem() hpke.KEM { return hpke.DHKEM(ecdh.X25519()) }

func encode(prefix string, raw []byte) string {
	return prefix + base64.RawURLEncoding.EncodeToString(append(bytes.Clone(raw), checksum(prefix, raw)...))
}

// decode returns the bytes of a key. Its errors name the kind of key that
// was found and never quote the text, which may be a secret.
func decode(prefix, text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	body, ok := strings.CutPrefix(text, prefix)
	if !ok {
		return nil, wrongPrefix(prefix, text)
	}
	raw, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || len(raw) <= checksumSize {
		return nil, fmt.Errorf("%s (%s...) is damaged: copy it again, whole", names[prefix], prefix)
	}
	key, sum := raw[:len(raw)-checksumSize], raw[len(raw)-checksumSize:]
	if !bytes.Equal(sum, checksum(prefix, key)) {
		return nil, fmt.Errorf("%s (%s...) has a wrong checksum, a character is lost or changed: copy it again", names[prefix], prefix)
	}
	return key, nil
}

func wrongPrefix(want, text string) error {
	for found, name := range names {
		if !strings.HasPrefix(text, found) {
			continue
		}
		advice := ""
		if strings.Contains(found, "-key-") {
			advice = "; if others could read it where it stood, replace it with a new one"
		}
		return fmt.Errorf("this is %s (%s...), but %s (%s...) belongs here%s", name, found, names[want], want, advice)
	}
	return fmt.Errorf("this is not a key of Recado: %s begins with %s", names[want], want)
}

func checksum(prefix string, raw []byte) []byte {
	sum := sha256.Sum256(append([]byte(prefix), raw...))
	return sum[:checksumSize]
}

// Package secrets holds what is secret of each clinic of a deployment: tokens
// of its channels and keys of its staff. It is a file of its own, since
// profiles are shown, mailed and kept in repositories.
package secrets

import (
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Book is the secrets of all clinics by id.
type Book map[string]Clinic

// Clinic is one clinic's. What is empty is the deployment's own.
type Clinic struct {
	WhatsApp WhatsApp
	SMS      SMS
	// SealPublicKey seals what is for the clinic's staff; for workers and
	// gateways.
	SealPublicKey string
	// SealPrivateKeys open it, the newest first, and SealVerifyKeys are those of
	// workers and gateways; for consoles alone.
	SealPrivateKeys, SealVerifyKeys []string
}

// WhatsApp is what a Meta app of the clinic's own has.
type WhatsApp struct {
	Token       string
	AppSecrets  []string // the new one and, while it is replaced, the old one
	VerifyToken string
}

// SMS is a Twilio account of the clinic's own.
type SMS struct {
	AccountSID string
	AuthTokens []string // the first one sends
}

// Private reports whether the file holds a key that opens what is sealed. Such
// a file belongs to consoles alone.
func (b Book) Private() bool {
	for _, c := range b {
		if len(c.SealPrivateKeys) > 0 {
			return true
		}
	}
	return false
}

// IDs are the clinics of the file, sorted.
func (b Book) IDs() []string { return slices.Sorted(maps.Keys(b)) }

// ErrOpen says that others than its owner can read a file of secrets.
var ErrOpen = errors.New("others than its owner can read it")

// Load reads a file that nobody but its owner can read; what others can is
// ErrOpen. What is wrong with its content is a *ProblemsError, with lines and
// without values.
func Load(path string) (Book, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read clinics' secrets: %w", err)
	}
	book, _, err := load(path, info)
	return book, err
}

// load is Load of a file that was looked at, with the sum of its content.
func load(path string, info fs.FileInfo) (book Book, content [sha256.Size]byte, err error) {
	if info.Mode().Perm()&fs.FileMode(0o077) != 0 {
		return nil, content, fmt.Errorf("read clinics' secrets: %s has mode %04o: %w: chmod 600 %s", path, info.Mode().Perm(), ErrOpen, path)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, content, fmt.Errorf("read clinics' secrets: %w", err)
	}
	book, err = Parse(filepath.Base(path), raw)
	return book, sha256.Sum256(raw), err
}

//go:embed sample.yaml
var sample []byte

// Sample is a file to start from.
func Sample() []byte { return slices.Clone(sample) }

// ProblemsError is every mistake of a file, a line each. It quotes no value.
type ProblemsError struct{ Problems []string }

// Error lists all problems, one a line.
func (e *ProblemsError) Error() string { return strings.Join(e.Problems, "\n") }

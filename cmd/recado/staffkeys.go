package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"recado/agent/clinic/secrets"
	"recado/agent/inbox/store"
	"recado/agent/vault"
)

// Names of the settings in the staff side's file.
const (
	settingPrivate = "RECADO_SEAL_PRIVATE_KEY" // comma-separated, the newest first
	settingVerify  = "RECADO_SEAL_VERIFY_KEY"  // comma-separated
)

// openStaffKeys makes the keys of a console: every private key opens, the
// first one seals what staff write. verify are the keys of workers and
// gateways.
func openStaffKeys(private, verify []string) (store.OneKey, error) {
	keys, err := parsePrivateKeys(private)
	if err != nil {
		return store.OneKey{}, err
	}
	var signers []vault.VerifyKey
	for _, text := range verify {
		key, err := vault.ParseVerifyKey(text)
		if err != nil {
			return store.OneKey{}, fmt.Errorf("--seal-verify-key: %w", err)
		}
		signers = append(signers, key)
	}
	if len(signers) == 0 {
		return store.OneKey{}, errors.New("--seal-verify-key is missing: without it no record can be trusted")
	}
	var one store.OneKey
	for i, key := range keys {
		own, err := key.SigningKey()
		if err != nil {
			return one, err
		}
		signers = append(signers, own.Public())
		if i == 0 {
			if one.Seal, err = vault.NewSealer(key.Public(), own); err != nil {
				return one, err
			}
		}
	}
	one.Open, err = vault.NewOpener(keys, signers)
	return one, err
}

// clinicsKeys are the keys of a console: a clinic's own, else those of the
// deployment.
type clinicsKeys struct {
	common store.OneKey
	verify []string // of workers and gateways, where a clinic names none
	own    atomic.Pointer[map[string]store.OneKey]
}

// Opener implements store.Keys.
func (k *clinicsKeys) Opener(clinic string) *vault.Opener { return k.of(clinic).Open }

// Sealer implements store.Keys.
func (k *clinicsKeys) Sealer(clinic string) *vault.Sealer { return k.of(clinic).Seal }

func (k *clinicsKeys) of(clinic string) store.OneKey {
	if own, ok := (*k.own.Load())[clinic]; ok {
		return own
	}
	return k.common
}

// openClinicsKeys makes the keys of a console that serves several clinics.
// Workers and gateways sign for all clinics alike, so their keys are the
// deployment's where a clinic names none.
func openClinicsKeys(private, verify []string, book secrets.Book) (*clinicsKeys, error) {
	common, err := openStaffKeys(private, verify)
	if err != nil {
		return nil, err
	}
	k := &clinicsKeys{common: common, verify: verify}
	if err := k.take(book); err != nil {
		return nil, fmt.Errorf("--clinic-secrets: %w", err)
	}
	return k, nil
}

// take uses the clinics' own keys of a book in place of those before.
func (k *clinicsKeys) take(book secrets.Book) error {
	own := map[string]store.OneKey{}
	for _, id := range book.IDs() {
		one := book[id]
		if len(one.SealPrivateKeys) == 0 {
			continue
		}
		signers := one.SealVerifyKeys
		if len(signers) == 0 {
			signers = k.verify
		}
		var err error
		if own[id], err = openStaffKeys(one.SealPrivateKeys, signers); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	k.own.Store(&own)
	return nil
}

func parsePrivateKeys(texts []string) ([]vault.PrivateKey, error) {
	var keys []vault.PrivateKey
	for _, text := range texts {
		key, err := vault.ParsePrivateKey(text)
		if err != nil {
			return nil, fmt.Errorf("--seal-private-key: %w", err)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("--seal-private-key is missing: no record could be opened")
	}
	return keys, nil
}

// staffFile is the staff side's file of settings.
type staffFile struct {
	path  string
	lines []string
	at    int // of the private keys
	keys  []vault.PrivateKey
}

func readStaffFile(path string) (*staffFile, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--staff: %w: it is the file that recado keys made", err)
	}
	f := &staffFile{path: path, lines: strings.Split(string(raw), "\n"), at: -1}
	for i, line := range f.lines {
		value, ok := strings.CutPrefix(strings.TrimSpace(line), settingPrivate+"=")
		if !ok {
			continue
		}
		if f.at >= 0 {
			return nil, fmt.Errorf("--staff: %s sets %s twice, in lines %d and %d: join the keys with a comma, the newest first", path, settingPrivate, f.at+1, i+1)
		}
		f.at = i
		if f.keys, err = parsePrivateKeys(strings.Split(strings.Trim(value, `"'`), ",")); err != nil {
			return nil, fmt.Errorf("--staff: %s, line %d: %w", path, i+1, err)
		}
	}
	if f.at < 0 {
		return nil, fmt.Errorf("--staff: %s sets no %s: is it the file that recado keys made?", path, settingPrivate)
	}
	return f, nil
}

// setting returns the values of another setting of the file, separated by
// commas there.
func (f *staffFile) setting(name string) []string {
	for _, line := range f.lines {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+"="); ok {
			return strings.Split(strings.Trim(value, `"'`), ",")
		}
	}
	return nil
}

// write puts the file with these keys in place of the old one, whole or not
// at all.
func (f *staffFile) write(keys []vault.PrivateKey) error {
	var texts []string
	for _, key := range keys {
		text, err := key.Text()
		if err != nil {
			return err
		}
		texts = append(texts, text)
	}
	f.lines[f.at] = settingPrivate + "=" + strings.Join(texts, ",")
	// The new file is readable by its owner alone from the first byte on.
	next, err := os.CreateTemp(filepath.Dir(f.path), ".recado-keys-")
	if err != nil {
		return fmt.Errorf("write the staff side's keys: %w", err)
	}
	defer os.Remove(next.Name())
	_, err = next.WriteString(strings.Join(f.lines, "\n"))
	if err := errors.Join(err, next.Sync(), next.Close()); err != nil {
		return fmt.Errorf("write the staff side's keys: %w", err)
	}
	if err := os.Rename(next.Name(), f.path); err != nil {
		return fmt.Errorf("write the staff side's keys: %w", err)
	}
	f.keys = keys
	return nil
}

package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"recado/agent/inbox/store"
	"recado/agent/vault"
)

// devKeys are the secrets of a development run. With --data they are kept in
// keys.json, readable by their owner alone, so that the next run can read
// what this one stored.
type devKeys struct {
	Store       string `json:"store"` // encrypts the streams on disk
	Public      string `json:"seal_public_key"`
	Private     string `json:"seal_private_key"`
	Signing     string `json:"seal_signing_key"`
	Address     string `json:"address_key"`
	Session     string `json:"session_key"`
	AppSecret   string `json:"whatsapp_app_secret"`
	VerifyToken string `json:"whatsapp_verify_token"`
	Staff       string `json:"staff_key"`
	Link        string `json:"link_key"`
	// The demo admin's, once there is one.
	DemoSecret   string `json:"demo_totp_secret,omitempty"`
	DemoPassword string `json:"demo_password,omitempty"`
}

func newDevKeys() (devKeys, error) {
	private, err := vault.NewPrivateKey()
	if err != nil {
		return devKeys{}, err
	}
	opening, err := private.Text()
	if err != nil {
		return devKeys{}, err
	}
	signing, err := vault.NewSigningKey()
	if err != nil {
		return devKeys{}, err
	}
	return devKeys{
		Store: secretText(), Public: private.Public().String(), Private: opening, Signing: signing.Text(),
		Address: vault.NewBoxKey(), Session: vault.NewBoxKey(), AppSecret: secretText(), VerifyToken: secretText(),
		Staff: vault.NewBoxKey(), Link: vault.NewLinkKey(),
	}, nil
}

func loadDevKeys(path string) (devKeys, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		keys, err := newDevKeys()
		if err != nil {
			return keys, err
		}
		return keys, keys.save(path)
	}
	if err != nil {
		return devKeys{}, fmt.Errorf("read keys: %w", err)
	}
	var keys devKeys
	if err := json.Unmarshal(raw, &keys); err != nil {
		return keys, fmt.Errorf("%s is damaged: %w: restore it, or remove the whole folder to start afresh", path, err)
	}
	if keys.Staff == "" || keys.Link == "" { // written by a build without a console
		keys.Staff, keys.Link = cmp.Or(keys.Staff, vault.NewBoxKey()), cmp.Or(keys.Link, vault.NewLinkKey())
		return keys, keys.save(path)
	}
	return keys, nil
}

func (k devKeys) save(path string) error {
	raw, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	if err := os.WriteFile(path, append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	return nil
}

// staffKeys are the console's.
func (k devKeys) staffKeys() (store.OneKey, error) {
	signing, err := vault.ParseSigningKey(k.Signing)
	if err != nil {
		return store.OneKey{}, err
	}
	return openStaffKeys([]string{k.Private}, []string{signing.Public().String()})
}

func (k devKeys) sealer() (*vault.Sealer, error) { return sealerOf(k.Public, k.Signing) }

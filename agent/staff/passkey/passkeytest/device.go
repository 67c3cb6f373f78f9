// Package passkeytest is a browser with an authenticator, for tests: it makes
// passkeys and answers with them, or does so wrongly.
package passkeytest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

// Flags of authenticator data.
const (
	present  = 0x01
	verified = 0x04
	eligible = 0x08
	backedUp = 0x10
	attested = 0x40
)

// Device holds passkeys. The zero value is one that verifies the person and
// counts signatures, at no origin.
type Device struct {
	// Origin is the address of the page.
	Origin string
	// Synced makes passkeys that are in a password manager; they do not count.
	Synced bool

	// What it does wrongly.
	Challenge  string // instead of the one that was asked for
	RPID       string // hashed into the answer instead of the site's
	Unverified bool   // does not ask the person
	Handle     string // user handle instead of the passkey's
	Type       string // of the client data instead of the ceremony's

	keys []*key
}

type key struct {
	id, user []byte
	rp       string
	private  *ecdsa.PrivateKey
	count    uint32
}

// Copy returns a device with copies of all passkeys.
func (d *Device) Copy() *Device {
	c := *d
	c.keys = nil
	for _, k := range d.keys {
		other := *k
		c.keys = append(c.keys, &other)
	}
	return &c
}

// Create makes a passkey and returns the response for the finish.
func (d *Device) Create(options json.RawMessage) ([]byte, error) {
	var asked struct {
		RP        struct{ ID string }
		User      struct{ ID string }
		Challenge string
		Exclude   []struct{ ID string } `json:"excludeCredentials"`
		Selection struct {
			ResidentKey      string `json:"residentKey"`
			UserVerification string `json:"userVerification"`
		} `json:"authenticatorSelection"`
	}
	if err := json.Unmarshal(options, &asked); err != nil {
		return nil, err
	}
	if asked.Selection.ResidentKey != "required" || asked.Selection.UserVerification != "required" {
		return nil, errors.New("the site asks for no discoverable credential, or for no verification")
	}
	for _, e := range asked.Exclude {
		if slices.ContainsFunc(d.keys, func(k *key) bool { return b64(k.id) == e.ID }) {
			return nil, errors.New("InvalidStateError: this device has a passkey already")
		}
	}
	user, err := base64.RawURLEncoding.DecodeString(asked.User.ID)
	if err != nil {
		return nil, err
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	k := &key{id: make([]byte, 32), user: user, rp: asked.RP.ID, private: private}
	rand.Read(k.id)
	d.keys = append(d.keys, k)
	public, err := private.PublicKey.Bytes() // 4, x, y
	if err != nil {
		return nil, err
	}
	cose, err := webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: public[1:33], -3: public[33:]})
	if err != nil {
		return nil, err
	}
	data := d.data(k, attested)
	data = append(data, make([]byte, 16)...) // no make
	data = binary.BigEndian.AppendUint16(data, uint16(len(k.id)))
	data = append(append(data, k.id...), cose...)
	object, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	if err != nil {
		return nil, err
	}
	client, err := d.client("webauthn.create", asked.Challenge)
	if err != nil {
		return nil, err
	}
	return response(k, map[string]any{"clientDataJSON": b64(client), "attestationObject": b64(object), "transports": []string{"internal"}})
}

// Get answers with a passkey of the site and returns the response.
func (d *Device) Get(options json.RawMessage) ([]byte, error) {
	var asked struct {
		Challenge        string
		RPID             string                `json:"rpId"`
		UserVerification string                `json:"userVerification"`
		Allow            []struct{ ID string } `json:"allowCredentials"`
	}
	if err := json.Unmarshal(options, &asked); err != nil {
		return nil, err
	}
	if asked.UserVerification != "required" {
		return nil, errors.New("the site asks for no verification")
	}
	i := slices.IndexFunc(d.keys, func(k *key) bool {
		return k.rp == asked.RPID && (len(asked.Allow) == 0 || slices.ContainsFunc(asked.Allow, func(a struct{ ID string }) bool { return a.ID == b64(k.id) }))
	})
	if i < 0 {
		return nil, fmt.Errorf("NotAllowedError: no passkey for %s", asked.RPID)
	}
	k := d.keys[i]
	if !d.Synced {
		k.count++
	}
	client, err := d.client("webauthn.get", asked.Challenge)
	if err != nil {
		return nil, err
	}
	data := d.data(k, 0)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(slices.Concat(data, hash[:]))
	signature, err := ecdsa.SignASN1(rand.Reader, k.private, digest[:])
	if err != nil {
		return nil, err
	}
	handle := k.user
	if d.Handle != "" {
		handle = []byte(d.Handle)
	}
	return response(k, map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(handle)})
}

// Forget removes all passkeys but the last n.
func (d *Device) Forget(n int) { d.keys = d.keys[len(d.keys)-n:] }

func (d *Device) data(k *key, flags byte) []byte {
	rp := k.rp
	if d.RPID != "" {
		rp = d.RPID
	}
	flags |= present
	if !d.Unverified {
		flags |= verified
	}
	if d.Synced {
		flags |= eligible | backedUp
	}
	hash := sha256.Sum256([]byte(rp))
	return binary.BigEndian.AppendUint32(append(bytes.Clone(hash[:]), flags), k.count)
}

func (d *Device) client(kind, challenge string) ([]byte, error) {
	if d.Challenge != "" {
		challenge = d.Challenge
	}
	if d.Type != "" {
		kind = d.Type
	}
	return json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.Origin, "crossOrigin": false})
}

func response(k *key, inner map[string]any) ([]byte, error) {
	return json.Marshal(map[string]any{
		"id": b64(k.id), "rawId": b64(k.id), "type": "public-key", "authenticatorAttachment": "platform",
		"clientExtensionResults": map[string]any{}, "response": inner,
	})
}

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

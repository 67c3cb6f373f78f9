package vault

import (
	"crypto/ed25519"
	"crypto/hpke"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
)

// Version is the format of envelopes that this build writes and reads.
const Version = 1

// Envelope is a sealed record. It says which key opens it and nothing else
// about its content.
type Envelope struct {
	V   int    `json:"v"`
	KID string `json:"kid"` // PublicKey.ID of the key that it was sealed for
	Enc []byte `json:"enc"` // HPKE's encapsulated key
	CT  []byte `json:"ct"`  // ciphertext
	Sig []byte `json:"sig"` // Ed25519 over everything above, the clinic and the id
}

// Why an envelope does not open.
var (
	// ErrUnknownKey: no private key with the envelope's kid is at hand.
	ErrUnknownKey = errors.New("no private key for this record")
	// ErrSignature: none of the trusted signers sealed this record, or it was
	// changed or filed under another clinic or id.
	ErrSignature = errors.New("record is not signed by a trusted worker")
	// ErrSealed: the key is right and the record still does not open.
	ErrSealed = errors.New("record does not open")
)

// hpkeInfo separates these envelopes from any other use of the same key.
const hpkeInfo = "recado escalation v1"

// Sealer seals records for one clinic's key. It is safe for concurrent use
// and cannot open what it sealed.
type Sealer struct {
	to  PublicKey
	as  SigningKey
	kid string
}

// NewSealer returns a Sealer for the holder of to's private half, signing as as.
func NewSealer(to PublicKey, as SigningKey) (*Sealer, error) {
	if to.key == nil || as.key == nil {
		return nil, errors.New("a sealer needs a public sealing key and a signing key: one of them is empty")
	}
	return &Sealer{to: to, as: as, kid: to.ID()}, nil
}

// Seal encrypts plaintext as the record id of clinic. It opens only under the
// same clinic and id, so a record cannot be moved to another clinic's inbox
// or stand in for another record.
func (s *Sealer) Seal(clinic, id string, plaintext []byte) (Envelope, error) {
	enc, sender, err := hpke.NewSender(s.to.key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), []byte(hpkeInfo))
	if err != nil {
		return Envelope{}, fmt.Errorf("seal a record: %w", err)
	}
	e := Envelope{V: Version, KID: s.kid, Enc: enc}
	if e.CT, err = sender.Seal(binding(clinic, id, e), plaintext); err != nil {
		return Envelope{}, fmt.Errorf("seal a record: %w", err)
	}
	e.Sig = ed25519.Sign(s.as.key, signed(clinic, id, e))
	return e, nil
}

// Opener opens envelopes. It is safe for concurrent use.
type Opener struct {
	keys    map[string]PrivateKey
	signers []VerifyKey
}

// NewOpener returns an Opener with all private keys still in use, old ones
// included, and the keys of the workers that are trusted.
func NewOpener(keys []PrivateKey, signers []VerifyKey) (*Opener, error) {
	if len(keys) == 0 || len(signers) == 0 {
		return nil, errors.New("an opener needs at least one private key and one trusted signer")
	}
	o := &Opener{keys: make(map[string]PrivateKey, len(keys)), signers: signers}
	for _, k := range keys {
		o.keys[k.Public().ID()] = k
	}
	return o, nil
}

// Open returns the plaintext of the record id of clinic, or an error that is
// ErrUnknownKey, ErrSignature or ErrSealed.
func (o *Opener) Open(clinic, id string, e Envelope) ([]byte, error) {
	if e.V != Version {
		return nil, fmt.Errorf("%w: envelope version is %d, this build reads %d", ErrSealed, e.V, Version)
	}
	if !o.trusted(signed(clinic, id, e), e.Sig) {
		return nil, ErrSignature
	}
	key, ok := o.keys[e.KID]
	if !ok {
		return nil, fmt.Errorf("%w: add the key with id %s to the console's keys", ErrUnknownKey, e.KID)
	}
	recipient, err := hpke.NewRecipient(e.Enc, key.key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), []byte(hpkeInfo))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	plaintext, err := recipient.Open(binding(clinic, id, e), e.CT)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	return plaintext, nil
}

func (o *Opener) trusted(message, sig []byte) bool {
	for _, s := range o.signers {
		if ed25519.Verify(s.key, message, sig) {
			return true
		}
	}
	return false
}

// binding is clinic|id|kid|v. Clinic ids, key ids and versions hold no "|",
// so two different records never share one, whatever id holds.
func binding(clinic, id string, e Envelope) []byte {
	return []byte(clinic + "|" + id + "|" + e.KID + "|" + strconv.Itoa(e.V))
}

// signed is what the signature covers; each part has its length before it.
func signed(clinic, id string, e Envelope) []byte {
	message := []byte("recado envelope signature v1")
	for _, part := range [][]byte{binding(clinic, id, e), e.Enc, e.CT} {
		message = binary.BigEndian.AppendUint64(message, uint64(len(part)))
		message = append(message, part...)
	}
	return message
}

package vault

import (
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// ErrBox marks what a Box cannot open: another key, another use, or changed
// on the way.
var ErrBox = errors.New("sealed value does not open")

// Box seals small values with one secret key (XChaCha20-Poly1305). What it is
// for is part of the seal: a value opens only with the associated data that
// it was sealed with. A Box is safe for concurrent use.
type Box struct{ aead cipher.AEAD }

// NewBoxKey returns a new random key for ParseBox as text.
func NewBoxKey() string {
	raw := make([]byte, chacha20poly1305.KeySize)
	rand.Read(raw) // never fails
	return encode(prefixBox, raw)
}

// ParseBox returns the Box of a key as text, "recado-box-key-...".
func ParseBox(text string) (*Box, error) {
	raw, err := decode(prefixBox, text)
	if err != nil {
		return nil, err
	}
	return NewBox(raw)
}

// NewBox returns the Box of a key of 32 bytes.
func NewBox(key []byte) (*Box, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("a box key has %d bytes, this one has %d: generate a new one", chacha20poly1305.KeySize, len(key))
	}
	return &Box{aead: aead}, nil
}

// Seal returns a random nonce followed by the ciphertext. Two seals of one
// value differ.
func (b *Box) Seal(plaintext, ad []byte) []byte {
	nonce := make([]byte, b.aead.NonceSize(), b.aead.NonceSize()+len(plaintext)+b.aead.Overhead())
	rand.Read(nonce) // never fails
	return b.aead.Seal(nonce, nonce, plaintext, ad)
}

// Open returns what was sealed with the same key and ad, else ErrBox.
func (b *Box) Open(sealed, ad []byte) ([]byte, error) {
	n := b.aead.NonceSize()
	if len(sealed) < n {
		return nil, ErrBox
	}
	plaintext, err := b.aead.Open(nil, sealed[:n], sealed[n:], ad)
	if err != nil {
		return nil, ErrBox
	}
	return plaintext, nil
}

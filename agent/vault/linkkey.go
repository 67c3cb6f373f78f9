package vault

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
)

const prefixLink = "recado-link-key-"

func init() { names[prefixLink] = "a SECRET link key" }

// LinkKey proves that something was made by one who has the key: the links to
// patients' private pages, and the codes that open them.
type LinkKey struct{ key []byte }

const linkKeySize = 32

// NewLinkKey returns a new random key for ParseLinkKey as text.
func NewLinkKey() string {
	raw := make([]byte, linkKeySize)
	rand.Read(raw) // never fails
	return encode(prefixLink, raw)
}

// ParseLinkKey reads the text of a link key, "recado-link-key-...".
func ParseLinkKey(text string) (LinkKey, error) {
	raw, err := decode(prefixLink, text)
	if err != nil {
		return LinkKey{}, err
	}
	if len(raw) != linkKeySize {
		return LinkKey{}, fmt.Errorf("a link key has %d bytes, this one has %d: generate a new one", linkKeySize, len(raw))
	}
	return LinkKey{raw}, nil
}

// MAC is HMAC-SHA256 over what it is for and the parts, none of which may hold
// a zero byte. What was made for one use proves nothing for another.
func (k LinkKey) MAC(use string, parts ...string) []byte {
	mac := hmac.New(sha256.New, k.key)
	mac.Write([]byte("recado " + use))
	for _, part := range parts {
		mac.Write([]byte("\x00" + part))
	}
	return mac.Sum(nil)
}

// String hides the key.
func (LinkKey) String() string { return prefixLink + "(hidden)" }

// GoString hides the key from %#v.
func (k LinkKey) GoString() string { return k.String() }

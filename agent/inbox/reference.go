package inbox

import (
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/google/uuid"
)

// referenceDigits leaves out the letters that are taken for digits or for
// each other when they are read aloud.
const referenceDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Reference is the short name by which people speak of a case, such as
// K7Q-2MD. It is made of the random part of the id, so that it tells nothing,
// and is the same wherever the case is named.
func Reference(id string) string {
	var tail [4]byte
	u, err := uuid.Parse(id)
	if err == nil {
		copy(tail[:], u[12:])
	} else if raw, err := hex.DecodeString(id); err == nil && len(raw) >= 4 {
		copy(tail[:], raw[len(raw)-4:])
	} else {
		for i, b := range []byte(id) {
			tail[i%4] ^= b<<1 | b>>7
		}
	}
	n := binary.BigEndian.Uint32(tail[:])
	ref := make([]byte, 6)
	for i := range ref {
		ref[i] = referenceDigits[n>>(25-5*i)&31]
	}
	return string(ref[:3]) + "-" + string(ref[3:])
}

// ParseReference reads a reference as people write it: in small letters, with
// or without its dash, O for 0 and I or L for 1. ok is false where it is none.
func ParseReference(s string) (ref string, ok bool) {
	var b strings.Builder
	for _, r := range strings.ToUpper(strings.TrimSpace(s)) {
		switch {
		case r == '-' || r == ' ' || r == '#':
			continue
		case r == 'O':
			r = '0'
		case r == 'I' || r == 'L':
			r = '1'
		}
		if !strings.ContainsRune(referenceDigits, r) {
			return "", false
		}
		b.WriteRune(r)
	}
	if b.Len() != 6 {
		return "", false
	}
	return b.String()[:3] + "-" + b.String()[3:], true
}

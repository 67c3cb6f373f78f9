package whatsapp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
)

// signed checks the HMAC of the bytes as they came: parsed and written again,
// accents and emoji would be other bytes. Each account that the notification
// names must have signed it: one clinic's app must not speak for another's.
func (h *handler) signed(data []byte, header string) bool {
	if h.cfg.SecretsOf == nil {
		return signedWith(h.cfg.AppSecrets, data, header)
	}
	named := accountsIn(data)
	if len(named) == 0 { // about no account: an account that nobody has
		named = []string{""}
	}
	valid := true
	for _, account := range named {
		valid = signedWith(h.cfg.SecretsOf(account), data, header) && valid
	}
	return valid
}

// route finds the clinic of an account, or false.
type route func(account string) (clinic string, ok bool, err error)

// errOthers: what was signed for an account that no clinic had.
var errOthers = errors.New("an account got a clinic just now: its secrets have to have signed it")

// routes finds the clinics of one notification, each account's once. Clinics
// get accounts while notifications are stored: what comes to a clinic is signed
// with its secrets of this moment.
func (h *handler) routes(data []byte, header string) route {
	found := map[string]string{}
	return func(account string) (string, bool, error) {
		clinic, ok := found[account]
		if !ok {
			if clinic, ok = h.cfg.Accounts.Clinic(account); !ok {
				clinic = ""
			}
			if ok && h.cfg.SecretsOf != nil && !signedWith(h.cfg.SecretsOf(account), data, header) {
				return "", false, errOthers
			}
			found[account] = clinic
		}
		return clinic, clinic != "", nil
	}
}

// accountsIn are the accounts that a notification names, each once. It is
// called before the signature is known, and reads nothing else. What it cannot
// read names none, and is taken in by no clinic.
func accountsIn(data []byte) []string {
	var n notification
	if _, err := read(data, &n); err != nil {
		return nil
	}
	seen := map[string]bool{}
	var all []string
	for _, e := range n.Entry {
		for _, c := range e.Changes {
			var v value
			_, _ = read(c.Value, &v)
			if id := string(v.Metadata.PhoneNumberID); id != "" && !seen[id] {
				seen[id] = true
				all = append(all, id)
			}
		}
	}
	return all
}

func signedWith(secrets []string, data []byte, header string) bool {
	text, ok := strings.CutPrefix(header, "sha256=")
	got, err := hex.DecodeString(text)
	if !ok || err != nil {
		return false
	}
	valid := false
	for _, secret := range secrets {
		if secret == "" {
			continue // anybody could sign with it
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(data)
		valid = hmac.Equal(got, mac.Sum(nil)) || valid
	}
	return valid
}

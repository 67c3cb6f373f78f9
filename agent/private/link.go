package private

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/vault"
)

// LinkAge is how long a link works: from when the patient wrote, or staff wrote
// to her in private or sent her the link again.
const LinkAge = 14 * 24 * time.Hour

// Links makes and knows the links of patients. It is safe for concurrent use.
type Links struct {
	keys []vault.LinkKey // newest first
	base string          // without a slash at the end
}

// NewLinks returns the links below base, an address such as
// https://private.clinic.example, which is served by a Handler at /p. Links are
// made with the first key; those that were made with any of keys work.
func NewLinks(keys []vault.LinkKey, base string) (*Links, error) {
	if len(keys) == 0 {
		return nil, errors.New("link key is missing: recado keys makes one")
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return nil, errors.New("private page's address is no URL: write it as https://private.clinic.example")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, fmt.Errorf("private page's address begins with %s: patients reach it over https", u.Scheme)
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, errors.New("private page's address has more than a host: write it as https://private.clinic.example")
	}
	return &Links{keys: keys, base: u.Scheme + "://" + u.Host}, nil
}

// Base is the address that the links are below, without a slash at the end.
func (l *Links) Base() string { return l.base }

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Link is the link to the private page for the record of a conversation, the
// same every time; "" where a record has an id that no worker gives.
func (l *Links) Link(clinic, conversation, record string) string {
	raw, ok := packRecord(record)
	if !ok {
		return ""
	}
	return l.base + "/p#" + base64.RawURLEncoding.EncodeToString(append(raw, macOf(l.keys[0], clinic, conversation, record)...))
}

// Sizes of a token's parts in bytes.
const (
	recordSize = 1 + 16
	macSize    = 16
)

// packRecord makes the bytes of a record's id: a letter and 32 hex digits.
func packRecord(record string) ([]byte, bool) {
	if len(record) != 1+2*(recordSize-1) || record[0] < 'a' || record[0] > 'z' {
		return nil, false
	}
	raw, err := hex.DecodeString(record[1:])
	if err != nil || hex.EncodeToString(raw) != record[1:] {
		return nil, false
	}
	return append([]byte{record[0]}, raw...), true
}

func macOf(key vault.LinkKey, clinic, conversation, record string) []byte {
	return key.MAC("private link", clinic, conversation, record)[:macSize]
}

// token is what a link holds. It proves nothing before it was checked.
type token struct {
	record string
	mac    []byte
}

// parseToken reads a token. There is one spelling of each.
func parseToken(text string) (token, bool) {
	if len(text) != base64.RawURLEncoding.EncodedLen(recordSize+macSize) {
		return token{}, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != recordSize+macSize || raw[0] < 'a' || raw[0] > 'z' {
		return token{}, false
	}
	return token{record: string(raw[:1]) + hex.EncodeToString(raw[1:recordSize]), mac: raw[recordSize:]}, true
}

// proves reports whether the token was made for this record. It takes as long
// whether it was or not.
func (l *Links) proves(t token, r store.Record) bool {
	ok := false
	for _, key := range l.keys {
		ok = hmac.Equal(t.mac, macOf(key, r.Clinic, r.Conversation, r.ID)) || ok
	}
	return ok
}

// expires is until when a link works.
func expires(r store.Record, c inbox.Case) time.Time {
	last := r.At
	for _, a := range c.Actions {
		sent := a.Kind == inbox.DidReply && a.Key == inbox.KeySeePrivate
		if (sent || a.Kind == inbox.DidPrivate) && a.At.After(last) {
			last = a.At
		}
	}
	return last.Add(LinkAge)
}

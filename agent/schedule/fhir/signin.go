package fhir

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"recado/agent/schedule"
)

// signIn gets access tokens by SMART backend services: client credentials
// with a signed assertion.
type signIn struct {
	client  *client
	key     *Key
	id      string
	scopes  string
	address string // of the token endpoint; empty until it is discovered
	now     func() time.Time

	mu     sync.Mutex
	access string
	until  time.Time
}

const (
	assertionAge = 4 * time.Minute // servers take at most 5
	// spare is how long before its end a token is renewed, and least how long
	// one is used whose server says nothing about it.
	spare = 30 * time.Second
	least = time.Minute
)

// forget drops a token that the server did not take.
func (s *signIn) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.access = ""
}

// token returns an access token. One caller asks for it, the others wait.
func (s *signIn) token(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.access != "" && s.now().Before(s.until) {
		return s.access, nil
	}
	if s.address == "" {
		if err := s.discover(ctx); err != nil {
			return "", err
		}
	}
	const op = "sign in"
	assertion, err := s.key.sign(map[string]any{
		"iss": s.id, "sub": s.id, "aud": s.address, "jti": rand.Text(),
		"iat": s.now().Unix(), "exp": s.now().Add(assertionAge).Unix(),
	})
	if err != nil {
		return "", &Error{Op: op, kind: schedule.ErrUnavailable, cause: err}
	}
	form := url.Values{
		"grant_type":            {"client_credentials"},
		"scope":                 {s.scopes},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion":      {assertion},
	}
	status, _, body, err := s.client.exchange(ctx, request{op: op, method: http.MethodPost, url: s.address, body: []byte(form.Encode())},
		map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"})
	if err != nil {
		return "", err
	}
	var answer struct {
		Access  string      `json:"access_token"`
		Expires json.Number `json:"expires_in"`
	}
	if status != http.StatusOK || json.Unmarshal(body, &answer) != nil || answer.Access == "" || strings.ContainsAny(answer.Access, " \r\n") {
		return "", &Error{Op: op, Status: status, Code: "login", kind: schedule.ErrUnavailable}
	}
	age := least + spare
	if seconds, err := answer.Expires.Int64(); err == nil && seconds > 0 && seconds < 7*24*3600 {
		age = time.Duration(seconds) * time.Second
	}
	s.access, s.until = answer.Access, s.now().Add(max(age-spare, age/2))
	return s.access, nil
}

// discover reads the token endpoint from the server's SMART configuration.
func (s *signIn) discover(ctx context.Context) error {
	const op = "read .well-known/smart-configuration"
	status, _, body, err := s.client.exchange(ctx, request{op: op, method: http.MethodGet, url: s.client.address(".well-known/smart-configuration", nil)},
		map[string]string{"Accept": "application/json"})
	if err != nil {
		return err
	}
	var answer struct {
		Token string `json:"token_endpoint"`
	}
	bad := &Error{Op: op, Status: status, Code: "login", kind: schedule.ErrUnavailable}
	if status != http.StatusOK || json.Unmarshal(body, &answer) != nil {
		return bad
	}
	u, err := url.Parse(answer.Token)
	if err != nil || u.Host == "" || u.User != nil || !private(u) {
		bad.cause = errors.New("it names no token endpoint by https")
		return bad
	}
	s.address = answer.Token
	return nil
}

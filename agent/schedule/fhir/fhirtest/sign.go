package fhirtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Sign makes a server ask for SMART backend services' sign-in.
type Sign struct {
	Client  string
	Public  crypto.PublicKey // RSA for RS384, EC P-384 for ES384
	KeyID   string
	Now     func() time.Time
	Granted int // tokens so far
}

// Revoke makes every token invalid.
func (s *Server) Revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// Granted is how many tokens were given.
func (s *Server) Granted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.options.Sign.Granted
}

// signing answers what belongs to the sign-in, and refuses who has no token.
func (s *Server) signing(w http.ResponseWriter, r *http.Request, raw []byte) bool {
	sign := s.options.Sign
	if sign == nil {
		return false
	}
	path := strings.TrimPrefix(r.URL.Path, "/r4/")
	switch path {
	case ".well-known/smart-configuration":
		s.json(w, http.StatusOK, Resource{"token_endpoint": s.URL + "/token"})
		return true
	case "token":
		form, err := url.ParseQuery(string(raw))
		if err == nil {
			err = sign.check(form, s.URL+"/token")
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if err != nil {
			s.json(w, http.StatusBadRequest, Resource{"error": "invalid_client", "error_description": err.Error()})
			return true
		}
		sign.Granted++
		token := fmt.Sprintf("token-%d", sign.Granted)
		s.tokens[token] = true
		age := s.options.TokenAge
		if age == 0 {
			age = 300
		}
		s.json(w, http.StatusOK, Resource{"access_token": token, "token_type": "bearer", "expires_in": age})
		return true
	}
	s.mu.Lock()
	known := s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	s.mu.Unlock()
	if !known {
		s.write(w, r, raw, refuse(http.StatusUnauthorized, "login"))
	}
	return !known
}

func (s *Server) json(w http.ResponseWriter, status int, v Resource) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that left is no matter
}

func (sign *Sign) check(form url.Values, audience string) error {
	if form.Get("grant_type") != "client_credentials" || form.Get("scope") == "" ||
		form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		return fmt.Errorf("the form is wrong")
	}
	parts := strings.Split(form.Get("client_assertion"), ".")
	if len(parts) != 3 {
		return fmt.Errorf("no JWT")
	}
	var head struct{ Alg, Kid, Typ string }
	var claims struct {
		Iss, Sub, Aud, Jti string
		Exp, Iat           int64
	}
	for i, to := range []any{&head, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(raw, to) != nil {
			return fmt.Errorf("part %d is no JSON", i)
		}
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return err
	}
	sum := sha512.Sum384([]byte(parts[0] + "." + parts[1]))
	switch public := sign.Public.(type) {
	case *rsa.PublicKey:
		if head.Alg != "RS384" || rsa.VerifyPKCS1v15(public, crypto.SHA384, sum[:], signature) != nil {
			return fmt.Errorf("the signature is wrong")
		}
	case *ecdsa.PublicKey:
		if head.Alg != "ES384" || len(signature) != 96 ||
			!ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:48]), new(big.Int).SetBytes(signature[48:])) {
			return fmt.Errorf("the signature is wrong")
		}
	}
	now := sign.Now().Unix()
	if head.Kid != sign.KeyID || head.Typ != "JWT" || claims.Iss != sign.Client || claims.Sub != sign.Client || claims.Aud != audience ||
		claims.Jti == "" || claims.Exp <= now || claims.Exp > now+300 {
		return fmt.Errorf("the claims are wrong")
	}
	return nil
}

package oidc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"recado/agent/staff/stafftest"
)

// issuer is a small identity provider: it knows one person and signs ES256.
type issuer struct {
	*httptest.Server
	clock *stafftest.Clock

	mu     sync.Mutex
	key    *ecdsa.PrivateKey
	signer *ecdsa.PrivateKey // key, but in a test of another's signature
	claims map[string]any    // over those that are right
	nonces map[string]string // by code
	proofs map[string]string // PKCE challenge by code
	down   bool
}

const client = "recado-console"

func newIssuer(t *testing.T, clock *stafftest.Clock) *issuer {
	t.Helper()
	i := &issuer{clock: clock, key: newKey(t), nonces: map[string]string{}, proofs: map[string]string{}}
	i.signer = i.key
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		write(w, map[string]any{
			"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"ES256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		public, err := i.key.PublicKey.Bytes()
		stafftest.Must(t, err)
		write(w, map[string]any{"keys": []any{map[string]any{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "k", "x": b64(public[1:33]), "y": b64(public[33:])}}})
	})
	mux.HandleFunc("POST /token", i.token)
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	stafftest.Must(t, err)
	return key
}

// browse is what a browser does at the provider: the person agrees, and it
// returns with state and code.
func (i *issuer) browse(t *testing.T, address string) (state, code string) {
	t.Helper()
	u, err := url.Parse(address)
	stafftest.Must(t, err)
	q := u.Query()
	if q.Get("client_id") != client || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" ||
		q.Get("code_challenge") == "" || q.Get("nonce") == "" || q.Get("state") == "" {
		t.Fatal("the address lacks the client, PKCE, nonce or state")
	}
	code = rand.Text()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.nonces[code], i.proofs[code] = q.Get("nonce"), q.Get("code_challenge")
	return q.Get("state"), code
}

func (i *issuer) token(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.down {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	code := r.FormValue("code")
	proof := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if want, ok := i.proofs[code]; !ok || want != b64(proof[:]) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		write(w, map[string]any{"error": "invalid_grant"})
		return
	}
	delete(i.proofs, code)
	now := i.clock.Now()
	claims := map[string]any{
		"iss": i.URL, "aud": client, "sub": "subject-1", "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
		"nonce": i.nonces[code], "email": "Ana1@clinic.example", "email_verified": true,
	}
	maps.Copy(claims, i.claims)
	write(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": i.sign(claims)})
}

func (i *issuer) sign(claims map[string]any) string {
	header, _ := json.Marshal(map[string]string{"alg": "ES256", "kid": "k"})
	payload, _ := json.Marshal(claims)
	text := b64(header) + "." + b64(payload)
	digest := sha256.Sum256([]byte(text))
	r, s, _ := ecdsa.Sign(rand.Reader, i.signer, digest[:])
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return text + "." + b64(signature)
}

// says changes claims of the next tokens.
func (i *issuer) says(claims map[string]any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.claims = claims
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

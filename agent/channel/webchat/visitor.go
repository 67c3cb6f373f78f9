package webchat

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"

	"recado/agent"
	"recado/agent/vault"
)

const cookieName = "recado_visitor"

// tokens makes and knows the tokens of one clinic's visitors: base64url of
// 16 random bytes and the 16 bytes of their MAC.
type tokens struct{ key []byte }

const tokenPart = 16

func newTokens(cfg Config) (tokens, error) {
	key, err := hkdf.Key(sha256.New, cfg.ConversationKey, nil, "recado web visitors of "+cfg.Clinic.ID, 32)
	if err != nil {
		return tokens{}, fmt.Errorf("derive the key of visitors' tokens: %w", err)
	}
	return tokens{key: key}, nil
}

func (t tokens) mint() string {
	raw := make([]byte, tokenPart)
	rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(append(raw, t.mac(raw)...))
}

// valid reports whether mint made the token. There is one spelling of each.
func (t tokens) valid(token string) bool {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	return err == nil && len(raw) == 2*tokenPart && len(token) == base64.RawURLEncoding.EncodedLen(len(raw)) &&
		hmac.Equal(raw[tokenPart:], t.mac(raw[:tokenPart]))
}

func (t tokens) mac(raw []byte) []byte {
	mac := hmac.New(sha256.New, t.key)
	mac.Write(raw)
	return mac.Sum(nil)[:tokenPart]
}

// visitor returns the token of who asks; ok is false for one who has none
// that this clinic's gateways made.
func (h *Handler) visitor(r *http.Request) (token string, ok bool) {
	c, err := r.Cookie(cookieName)
	if err != nil || !h.tokens.valid(c.Value) {
		return "", false
	}
	return c.Value, true
}

// start gives a new visitor their token; who has one keeps it, so a page may
// ask as often as it likes.
func (h *Handler) start(w http.ResponseWriter, r *http.Request) {
	if _, known := h.visitor(r); !known {
		if !h.limits.newcomer() {
			h.refuseRate(w)
			return
		}
		http.SetCookie(w, h.cookie(r, h.tokens.mint()))
	}
	w.WriteHeader(http.StatusNoContent)
}

// cookie lives as long as the browser is open; an empty token removes it.
func (h *Handler) cookie(r *http.Request, token string) *http.Cookie {
	c := &http.Cookie{
		Name: cookieName, Value: token, Path: "/chat", HttpOnly: true,
		SameSite: http.SameSiteStrictMode, Secure: h.cfg.Secure || r.TLS != nil,
	}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}

func (h *Handler) conversation(token string) agent.Conversation {
	return agent.Conversation{
		Clinic: h.cfg.Clinic.ID, Channel: agent.Web,
		ID: vault.ConversationID(h.cfg.ConversationKey, h.cfg.Clinic.ID, string(agent.Web), token),
	}
}

// forget makes the next message the first of a new visitor, for a shared
// computer.
func (h *Handler) forget(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, h.cookie(r, ""))
	w.WriteHeader(http.StatusNoContent)
}

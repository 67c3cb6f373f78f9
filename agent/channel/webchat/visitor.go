package webchat

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"

	"recado/agent"
	"recado/agent/vault"
)

// cookieName is the cookie of the clinic of addresses that name none; others
// add their id.
const cookieName = "recado_visitor"

// tokens makes and knows the tokens of one clinic's visitors: base64url of
// 16 random bytes and the 16 bytes of their MAC.
type tokens struct{ key []byte }

const tokenPart = 16

func newTokens(conversationKey []byte, clinic string) tokens {
	key, err := hkdf.Key(sha256.New, conversationKey, nil, "recado web visitors of "+clinic, 32)
	if err != nil {
		panic("derive the key of visitors' tokens: " + err.Error()) // 32 bytes can always be derived
	}
	return tokens{key: key}
}

func (t tokens) mint() string {
	raw := make([]byte, tokenPart)
	rand.Read(raw) // never fails
	return t.sign(raw)
}

// of is the token of a visit whose page made it up; it is the same each time.
func (t tokens) of(visit string) string { return t.sign(t.mac([]byte("visit " + visit))) }

func (t tokens) sign(raw []byte) string {
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
func (h *Handler) visitor(r *http.Request, p place) (token string, ok bool) {
	c, err := r.Cookie(p.cookieName())
	if err != nil || !h.tokens(p.clinic).valid(c.Value) {
		return "", false
	}
	return c.Value, true
}

func (h *Handler) tokens(c Clinic) tokens { return newTokens(h.cfg.ConversationKey, c.ID) }

// start gives a new visitor their token; who has one keeps it, so a page may
// ask as often as it likes.
func (h *Handler) start(w http.ResponseWriter, r *http.Request, p place) {
	if _, known := h.visitor(r, p); !known {
		if !h.limits.newcomer(p.clinic) {
			h.refuseRate(w)
			return
		}
		http.SetCookie(w, h.cookie(r, p, h.tokens(p.clinic).mint()))
	}
	w.WriteHeader(http.StatusNoContent)
}

// cookie lives as long as the browser is open; an empty token removes it. The
// widget's is partitioned: on the website of another clinic its visitor is
// somebody else. Browsers take it over https alone; without, as in
// development, the widget works on websites of this host.
func (h *Handler) cookie(r *http.Request, p place, token string) *http.Cookie {
	c := &http.Cookie{
		Name: p.cookieName(), Value: token, Path: p.base(), HttpOnly: true,
		SameSite: http.SameSiteStrictMode, Secure: h.cfg.Secure || r.TLS != nil,
	}
	if p.embedded && c.Secure {
		c.SameSite, c.Partitioned = http.SameSiteNoneMode, true
	}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}

func (h *Handler) conversation(p place, token string) agent.Conversation {
	return agent.Conversation{
		Clinic: p.clinic.ID, Channel: agent.Web,
		ID: vault.ConversationID(h.cfg.ConversationKey, p.clinic.ID, string(agent.Web), token),
	}
}

// forget makes the next message the first of a new visitor, for a shared
// computer.
func (h *Handler) forget(w http.ResponseWriter, r *http.Request, p place) {
	http.SetCookie(w, h.cookie(r, p, ""))
	w.WriteHeader(http.StatusNoContent)
}

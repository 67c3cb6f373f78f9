package webchat

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"regexp"

	"recado/agent"
	"recado/agent/vault"
)

const cookieName = "recado_visitor"

var tokenForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// visitor returns the token of who asks; ok is false before their first
// message.
func visitor(r *http.Request) (token string, ok bool) {
	c, err := r.Cookie(cookieName)
	if err != nil || !tokenForm.MatchString(c.Value) {
		return "", false
	}
	return c.Value, true
}

func newToken() string {
	raw := make([]byte, 32)
	rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
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

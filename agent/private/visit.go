package private

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"recado/agent/language"
)

// visit is one browser that may see a conversation's thread. Its key in the
// bucket is the hash of the cookie, so that who reads the bucket gets in
// nowhere.
type visit struct {
	V            int               `json:"v"`
	Clinic       string            `json:"clinic"`
	Conversation string            `json:"conversation"`
	Record       string            `json:"record"`
	Case         string            `json:"case"` // that the record was filed in, or one before it
	Language     language.Language `json:"language,omitempty"`
	Began        time.Time         `json:"began"`
	Active       time.Time         `json:"active"` // when the patient did something

	key      string
	revision uint64
}

// ends is when the visit ends by itself.
func (v visit) ends(cfg *Config) time.Time {
	idle, most := v.Active.Add(cfg.Idle), v.Began.Add(cfg.MaxVisit)
	if most.Before(idle) {
		return most
	}
	return idle
}

func (v visit) place() string { return v.Clinic + "." + v.Conversation }

func visitKey(cookie string) string {
	sum := sha256.Sum256([]byte(cookie))
	return "visit." + hex.EncodeToString(sum[:])
}

// begin makes a visit and its cookie.
func (h *Handler) begin(ctx context.Context, w http.ResponseWriter, r *http.Request, v visit) error {
	cookie := rand.Text()
	v.V, v.Began, v.Active = version, h.cfg.Now().UTC(), h.cfg.Now().UTC()
	if err := h.put(ctx, visitKey(cookie), v, 0, h.cfg.MaxVisit); err != nil {
		return err
	}
	http.SetCookie(w, h.cookie(r, visitCookie, cookie))
	return nil
}

// errNoVisit: there is no cookie, or its visit has ended.
var errNoVisit = errors.New("no visit")

// visit returns the visit of who asks, else errNoVisit.
func (h *Handler) visit(ctx context.Context, r *http.Request) (visit, error) {
	cookie, ok := h.cookieOf(r, visitCookie)
	if !ok {
		return visit{}, errNoVisit
	}
	return h.visitBy(ctx, visitKey(cookie))
}

func (h *Handler) visitBy(ctx context.Context, key string) (visit, error) {
	v, revision, err := get[visit](ctx, h.visits, key)
	if err != nil {
		return v, err
	}
	v.key, v.revision = key, revision
	if revision == 0 || v.V != version || !h.cfg.Now().Before(v.ends(&h.cfg)) || h.profile(v.Clinic) == nil {
		return visit{}, errNoVisit
	}
	return v, nil
}

// touchEvery is how often at most a visit is written because of what the
// patient did.
const touchEvery = time.Minute

// touch notes that the patient did something.
func (h *Handler) touch(ctx context.Context, v visit) error {
	now := h.cfg.Now().UTC()
	if now.Sub(v.Active) < touchEvery {
		return nil
	}
	v.Active = now
	if err := h.put(ctx, v.key, v, v.revision, h.cfg.MaxVisit); err != nil && !errors.Is(err, errOvertaken) {
		return err
	}
	return nil // overtaken by another act of hers, or by leaving
}

func (h *Handler) stay(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), h.cfg.Timeout)
	defer cancel()
	v, err := h.visit(ctx, r)
	if err == nil {
		err = h.touch(ctx, v)
	}
	if err != nil {
		h.fail(w, err, "a visit could not be kept", v.Record)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// leave ends the visit, also where it has ended.
func (h *Handler) leave(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), h.cfg.Timeout)
	defer cancel()
	v, err := h.visit(ctx, r)
	if err == nil {
		err = h.visits.Delete(ctx, v.key)
		h.news.wake() // its other tabs
	}
	if err != nil && !errors.Is(err, errNoVisit) {
		h.fail(w, fmt.Errorf("end a visit: %w", err), "a visit could not be ended", v.Record)
		return
	}
	http.SetCookie(w, h.cookie(r, visitCookie, ""))
	http.SetCookie(w, h.cookie(r, linkCookie, ""))
	w.WriteHeader(http.StatusNoContent)
}

// Cookies: the visit, and the link that it was begun with, which asks for
// another code when the visit has ended. A link alone shows nothing.
const (
	visitCookie = "recado_visit"
	linkCookie  = "recado_link"
)

func (h *Handler) secure(r *http.Request) bool { return h.cfg.Secure || r.TLS != nil }

// cookie binds the cookie to this host where it can; without a value it
// removes it.
func (h *Handler) cookie(r *http.Request, name, value string) *http.Cookie {
	c := &http.Cookie{
		Name: name, Value: value, Path: "/p", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		MaxAge: int(h.cfg.MaxVisit / time.Second),
	}
	if h.secure(r) {
		c.Name, c.Path, c.Secure = "__Host-"+name, "/", true
	}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

func (h *Handler) cookieOf(r *http.Request, name string) (string, bool) {
	if h.secure(r) {
		name = "__Host-" + name
	}
	c, err := r.Cookie(name)
	if err != nil || c.Value == "" || len(c.Value) > 128 {
		return "", false
	}
	return c.Value, true
}

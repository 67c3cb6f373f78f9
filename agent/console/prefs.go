package console

import (
	"net/http"
	"net/url"
)

// prefs are what a browser, and not a person, is set to: a phone in the dark
// and a desk with a loudspeaker differ. They are in a cookie of their own.
type prefs struct {
	Theme    string // "", "light" or "dark"
	Language string // before somebody signed in
	Sounds   bool
	Keys     bool // shortcuts
}

const prefsCookie = "recado-staff-prefs"

func prefsOf(r *http.Request) prefs {
	p := prefs{Sounds: true, Keys: true}
	c, err := r.Cookie(prefsCookie)
	if err != nil {
		return p
	}
	v, err := url.ParseQuery(c.Value)
	if err != nil {
		return p
	}
	if theme := v.Get("theme"); theme == "light" || theme == "dark" {
		p.Theme = theme
	}
	if lang := v.Get("lang"); lang == "en" || lang == "es" {
		p.Language = lang
	}
	p.Sounds, p.Keys = v.Get("sounds") != "off", v.Get("keys") != "off"
	return p
}

func (s *Server) setPrefs(w http.ResponseWriter, p prefs) {
	v := url.Values{}
	if p.Theme != "" {
		v.Set("theme", p.Theme)
	}
	if p.Language != "" {
		v.Set("lang", p.Language)
	}
	if !p.Sounds {
		v.Set("sounds", "off")
	}
	if !p.Keys {
		v.Set("keys", "off")
	}
	http.SetCookie(w, &http.Cookie{
		Name: prefsCookie, Value: v.Encode(), Path: "/staff", MaxAge: 365 * 24 * 3600,
		HttpOnly: true, Secure: s.cfg.Secure, SameSite: http.SameSiteLaxMode,
	})
}

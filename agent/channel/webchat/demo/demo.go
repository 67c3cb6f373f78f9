// Package demo is the website of a small clinic, made of its profile, with
// Recado's chat on it: what a clinic's own website would look like to its
// patients. It belongs on another origin than the chat's, as a real one is,
// and its content security policy allows the chat's one script tag and its
// frame and nothing else.
package demo

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/language"

	"recado/agent/clinic"
)

//go:embed site
var files embed.FS

// Config is what the website is made of.
type Config struct {
	// Profile returns the clinic as it is now. Required.
	Profile func() *clinic.Profile
	// Key names the clinic in the script tag. Defaults to the profile's id.
	Key string
	// Chat is the origin that serves the chat, such as http://localhost:8080.
	// Required.
	Chat string
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// site serves
//
//	GET /demo             the website; ?lang= en or es
//	GET /demo/style.css   and its pictures
//
// and leads / there.
type site struct {
	cfg    Config
	page   *template.Template
	policy string
	mux    *http.ServeMux
}

// New returns the website, or what is wrong with cfg.
func New(cfg Config) (http.Handler, error) {
	if cfg.Profile == nil {
		return nil, errors.New("demo website config: Profile is missing")
	}
	if u, err := url.Parse(cfg.Chat); err != nil || u.Host == "" || u.Scheme+"://"+u.Host != cfg.Chat || strings.ContainsAny(cfg.Chat, " ;,'\"*") {
		return nil, fmt.Errorf("demo website config: Chat is %q: give an origin, such as http://localhost:8080", cfg.Chat)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	page, err := template.ParseFS(files, "site/index.html")
	if err != nil {
		return nil, fmt.Errorf("read the demo website: %w", err)
	}
	s := &site{cfg: cfg, page: page, mux: http.NewServeMux()}
	s.policy = "default-src 'none'; script-src " + cfg.Chat + "; frame-src " + cfg.Chat + "; style-src 'self'; img-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
	s.mux.HandleFunc("GET /demo", s.index)
	for name, kind := range map[string]string{"style.css": "text/css; charset=utf-8", "hero.svg": "image/svg+xml", "mark.svg": "image/svg+xml"} {
		data, err := files.ReadFile("site/" + name)
		if err != nil {
			return nil, fmt.Errorf("read the demo website: %w", err)
		}
		s.mux.HandleFunc("GET /demo/"+name, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Write(data)
		})
	}
	s.mux.Handle("GET /{$}", http.RedirectHandler("/demo", http.StatusFound))
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", s.policy)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
	s.mux.ServeHTTP(w, r)
}

var matcher = language.NewMatcher([]language.Tag{language.English, language.Spanish})

func (s *site) index(w http.ResponseWriter, r *http.Request) {
	lang := r.URL.Query().Get("lang")
	if lang != "en" && lang != "es" {
		lang = "en"
		if tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language")); err == nil && len(tags) > 0 {
			if _, i, sure := matcher.Match(tags...); i == 1 && sure != language.No {
				lang = "es"
			}
		}
	}
	var b bytes.Buffer
	if err := s.page.Execute(&b, s.view(lang)); err != nil {
		http.Error(w, "the demo website cannot be written: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", lang)
	w.Header().Set("Vary", "Accept-Language")
	w.Write(b.Bytes())
}

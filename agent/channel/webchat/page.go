package webchat

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strings"

	"golang.org/x/text/language"
)

//go:embed page
var files embed.FS

// texts are the page's own words by language and key.
type texts map[string]map[string]string

// page is the HTML and its parts, ready to be served.
type page struct {
	texts  texts
	html   map[string][]byte // by language
	assets map[string]asset  // by file name
}

type asset struct {
	kind string
	tag  string
	data []byte
}

func newPage(cfg Config) (*page, error) {
	p := &page{html: map[string][]byte{}, assets: map[string]asset{}}
	raw, err := files.ReadFile("page/texts.json")
	if err != nil {
		return nil, fmt.Errorf("read the page's texts: %w", err)
	}
	if err := json.Unmarshal(raw, &p.texts); err != nil {
		return nil, fmt.Errorf("read the page's texts: %w", err)
	}
	for name, kind := range map[string]string{
		"app.js": "text/javascript; charset=utf-8", "text.js": "text/javascript; charset=utf-8",
		"style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml",
	} {
		data, err := files.ReadFile("page/" + name)
		if err != nil {
			return nil, fmt.Errorf("read the page's %s: %w", name, err)
		}
		sum := sha256.Sum256(data)
		p.assets[name] = asset{kind: kind, tag: `"` + hex.EncodeToString(sum[:8]) + `"`, data: data}
	}
	tmpl, err := template.ParseFS(files, "page/index.html")
	if err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	for lang, words := range p.texts {
		var b bytes.Buffer
		err := tmpl.Execute(&b, map[string]any{
			"Lang": lang, "T": words, "Texts": p.texts, "Clinic": cfg.Clinic, "MaxText": cfg.MaxText,
			"Dial": dial(cfg.Clinic.Phone),
		})
		if err != nil {
			return nil, fmt.Errorf("write the page: %w", err)
		}
		p.html[lang] = b.Bytes()
	}
	return p, nil
}

var matcher = language.NewMatcher([]language.Tag{language.English, language.Spanish})

func (p *page) serveHTML(w http.ResponseWriter, r *http.Request) {
	lang := r.URL.Query().Get("lang")
	if _, ok := p.html[lang]; !ok {
		lang = "en"
		tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
		if err == nil && len(tags) > 0 {
			if _, i, sure := matcher.Match(tags...); i == 1 && sure != language.No {
				lang = "es"
			}
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", lang)
	w.Header().Set("Vary", "Accept-Language")
	w.Write(p.html[lang])
}

func (p *page) serveAsset(w http.ResponseWriter, r *http.Request) {
	a := p.assets[path.Base(r.URL.Path)]
	w.Header().Set("ETag", a.tag)
	w.Header().Set("Cache-Control", "no-cache") // asked again each time, sent again only if changed
	if r.Header.Get("If-None-Match") == a.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", a.kind)
	w.Write(a.data)
}

// dial is a phone number for a tel: link; 10 digits are a US number.
func dial(phone string) string {
	var b strings.Builder
	for _, r := range phone {
		if r >= '0' && r <= '9' {
			b.WriteRune(r)
		}
	}
	if b.Len() == 10 {
		return "+1" + b.String()
	}
	return b.String()
}

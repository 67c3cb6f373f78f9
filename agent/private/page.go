package private

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
	xlanguage "golang.org/x/text/language"

	"recado/agent/language"
)

//go:embed page
var pageFiles embed.FS

// page is the HTML and its parts, ready to be served. It is the same for
// everybody: what is one patient's comes later, by POST or with her cookie.
type page struct {
	cfg    Config
	words  map[language.Language]map[string]string
	form   *template.Template
	assets map[string]asset // by file name

	mu   sync.Mutex
	of   clinicView // whom html names
	html map[language.Language][]byte
}

type asset struct {
	kind string
	tag  string
	data []byte
}

func newPage(cfg Config) (*page, error) {
	p := &page{cfg: cfg, assets: map[string]asset{}}
	for name, kind := range map[string]string{
		"app.js": "text/javascript; charset=utf-8", "thread.js": "text/javascript; charset=utf-8",
		"message.js": "text/javascript; charset=utf-8", "text.js": "text/javascript; charset=utf-8",
		"style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml",
	} {
		data, err := pageFiles.ReadFile("page/" + name)
		if err != nil {
			return nil, fmt.Errorf("read the private page's %s: %w", name, err)
		}
		sum := sha256.Sum256(data)
		p.assets[name] = asset{kind: kind, tag: `"` + hex.EncodeToString(sum[:8]) + `"`, data: data}
	}
	var err error
	if p.words, err = shippedTexts(); err != nil {
		return nil, err
	}
	if p.form, err = template.ParseFS(pageFiles, "page/index.html"); err != nil {
		return nil, fmt.Errorf("read the private page: %w", err)
	}
	_, err = p.in(language.English)
	return p, err
}

// in is the page in a language. With one clinic its name is there from the
// start; with several the page learns it from the link.
func (p *page) in(lang language.Language) ([]byte, error) {
	var clinic clinicView
	if all := p.cfg.Clinics().Profiles(); len(all) == 1 {
		clinic = viewOf(all[0])
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.html != nil && p.of == clinic {
		return p.html[lang], nil
	}
	html := map[language.Language][]byte{}
	for lang := range p.words {
		var err error
		if html[lang], err = p.write(lang, clinic); err != nil {
			return nil, err
		}
	}
	p.html, p.of = html, clinic
	return html[lang], nil
}

func (p *page) write(lang language.Language, clinic clinicView) ([]byte, error) {
	values := map[string]string{"clinic": clinic.Name, "phone": clinic.Phone}
	t := map[string]string{}
	for key, text := range p.words[lang] {
		t[strings.ReplaceAll(key, ".", "_")] = fill(text, values)
	}
	var b bytes.Buffer
	if err := p.form.Execute(&b, map[string]any{
		"Lang": lang, "T": t, "Texts": p.words, "Clinic": clinic, "MaxText": p.cfg.MaxText,
		"Settings": map[string]any{
			"days": int(p.cfg.Retention / (24 * time.Hour)), "minutes": int(p.cfg.CodeAge / time.Minute), "clinic": clinic,
			"links": strconv.Itoa(int(LinkAge / (24 * time.Hour))),
		},
	}); err != nil {
		return nil, fmt.Errorf("write the private page: %w", err)
	}
	return b.Bytes(), nil
}

var matcher = xlanguage.NewMatcher([]xlanguage.Tag{xlanguage.English, xlanguage.Spanish})

// serveHTML speaks the browser's language until the link tells the
// conversation's.
func (p *page) serveHTML(w http.ResponseWriter, r *http.Request) {
	lang := language.English
	if tags, _, err := xlanguage.ParseAcceptLanguage(r.Header.Get("Accept-Language")); err == nil && len(tags) > 0 {
		if _, i, sure := matcher.Match(tags...); i == 1 && sure != xlanguage.No {
			lang = language.Spanish
		}
	}
	html, err := p.in(lang)
	if err != nil {
		p.cfg.Log.Error("private page cannot be written", zap.Error(err))
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(lang))
	w.Header().Set("Vary", "Accept-Language")
	w.Write(html)
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

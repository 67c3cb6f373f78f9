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
	"net/url"
	"strings"

	"golang.org/x/text/language"
)

//go:embed page widget
var files embed.FS

// texts are the page's own words by language and key.
type texts map[string]map[string]string

// pages are the HTML and its parts, ready to be served.
type pages struct {
	texts  texts
	html   *template.Template
	assets map[string]asset // by path
}

type asset struct {
	kind string
	tag  string
	data []byte
}

const script, stylesheet = "text/javascript; charset=utf-8", "text/css; charset=utf-8"

// parts are the files that pages are made of, by path.
var parts = map[string]struct{ file, kind string }{
	"/chat/app.js":     {"page/app.js", script},
	"/chat/chat.js":    {"page/chat.js", script},
	"/chat/entries.js": {"page/entries.js", script},
	"/chat/replies.js": {"page/replies.js", script},
	"/chat/send.js":    {"page/send.js", script},
	"/chat/text.js":    {"page/text.js", script},
	"/chat/style.css":  {"page/style.css", stylesheet},
	"/chat/plain.css":  {"page/plain.css", stylesheet},
	"/chat/icon.svg":   {"page/icon.svg", "image/svg+xml"},

	"/widget.js":        {"widget/loader.js", script},
	"/widget/frame.js":  {"widget/frame.js", script},
	"/widget/tint.js":   {"widget/tint.js", script},
	"/widget/frame.css": {"widget/frame.css", stylesheet},
}

func newPages() (*pages, error) {
	p := &pages{assets: map[string]asset{}}
	raw, err := files.ReadFile("page/texts.json")
	if err != nil {
		return nil, fmt.Errorf("read the page's texts: %w", err)
	}
	if err := json.Unmarshal(raw, &p.texts); err != nil {
		return nil, fmt.Errorf("read the page's texts: %w", err)
	}
	for path, part := range parts {
		data, err := files.ReadFile(part.file)
		if err != nil {
			return nil, fmt.Errorf("read a part of the page: %w", err)
		}
		if path == "/widget.js" {
			data = trimmed(data)
		}
		sum := sha256.Sum256(data)
		p.assets[path] = asset{kind: part.kind, tag: `"` + hex.EncodeToString(sum[:8]) + `"`, data: data}
	}
	functions := template.FuncMap{"linked": linked, "uuid": newUUID}
	if p.html, err = template.New("").Funcs(functions).ParseFS(files, "page/*.html"); err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	return p, nil
}

// trimmed is a script without the comments and indents that only its readers
// need: every page of a website loads it.
func trimmed(source []byte) []byte {
	var out []byte
	for line := range bytes.Lines(source) {
		if line = bytes.TrimSpace(line); len(line) > 0 && !bytes.HasPrefix(line, []byte("//")) {
			out = append(append(out, line...), '\n')
		}
	}
	return out
}

// common is what each page is filled with.
func (h *Handler) common(p place, lang string) map[string]any {
	return map[string]any{
		"Lang": lang, "T": h.pages.texts[lang], "Texts": h.pages.texts, "Clinic": p.clinic, "MaxText": h.cfg.MaxText,
		"Dial": dial(p.clinic.Phone), "Base": p.base(), "Query": p.query(), "Store": p.storeName(),
		"Embedded": p.embedded, "Origins": strings.Join(p.clinic.origins(), " "), "Beat": h.cfg.Heartbeat.Milliseconds(),
		"Plain": plainAddress(p, lang, nil), "Full": chatAddress(p, lang),
		"English": plainAddress(p, "en", nil), "Spanish": plainAddress(p, "es", nil),
	}
}

// chat is the page, here or in the widget.
func (h *Handler) chat(w http.ResponseWriter, r *http.Request, p place) {
	h.html(w, r, "index.html", h.common(p, h.pages.language(r)))
}

// framed is the page for the websites that may show it, and for no others.
func (h *Handler) framed(w http.ResponseWriter, r *http.Request, p place) {
	ancestors := "'none'"
	if origins := p.clinic.origins(); len(origins) > 0 {
		ancestors = strings.Join(origins, " ")
		w.Header().Del("X-Frame-Options") // it knows one origin at most
	}
	w.Header().Set("Content-Security-Policy", policyFor(ancestors))
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.chat(w, r, p)
}

func (h *Handler) html(w http.ResponseWriter, r *http.Request, name string, data map[string]any) {
	var b bytes.Buffer
	if err := h.pages.html.ExecuteTemplate(&b, name, data); err != nil {
		h.log.Error("web chat cannot write its page: " + err.Error())
		http.Error(w, "the page is not available right now", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", data["Lang"].(string))
	w.Header().Set("Vary", "Accept-Language")
	w.Write(b.Bytes())
}

var matcher = language.NewMatcher([]language.Tag{language.English, language.Spanish})

// language is the one that the address asks for, else the browser's first of
// the two.
func (p *pages) language(r *http.Request) string {
	lang := r.URL.Query().Get("lang")
	if _, ok := p.texts[lang]; ok {
		return lang
	}
	if tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language")); err == nil && len(tags) > 0 {
		if _, i, sure := matcher.Match(tags...); i == 1 && sure != language.No {
			return "es"
		}
	}
	return "en"
}

func (p *pages) serveAsset(w http.ResponseWriter, r *http.Request) {
	a := p.assets[r.URL.Path]
	if r.URL.Path == "/widget.js" { // a part of other websites
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		w.Header().Set("Access-Control-Allow-Origin", "*")
	}
	w.Header().Set("ETag", a.tag)
	w.Header().Set("Cache-Control", "no-cache") // asked again each time, sent again only if changed
	if r.Header.Get("If-None-Match") == a.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", a.kind)
	w.Write(a.data)
}

// plainAddress is where the page without script is.
func plainAddress(p place, lang string, more url.Values) string {
	q := addressQuery(p, lang)
	for k, v := range more {
		q[k] = v
	}
	return "/chat/plain?" + q.Encode()
}

func chatAddress(p place, lang string) string { return "/chat?" + addressQuery(p, lang).Encode() }

func addressQuery(p place, lang string) url.Values {
	q := url.Values{"lang": {lang}}
	if p.named {
		q.Set("clinic", p.clinic.key())
	}
	return q
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

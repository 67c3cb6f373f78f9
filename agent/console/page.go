package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"golang.org/x/text/language"
)

//go:embed templates
var templateFiles embed.FS

// pages are the templates by language and name. layout.html surrounds each;
// files named part_*.html, and <name>_part_*.html, are at hand in all of them.
type pages struct {
	byLang map[string]map[string]*template.Template
}

func loadPages(fsys fs.FS, s *Server) (*pages, error) {
	names, err := fs.Glob(fsys, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	p := &pages{byLang: map[string]map[string]*template.Template{}}
	for _, lang := range languages {
		p.byLang[lang] = map[string]*template.Template{}
		words := Texts{lang: lang, zone: time.UTC, now: s.cfg.Now, words: s.texts[lang]}
		base := template.New("layout.html").Option("missingkey=error").Funcs(template.FuncMap{
			"t": words.Say, "has": words.Has, "number": words.Number, "lasting": words.Lasting, "stamp": words.Stamp,
			"icon": icon, "dict": dict, "lower": strings.ToLower,
		})
		shared := []string{"templates/layout.html"}
		for _, name := range names {
			if strings.Contains(path.Base(name), "part_") {
				shared = append(shared, name)
			}
		}
		if base, err = base.ParseFS(fsys, shared...); err != nil {
			return nil, fmt.Errorf("read templates: %w", err)
		}
		for _, name := range names {
			file := path.Base(name)
			if file == "layout.html" || strings.Contains(file, "part_") {
				continue
			}
			one, err := base.Clone()
			if err == nil {
				one, err = one.ParseFS(fsys, name)
			}
			if err != nil {
				return nil, fmt.Errorf("read templates: %w", err)
			}
			p.byLang[lang][strings.TrimSuffix(file, ".html")] = one
		}
	}
	return p, nil
}

// dict makes a map of name, value, ... for a part that needs several things.
func dict(pairs ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok || i+1 >= len(pairs) {
			return nil, fmt.Errorf("dict needs names with values")
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// Page answers with a page: a file of templates/ that defines "title" and
// "main".
func (r *Request) Page(name string, data any) error { return r.page(http.StatusOK, name, data) }

func (r *Request) page(status int, name string, data any) error {
	tmpl, ok := r.Server.pages.byLang[r.Text.lang][name]
	if !ok {
		return fmt.Errorf("there is no page %q", name)
	}
	v := View{Texts: r.Text, Request: r, Data: data, Status: status}
	if key := r.URL.Query().Get("done"); key != "" && r.Text.Has("done."+key) {
		v.Done = "done." + key
	}
	if r.SignedIn() {
		ends := r.Session.Ends()
		v.Ends = ends.UnixMilli()
		v.Idle = max(1, int(ends.Sub(r.Server.cfg.Now())/time.Second))
	}
	var b bytes.Buffer
	if err := tmpl.ExecuteTemplate(&b, "layout.html", v); err != nil {
		return fmt.Errorf("write page %s: %w", name, err)
	}
	h := r.W.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", r.Text.lang)
	h.Set("Vary", "Accept-Language, Cookie")
	r.W.WriteHeader(status)
	_, _ = r.W.Write(b.Bytes()) // who is gone needs no page
	return nil
}

// Part answers with one named part of a page without the layout, for scripts
// that put it in place of an older one.
func (r *Request) Part(page, part string, data any) error {
	tmpl, ok := r.Server.pages.byLang[r.Text.lang][page]
	if !ok {
		return fmt.Errorf("there is no page %q", page)
	}
	var b bytes.Buffer
	if err := tmpl.ExecuteTemplate(&b, part, View{Texts: r.Text, Request: r, Data: data, Status: http.StatusOK}); err != nil {
		return fmt.Errorf("write part %s of page %s: %w", part, page, err)
	}
	r.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = r.W.Write(b.Bytes())
	return nil
}

var matcher = language.NewMatcher([]language.Tag{language.English, language.Spanish})

// textsFor is the person's language, else what this browser was set to, else
// what it asks for; in the clinic's time zone, else the first clinic's.
func (s *Server) textsFor(r *Request) Texts {
	lang := r.Person.Language
	if lang != "en" && lang != "es" {
		lang = r.prefs.Language
	}
	if lang == "" {
		lang = "en"
		tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
		if err == nil && len(tags) > 0 {
			if _, i, sure := matcher.Match(tags...); i == 1 && sure != language.No {
				lang = "es"
			}
		}
	}
	var zone *time.Location
	if p := r.profile(r.Clinic); p != nil {
		zone = p.Zone
	} else if all := r.directory().Profiles(); len(all) > 0 {
		zone = all[0].Zone
	}
	if zone == nil {
		zone = time.UTC
	}
	return Texts{lang: lang, zone: zone, now: s.cfg.Now, words: s.texts[lang]}
}

package private

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"recado/agent/clinic"
	"recado/agent/language"
)

func TestBothLanguagesSayTheSame(t *testing.T) {
	all, err := shippedTexts()
	must(t, err)
	for key, en := range all[language.English] {
		if es := all[language.Spanish][key]; es == en {
			t.Errorf("%s: %q in both languages", key, en)
		}
	}
}

func TestTextsThatDifferAreToldWithTheirLines(t *testing.T) {
	fsys := fstest.MapFS{
		"en.toml": {Data: []byte("[a]\none = \"x {phone}\"\ntwo = \"y\"\n\n[b]\nthree = \" \"\nfour = \"z\"\n")},
		"es.toml": {Data: []byte("[a]\none = \"x\"\n[b]\nthree = \"w\"\nfour = \"z\"\nfive = \"v\"\n")},
	}
	_, err := loadTexts(fsys)
	if err == nil {
		t.Fatal("no problem is found")
	}
	for _, want := range []string{
		"en.toml:2: a.one has the places [phone], in es.toml []", "en.toml:3: a.two is missing in es.toml", "en.toml:6: b.three is empty",
		"es.toml:6: b.five is missing in en.toml",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told: %v", want, err)
		}
	}
}

func TestEveryTextIsUsedAndEveryUsedOneIsThere(t *testing.T) {
	all, err := shippedTexts()
	must(t, err)
	var page strings.Builder
	for _, name := range []string{"index.html", "app.js", "thread.js", "message.js"} {
		data, err := pageFiles.ReadFile("page/" + name)
		must(t, err)
		page.Write(data)
	}
	built := regexp.MustCompile(`^(code|again)\.(whatsapp|sms|web)$|^(code|birthdate)\.(wrong|last)$`)
	for key := range all[language.English] {
		if !strings.Contains(page.String(), `"`+key+`"`) && !strings.Contains(page.String(), "{{.T."+strings.ReplaceAll(key, ".", "_")+"}}") && !built.MatchString(key) {
			t.Errorf("%s is used nowhere", key)
		}
	}
	for _, m := range regexp.MustCompile(`data-(?:text|label)="([a-z.]+)"|(?:put|t|keyed)\([^"\n]*"([a-z]+\.[a-z]+)"|\{\{\.T\.([a-z_]+)\}\}`).FindAllStringSubmatch(page.String(), -1) {
		key := m[1] + m[2] + strings.Replace(m[3], "_", ".", 1)
		if all[language.English][key] == "" {
			t.Errorf("%s is used and is not there", key)
		}
	}
}

func TestThePageSpeaksTheBrowsersLanguageUntilTheLinkTells(t *testing.T) {
	p, err := newPage(Config{Clinics: clinic.Always(clinic.Sample())})
	must(t, err)
	for accept, want := range map[string]string{
		"": "en", "es": "es", "es-MX,es;q=0.9,en;q=0.8": "es", "en-US,en;q=0.9,es;q=0.8": "en", "fr-FR,es;q=0.5,en;q=0.3": "es", "gibberish;;q=": "en",
	} {
		req := httptest.NewRequest(http.MethodGet, "/p", nil)
		req.Header.Set("Accept-Language", accept)
		w := httptest.NewRecorder()
		p.serveHTML(w, req)
		if !strings.Contains(w.Body.String(), `<html lang="`+want+`">`) {
			t.Errorf("%q: the page is not in %s", accept, want)
		}
	}
}

func TestAClinicsNameCannotBreakThePage(t *testing.T) {
	c := *clinic.Sample()
	c.Name, c.Phone = `</title></script><script>alert(1)</script>`, `"><img src=x>`
	for _, clinics := range [][]*clinic.Profile{{&c}, {&c, clinic.Sample()}} {
		p, err := newPage(Config{Clinics: clinic.Always(clinics...)})
		must(t, err)
		raw, err := p.in("en")
		must(t, err)
		html := string(raw)
		if strings.Contains(html, "<script>alert") || strings.Contains(html, "<img src=x>") {
			t.Error("the clinic's name became HTML")
		}
		if strings.Contains(html, "{phone}</p>") && len(clinics) == 1 {
			t.Error("a place is not filled")
		}
	}
}

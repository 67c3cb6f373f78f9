package demo

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"recado/agent/clinic"
)

// at is a moment at the sample clinic.
func at(t *testing.T, s string) time.Time {
	t.Helper()
	when, err := time.ParseInLocation("2006-01-02 15:04", s, clinic.Sample().Zone)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func get(t *testing.T, cfg Config, path, accept string) *httptest.ResponseRecorder {
	t.Helper()
	h, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Language", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestTheWebsiteSaysWhenTheClinicIsOpen(t *testing.T) {
	for _, test := range []struct{ now, en, es string }{
		{"2026-11-24 10:00", "Gulfton: open until 5:30\u00a0PM", "Gulfton: abierto hasta las 5:30\u00a0p. m."},
		{"2026-11-24 18:00", "Eastside: open until 7:00\u00a0PM", "Eastside: abierto hasta las 7:00\u00a0p. m."},
		{"2026-11-24 21:00", "Gulfton: closed, opens tomorrow at 8:00\u00a0AM", "Gulfton: cerrado, abre mañana a las 8:00\u00a0a. m."},
		{"2026-11-27 12:30", "Gulfton: open until 1:00\u00a0PM", "Gulfton: abierto hasta las 1:00\u00a0p. m."},                            // the day after Thanksgiving
		{"2026-11-28 14:00", "Gulfton: closed, opens on Monday at 8:00\u00a0AM", "Gulfton: cerrado, abre el lunes a las 8:00\u00a0a. m."}, // a Saturday
	} {
		cfg := Config{Chat: "http://localhost:8080", Profile: clinic.Sample, Now: func() time.Time { return at(t, test.now) }}
		if en := get(t, cfg, "/demo?lang=en", "").Body.String(); !strings.Contains(en, "</span>"+test.en+"</p>") {
			t.Errorf("%s: the page does not say %q", test.now, test.en)
		}
		if es := get(t, cfg, "/demo", "es-MX").Body.String(); !strings.Contains(es, "</span>"+test.es+"</p>") || !strings.Contains(es, `<html lang="es">`) {
			t.Errorf("%s: the page does not say %q", test.now, test.es)
		}
	}
}

func TestTheWeekIsOfThisWeekAndInOrder(t *testing.T) {
	p := clinic.Sample()
	var got []string
	for _, l := range week(p, p.Place("gulfton"), at(t, "2026-11-26 12:00"), "en") {
		got = append(got, l.Days+": "+strings.Join(l.Hours, ", "))
	}
	const want = "Monday – Wednesday: 8:00\u00a0AM – 5:30\u00a0PM|Thursday: Closed|Friday: 9:00\u00a0AM – 1:00\u00a0PM|Saturday: 9:00\u00a0AM – 1:00\u00a0PM|Sunday: Closed"
	if all := strings.Join(got, "|"); all != want && all != strings.Replace(want, "Friday: 9:00\u00a0AM – 1:00\u00a0PM|Saturday: ", "Friday – Saturday: ", 1) {
		t.Errorf("the week of Thanksgiving is %s", all)
	}
}

func TestBothLanguagesHaveEveryText(t *testing.T) {
	for key, en := range texts["en"] {
		if es := texts["es"][key]; es == "" || en == "" || es == en {
			t.Errorf("%s: %q in English, %q in Spanish", key, en, es)
		}
	}
	if len(texts["en"]) != len(texts["es"]) {
		t.Error("a language has texts that the other one lacks")
	}
}

func TestThePolicyAllowsTheChatAlone(t *testing.T) {
	cfg := Config{Chat: "https://chat.example", Profile: clinic.Sample, Key: "buenavista-web"}
	for path, code := range map[string]int{"/demo": 200, "/": 302, "/demo/style.css": 200, "/demo/hero.svg": 200, "/demo/index.html": 404, "/chat": 404} {
		w := get(t, cfg, path, "")
		csp := w.Header().Get("Content-Security-Policy")
		if w.Code != code || !strings.HasPrefix(csp, "default-src 'none'; script-src https://chat.example; frame-src https://chat.example; style-src 'self'; ") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %d %s", path, w.Code, csp)
		}
	}
	page := get(t, cfg, "/demo", "").Body.String()
	if !strings.Contains(page, `<script src="https://chat.example/widget.js" data-clinic="buenavista-web"`) || strings.Contains(page, "ZgotmplZ") || strings.Contains(page, "style=") {
		t.Error("the script tag is not the one that a clinic gets, or the page breaks its own policy")
	}
	for _, chat := range []string{"", "chat.example", "https://chat.example/", "https://chat.example;x", "https://a.example b"} {
		if _, err := New(Config{Chat: chat, Profile: clinic.Sample}); err == nil {
			t.Errorf("%q is taken for an origin", chat)
		}
	}
}

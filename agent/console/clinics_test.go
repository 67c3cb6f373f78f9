package console

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"recado/agent/clinic"
	"recado/agent/staff"
)

func TestClinicsComeAndGoBetweenRequests(t *testing.T) {
	both := func(more ...string) clinic.Directory {
		all := []*clinic.Profile{}
		for _, id := range append(more, deskClinic) {
			p := *sampleClinic()
			p.ID, p.Name = id, "Clínica "+id
			all = append(all, &p)
		}
		return clinic.Always(all...)()
	}
	var now atomic.Value
	now.Store([]clinic.Directory{both()})
	d := newDesk(t, func(c *Config) {
		c.Clinics = func() clinic.Directory { return now.Load().([]clinic.Directory)[0] }
	})
	ana := d.person(t, "Ana Vega", staff.Staff)
	admin := (&shell{desk: d}).admin(t)
	if a := admin.get("/staff/otra"); a.Status != http.StatusNotFound {
		t.Fatalf("a clinic that is not there: %d", a.Status)
	}
	now.Store([]clinic.Directory{both("otra", "account")})
	if a := admin.get("/staff/otra"); a.Status != http.StatusOK || !strings.Contains(a.Body, "Clínica otra") {
		t.Errorf("a clinic that came: %d", a.Status)
	}
	if a := ana.get("/staff/otra"); a.Status != http.StatusNotFound {
		t.Errorf("whoever has no role there gets %d", a.Status)
	}
	// One that has the id of a page cannot be served, and takes no page away.
	if a := admin.get("/staff/account"); a.Status != http.StatusOK || strings.Contains(a.Body, "Clínica account") || !d.server.Reserved("account") {
		t.Errorf("a page that a clinic is called like: %d", a.Status)
	}
	now.Store([]clinic.Directory{both()})
	if a := admin.get("/staff/" + deskClinic); a.Status != http.StatusOK || strings.Contains(a.Body, "Clínica otra") {
		t.Errorf("a clinic that went is shown: %d", a.Status)
	}
	now.Store([]clinic.Directory{clinic.Always()()}) // a mistake of somebody's must not break the pages
	if a := admin.get("/staff/account"); a.Status != http.StatusOK {
		t.Errorf("without a clinic: %d", a.Status)
	}
}

func TestAnOpenStreamEndsWithItsClinic(t *testing.T) {
	profile := *sampleClinic()
	profile.ID = deskClinic
	served := clinic.Always(&profile)()
	var gone atomic.Bool
	d := newDesk(t, func(c *Config) {
		c.Clinics = func() clinic.Directory {
			if gone.Load() {
				return clinic.Always()()
			}
			return served
		}
	})
	defer func(was time.Duration) { heartbeat = was }(heartbeat)
	heartbeat = 20 * time.Millisecond
	s := d.person(t, "Ana Vega", staff.Staff).listen(t, "", 0)
	s.until(t, "a beat", func(f frame) bool { return f.Event == "beat" })
	gone.Store(true)
	s.until(t, "the end of the stream", func(f frame) bool { return f.Event == "signed-out" })
}

// Staff are told what to do about a reply that did not arrive by what WhatsApp
// said, in their language.
func TestWhatToDoAboutAReplyThatDidNotArriveDependsOnItsCode(t *testing.T) {
	all, err := shippedTexts()
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for _, lang := range []string{"en", "es"} {
		texts := Texts{lang: lang, words: all[lang]}
		for what, codes := range map[string][]int{
			"other": {0, 424242}, "unreachable": {131026}, "window": {131047}, "held": {131048, 131049, 130472},
			"trouble": {1, 2, 130429, 131000, 131016, 131056, 131057, 133004},
		} {
			for _, code := range codes {
				reason := ruleReason(texts, fmt.Sprintf("undelivered.code.%d", code)).Reason
				if !strings.Contains(reason, map[string]string{"en": "The reply below", "es": "La respuesta de abajo"}[lang]) {
					t.Errorf("%s: %d does not say which reply: %s", lang, code, reason)
				}
				if other, known := said[reason]; known && other != what {
					t.Errorf("%s: %d says the same as %s", lang, code, other)
				}
				said[reason] = what
			}
		}
	}
	if len(said) != 10 {
		t.Errorf("%d reasons, want five in each language", len(said))
	}
}

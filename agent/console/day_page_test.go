package console

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"recado/agent/audit"
	"recado/agent/channel/channeltest"
	"recado/agent/clinic"
	"recado/agent/schedule"
	"recado/agent/staff"
)

// shownBook is a book whose days are given.
type shownBook struct {
	schedule.Schedule
	days map[clinic.Date][]schedule.Booking
	err  error
}

func (b *shownBook) Day(_ context.Context, d clinic.Date) ([]schedule.Booking, error) {
	return b.days[d], b.err
}

func (b *shownBook) shelf() schedule.Books {
	return schedule.NewShelf(schedule.Kinds{clinic.BookEmbedded: func(*clinic.Profile) (schedule.Schedule, error) { return b, nil }})
}

var decemberFirst = clinic.Date{Year: 2026, Month: time.December, Day: 1}

// newShownBook has a busy first of December.
func newShownBook() *shownBook {
	p := clinic.Sample()
	owner := schedule.Owner{Clinic: p.ID, Channel: "whatsapp", Conversation: "feedbeeffeedbeef"}
	slot := func(minute, length int, visit, provider, location string) schedule.Slot {
		at := decemberFirst.At(minute, p.Zone)
		return schedule.Slot{ID: "hidden." + visit, Visit: visit, Provider: provider, Location: location, Start: at, End: at.Add(time.Duration(length) * time.Minute)}
	}
	visit := func(ref string, state schedule.State, isNew bool, all ...schedule.Slot) schedule.Booking {
		return schedule.Booking{Ref: ref, Slots: all, State: state, New: isNew, Booked: time.Now(), Owner: owner}
	}
	return &shownBook{days: map[clinic.Date][]schedule.Booking{decemberFirst: {
		visit("K7M2QX", schedule.Confirmed, false, slot(8*60, 20, "follow_up", "Dr. Ana Treviño", "gulfton")),
		visit("C3D4F6", schedule.Booked, true, slot(8*60+40, 40, "new_patient", "Dr. Ana Treviño", "gulfton")),
		visit("H7J9KM", schedule.Cancelled, false, slot(11*60, 20, "follow_up", "Dr. Luis Ortega", "eastside")),
		visit("N2P3QR", schedule.Booked, false, slot(11*60+20, 20, "follow_up", "Dr. Luis Ortega", "eastside"), slot(11*60+40, 20, "follow_up", "Dr. Luis Ortega", "eastside")),
		visit("T4V6WX", schedule.Requested, false, slot(14*60, 20, "gone_from_the_profile", "", "")),
	}}}
}

func withDay(b *shownBook) func(*Config) {
	return func(c *Config) {
		c.Books = b.shelf()
		c.Clinics().Profiles()[0].Booking.Kind = clinic.BookEmbedded
	}
}

func TestADayShowsTimesAndReferencesAndNothingOfAPatient(t *testing.T) {
	t.Parallel()
	d := newDesk(t, withDay(newShownBook()))
	rosa := d.person(t, "Rosa Leal", staff.Reader)
	for lang, words := range map[string][]string{
		"en-US": {"Tue, Dec 1", "4 visits", "8:00\u00a0AM", "8:20\u00a0AM", "follow-up visit", "Dr. Ana Treviño", "Gulfton", "K7M2QX", "Confirmed", "New patient", "Cancelled", "2 in a row", "12:00\u00a0PM", "Asked for: confirm it"},
		"es-MX": {"martes 1 de diciembre", "4 citas", "8:00\u00a0a.\u00a0m.", "consulta de seguimiento", "Dra. Ana Treviño", "Confirmada", "Paciente nuevo", "Cancelada", "2 seguidas", "Solicitada: falta confirmarla"},
	} {
		rosa.lang = lang
		a := rosa.get("/staff/" + deskClinic + "/day?on=2026-12-01")
		if a.Status != http.StatusOK {
			t.Fatalf("%s: answered %d", lang, a.Status)
		}
		last := 0
		for _, ref := range []string{"K7M2QX", "C3D4F6", "H7J9KM", "N2P3QR", "T4V6WX"} {
			at := strings.Index(a.Body, ref)
			if at < last {
				t.Errorf("%s: %s is missing or out of order", lang, ref)
			}
			last = at
		}
		for _, w := range words {
			if !strings.Contains(a.Body, w) {
				t.Errorf("%s: %q is missing", lang, w)
			}
		}
		for _, bad := range []string{"feedbeef", "hidden.", "whatsapp"} {
			if strings.Contains(a.Body, bad) {
				t.Errorf("%s: the page says %q", lang, bad)
			}
		}
		for _, to := range []string{"/day?on=2026-11-30", "/day?on=2026-12-02", "/day.ics?on=2026-12-01"} {
			if !strings.Contains(a.Body, `href="/staff/`+deskClinic+to+`"`) {
				t.Errorf("%s: no way to %s", lang, to)
			}
		}
	}
	rosa.lang = "es-MX"
	for _, on := range []string{"", "?on=soon", "?on=2026-13-40"} {
		if a := rosa.get("/staff/" + deskClinic + "/day" + on); a.Status != http.StatusOK || !strings.Contains(a.Body, "Nadie ha agendado") {
			t.Errorf("%q is answered %d", on, a.Status)
		}
	}
}

func TestADaysFileIsAuditedAndSaysBusyAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t, withDay(newShownBook()))
	rosa := d.person(t, "Rosa Leal", staff.Reader)
	a := rosa.get("/staff/" + deskClinic + "/day.ics?on=2026-12-01")
	if a.Status != http.StatusOK || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/calendar") || !strings.Contains(a.Header.Get("Content-Disposition"), "2026-12-01.ics") ||
		strings.Count(a.Body, "BEGIN:VEVENT") != 5 || !strings.Contains(a.Body, "SUMMARY:Busy K7M2QX") || strings.Contains(a.Body, "Ana") {
		t.Errorf("answered %d, %s", a.Status, a.Body)
	}
	if acts := d.audits.of(audit.Exported); len(acts) != 1 || acts[0].Who != rosa.ID || acts[0].Subject != "day:2026-12-01" {
		t.Errorf("audited %+v", acts)
	}
	d.audits.refuse(true)
	if a := rosa.get("/staff/" + deskClinic + "/day.ics?on=2026-12-01"); a.Status != http.StatusServiceUnavailable || strings.Contains(a.Body, "VEVENT") {
		t.Errorf("without the audit: %d", a.Status)
	}
}

func TestWithoutABookOfItsOwnAClinicHasNoDay(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(c *Config) { c.Books = newShownBook().shelf() })
	rosa := d.person(t, "Rosa Leal", staff.Reader)
	for _, path := range []string{"/day", "/day.ics"} {
		if a := rosa.get("/staff/" + deskClinic + path); a.Status != http.StatusNotFound {
			t.Errorf("%s is answered %d", path, a.Status)
		}
	}
	if a := rosa.get("/staff/" + deskClinic + "/numbers"); strings.Contains(a.Body, deskClinic+"/day") {
		t.Error("there is a way to a page that is not there")
	}
}

func TestABookThatCannotBeReadIsSaidSo(t *testing.T) {
	t.Parallel()
	book := newShownBook()
	d := newDesk(t, withDay(book))
	rosa := d.person(t, "Rosa Leal", staff.Reader)
	book.err = fmt.Errorf("read: %w", schedule.ErrUnavailable)
	if a := rosa.get("/staff/" + deskClinic + "/day"); a.Status != http.StatusServiceUnavailable || !strings.Contains(a.Body, "appointment book") {
		t.Errorf("answered %d", a.Status)
	}
	book.err = schedule.ErrUnsupported
	if a := rosa.get("/staff/" + deskClinic + "/day"); a.Status != http.StatusNotFound {
		t.Errorf("a book without days is answered %d", a.Status)
	}
}

func TestTheDayIsAccessibleAndFitsEveryScreen(t *testing.T) {
	t.Parallel()
	checker := channeltest.Axe(t)
	browser := channeltest.SharedBrowser(t)
	d := newDesk(t, withDay(newShownBook()))
	ana := d.person(t, "Ana Ruiz", staff.Staff)
	for _, lang := range []string{"en", "es"} {
		ana.lang = map[string]string{"en": "en-US", "es": "es-MX"}[lang]
		p := d.open(t, browser, ana, "/staff/"+deskClinic)
		for _, on := range []string{"2026-12-01", "2026-12-02"} {
			p.do(chromedp.Navigate(d.http.URL+"/staff/"+deskClinic+"/day?on="+on), chromedp.WaitReady("#day-title"))
			for _, width := range []int64{320, 1280} {
				for _, scheme := range []string{"light", "dark"} {
					p.screen(width, scheme)
					name := fmt.Sprintf("%s-%d-%s-day-%s", lang, width, scheme, on)
					p.fits()
					p.shot(name)
					p.accessible(checker, name)
				}
			}
		}
		p.clean()
	}
}

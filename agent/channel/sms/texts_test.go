package sms_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/agent/answer"
	"recado/agent/booking"
	"recado/agent/channel/sms"
	"recado/agent/clinic"
	"recado/agent/language"
	"recado/agent/reading"
	"recado/locales"
)

// Limits of a text in segments. An emergency's is read on the way to the
// phone, and each segment is paid for.
const (
	mostSegments  = 3
	mostEmergency = 3
)

// lists are the texts that are as long as what the clinic publishes.
var lists = map[string]int{"hours.week": 4, "cost.list": 4}

// worst is the longest that a text gets in a language.
type worst struct {
	segments int
	text     string
}

type (
	profile string
	clock   string
)

const (
	sample profile = "the sample clinic"
	one    profile = "it with one place and less to offer"
	bare   profile = "it with nothing published"
	always profile = "that, open day and night"

	morning clock = "2026-11-18 10:30"
	night   clock = "2026-11-25 23:00" // before a holiday
)

func profiles() map[profile]*clinic.Profile {
	p, less := clinic.Sample(), clinic.Sample()
	less.Location, less.Languages = less.Location[:1], []string{"en", "es"}
	less.WalkIns, less.Uninsured, less.Links.Booking, less.FirstVisit.MinutesEarly = clinic.WalkIns{}, false, "", 1
	none := clinic.Profile{ID: "bare", Name: p.Name, Zone: p.Zone, Phone: p.Phone, Links: clinic.Links{Secure: p.Links.Secure},
		Location: []clinic.Location{{ID: "a", Name: "A", Address: "1 A Street"}}, Languages: []string{"en", "es"}}
	open := none
	open.Location = slices.Clone(none.Location)
	for i := range open.Location[0].Hours {
		open.Location[0].Hours[i] = []clinic.Interval{{Open: 0, Close: 1440}}
	}
	return map[profile]*clinic.Profile{sample: p, one: less, bare: &none, always: &open}
}

// texts renders every text of the catalogue: those that answer something for
// the questions, the others for all profiles and times.
func texts(t *testing.T) map[string]worst {
	t.Helper()
	catalogue, err := locales.Default()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]worst{}
	note := func(p *clinic.Profile, m locales.Message) {
		for _, lang := range locales.Languages {
			text, err := catalogue.Render(lang, p, m)
			if err != nil {
				t.Errorf("%s %s: %v", lang, m.Key, err)
				continue
			}
			n, _ := sms.Segments(sms.Plain(text))
			if name := m.Key + " " + string(lang); n > all[name].segments {
				all[name] = worst{n, text}
			}
		}
	}
	clinics := profiles()
	at := func(p *clinic.Profile, c clock) time.Time {
		now, err := time.ParseInLocation("2006-01-02 15:04", string(c), p.Zone)
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	for _, q := range questions {
		p, r := clinics[q.clinic], &reading.Reading{Text: language.Scan(q.text)}
		for _, m := range answer.For(answer.Question{Intent: q.intent, Reading: r, To: len(r.Text.Tokens), Profile: p, Now: at(p, q.now)}).Messages {
			note(p, m)
		}
	}
	for _, p := range clinics {
		for _, c := range []clock{morning, night} {
			for _, key := range catalogue.Keys() {
				if fixed(key) {
					note(p, answer.Fixed(key, p, at(p, c)))
				}
			}
			for _, key := range catalogue.Keys() {
				if strings.HasPrefix(key, "booking.") {
					note(p, visit(key, p, at(p, c)))
				}
			}
			m := answer.Fixed("private.code", p, at(p, c))
			m.Args["code"], m.Args["minutes"] = "123456", 10
			note(p, m)
		}
	}
	return all
}

// visit is a text about booking with all that it may be given: two visits in a
// row, at one of several places.
func visit(key string, p *clinic.Profile, now time.Time) locales.Message {
	m, l := answer.Fixed(key, p, now), p.Location[0]
	start := now.AddDate(0, 0, 7).Truncate(time.Hour)
	line := booking.VisitLine{Date: clinic.DateOf(start), Start: start, Second: start.Add(20 * time.Minute), Place: l.Name, Ref: "K7Q2MP"}
	maps.Copy(m.Args, map[string]any{
		"start": start, "date": line.Date, "second": line.Second, "place": l.Name, "address": l.Address, "ref": line.Ref, "new": true, "n": 2, "minutes": 10,
		"moves": true, "goes_on": false, "days": []clinic.Date{line.Date}, "at": start, "part": "morning", "after": nil, "before": nil, "nearest": true, "two": true, "asked": true, "hour": true, "holiday": clinic.Bilingual{EN: "Thanksgiving", ES: "Acción de Gracias"},
		"name": l.Name, "visits": []booking.VisitLine{line, line},
	})
	if key == "booking.choice.kind" {
		m.Args["name"] = clinic.Bilingual{EN: "new patient visit", ES: "primera consulta"}
	}
	return m
}

// fixed tells the texts that need nothing but the standard arguments.
func fixed(key string) bool {
	table, _, _ := strings.Cut(key, ".")
	return slices.Contains([]string{"intro", "delayed", "unclear", "unreadable", "greeting", "thanks", "goodbye", "emergency", "handoff",
		"human", "consent", "decline", "cancel", "staff", "choices"}, table) || key == "private.read"
}

func TestEveryTextFitsASmallNumberOfSegments(t *testing.T) {
	catalogue, err := locales.Default()
	if err != nil {
		t.Fatal(err)
	}
	all := texts(t)
	for _, key := range catalogue.Keys() {
		if _, ok := all[key+" en"]; !ok {
			t.Errorf("no question reaches %s: its length is not known; add one to questions", key)
		}
		limit := mostSegments
		if strings.HasPrefix(key, "emergency.") {
			limit = mostEmergency
		}
		for _, lang := range locales.Languages {
			name := key + " " + string(lang)
			if w := all[name]; w.segments > max(limit, lists[key]) {
				t.Errorf("%s takes %d segments, at most %d: %s", name, w.segments, max(limit, lists[key]), sms.Plain(w.text))
			}
		}
	}
	if os.Getenv("PRINT_TEXTS") != "" {
		for _, name := range slices.Sorted(maps.Keys(all)) {
			fmt.Printf("%d  %s\n", all[name].segments, name)
		}
	}
}

// Neither language needs UCS-2, whose segments hold less than half: only the
// accents that are folded stand between Spanish and GSM-7.
func TestEveryTextGoesAsGSM7(t *testing.T) {
	accents := false
	for name, w := range texts(t) {
		plain := sms.Plain(w.text)
		if _, gsm7 := sms.Segments(plain); !gsm7 {
			t.Errorf("%s goes as UCS-2: %q", name, plain)
		}
		if before, gsm7 := sms.Segments(w.text); !gsm7 {
			accents = true
			if after, _ := sms.Segments(plain); after > before {
				t.Errorf("%s: %d segments become %d", name, before, after)
			}
		}
		for _, keep := range []string{"ñ", "é", "¿", "¡", "ü"} {
			if strings.Count(plain, keep) != strings.Count(w.text, keep) {
				t.Errorf("%s lost its %s: %q", name, keep, plain)
			}
		}
	}
	if !accents {
		t.Error("no text has an accent that GSM-7 lacks: the test looks at nothing")
	}
}

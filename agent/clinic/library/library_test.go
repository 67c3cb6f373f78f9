package library

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"recado/agent/clinic"
)

// profile is a small profile; channels are lines below `channels:`.
func profile(id string, channels ...string) []byte {
	text := fmt.Sprintf(`id: %s
name: Clinic %s
zone: America/Chicago
phone: (713) 555-0142
links:
  secure: https://sol.example/private
languages: [en, es]
locations:
  - id: main
    name: Main
    address: 1 Main Street
    hours:
      mon-fri: 8:00-17:00
`, id, id)
	if len(channels) > 0 {
		text += "channels:\n  " + strings.Join(channels, "\n  ") + "\n"
	}
	return []byte(text)
}

const (
	whatsApp1 = `whatsapp: {number_id: "100000001"}`
	whatsApp2 = `whatsapp: {number_id: "100000002"}`
	sms1      = `sms: {number: "+17135550101"}`
	web1      = `web: {key: widget-one}`
)

type shelf struct {
	*Library
	logs   *observer.ObservedLogs
	reader *metric.ManualReader
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	core, logs := observer.New(zapcore.InfoLevel)
	reader := metric.NewManualReader()
	l, err := New(Config{Log: zap.New(core), Meters: metric.NewMeterProvider(metric.WithReader(reader))})
	if err != nil {
		t.Fatal(err)
	}
	return &shelf{l, logs, reader}
}

// figure is the sum of a metric over all its labels.
func (s *shelf) figure(t *testing.T, name string) (total int64) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := s.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name != name {
				continue
			}
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					total += p.Value
				}
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					total += p.Value
				}
			}
		}
	}
	return total
}

func docs(pairs ...any) []Document {
	var all []Document
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, Document{pairs[i].(string), pairs[i+1].([]byte)})
	}
	return all
}

func wantIDs(t *testing.T, s *Snapshot, ids ...string) {
	t.Helper()
	if got := strings.Join(s.IDs(), " "); got != strings.Join(ids, " ") {
		t.Errorf("clinics are %q, want %q", got, ids)
	}
}

func TestAClinicIsFoundByItsIDAndByEachOfItsNumbers(t *testing.T) {
	s := newShelf(t)
	if refused := s.Update(docs("a.yaml", profile("harbor", whatsApp1, sms1, web1), "b.yaml", profile("oak"))); len(refused) > 0 {
		t.Fatal(refused)
	}
	now := s.Now()
	for what, find := range map[string]func() (*clinic.Profile, bool){
		"id":               func() (*clinic.Profile, bool) { return now.Profile("harbor") },
		"WhatsApp":         func() (*clinic.Profile, bool) { return now.WhatsApp("100000001") },
		"SMS":              func() (*clinic.Profile, bool) { return now.SMS("+17135550101") },
		"SMS without plus": func() (*clinic.Profile, bool) { return now.SMS("17135550101") },
		"widget key":       func() (*clinic.Profile, bool) { return now.Web("widget-one") },
		"id as widget key": func() (*clinic.Profile, bool) { return now.Web("harbor") },
	} {
		if p, ok := find(); !ok || p.ID != "harbor" {
			t.Errorf("by %s: %v, %t", what, p, ok)
		}
	}
	for what, find := range map[string]func() (*clinic.Profile, bool){
		"another WhatsApp number": func() (*clinic.Profile, bool) { return now.WhatsApp("1") },
		"no WhatsApp number":      func() (*clinic.Profile, bool) { return now.WhatsApp("") },
		"no SMS number":           func() (*clinic.Profile, bool) { return now.SMS("") },
		"no widget key":           func() (*clinic.Profile, bool) { return now.Web("") },
		"another's kind":          func() (*clinic.Profile, bool) { return now.WhatsApp("17135550101") },
	} {
		if p, ok := find(); ok {
			t.Errorf("by %s: found %s", what, p.ID)
		}
	}
}

func TestABadProfileIsRefusedAndTheLastGoodOneStays(t *testing.T) {
	s := newShelf(t)
	s.Update(docs("a.yaml", profile("harbor"), "b.yaml", profile("oak")))
	good, _ := s.Now().Profile("harbor")
	bad := []byte(strings.Replace(string(profile("harbor")), "phone:", "phnoe:", 1))
	refused := s.Update(docs("a.yaml", bad, "b.yaml", profile("oak")))
	if len(refused) != 1 || !strings.Contains(refused["a.yaml"].Error(), "a.yaml:4: phnoe") {
		t.Errorf("refused: %v", refused)
	}
	if p, ok := s.Now().Profile("harbor"); !ok || p != good {
		t.Error("the last good profile is not served")
	}
	line := s.logs.FilterMessageSnippet("the last good one is served on").All()
	if len(line) == 0 || !strings.Contains(fmt.Sprint(line[0].ContextMap()["problem"]), "a.yaml:") {
		t.Errorf("log is %v", line)
	}
	if n := s.figure(t, "recado.profiles.refused"); n != 1 {
		t.Errorf("%d refusals counted", n)
	}
	before := len(line)
	s.Update(docs("a.yaml", bad, "b.yaml", profile("oak")))
	if n := s.logs.FilterMessageSnippet("the last good one is served on").Len(); n != before || s.figure(t, "recado.profiles.refused") != 1 {
		t.Errorf("the same mistake is told again: %d lines", n)
	}
	if refused := s.Update(docs("a.yaml", profile("harbor", sms1), "b.yaml", profile("oak"))); len(refused) > 0 {
		t.Fatal(refused)
	}
	if _, ok := s.Now().SMS("+17135550101"); !ok {
		t.Error("a mended profile is not served")
	}
}

func TestAClinicWhoseProfileWasNeverGoodIsUnknown(t *testing.T) {
	s := newShelf(t)
	s.Update(docs("a.yaml", []byte("name: x\n"), "b.yaml", profile("oak")))
	wantIDs(t, s.Now(), "oak")
	if n := s.figure(t, "recado.profiles"); n != 1 {
		t.Errorf("%d clinics counted", n)
	}
}

func TestARemovedProfileMakesItsClinicUnknown(t *testing.T) {
	s := newShelf(t)
	s.Update(docs("a.yaml", profile("harbor", sms1), "b.yaml", profile("oak")))
	s.Update(docs("b.yaml", profile("oak")))
	wantIDs(t, s.Now(), "oak")
	if _, ok := s.Now().SMS("17135550101"); ok {
		t.Error("its number is found still")
	}
	if s.logs.FilterMessageSnippet("goes to staff").FilterField(zap.String("clinic", "harbor")).Len() != 1 {
		t.Error("nobody is told")
	}
}

func TestASnapshotNeverChanges(t *testing.T) {
	s := newShelf(t)
	s.Update(docs("a.yaml", profile("harbor", sms1), "b.yaml", profile("oak")))
	before := s.Now()
	harbor, _ := before.Profile("harbor")
	s.Update(docs("b.yaml", profile("oak", sms1)))
	wantIDs(t, before, "harbor", "oak")
	if p, ok := before.SMS("17135550101"); !ok || p != harbor {
		t.Error("what a turn took at its beginning changed under it")
	}
}

func TestAProfileThatDidNotChangeKeepsItsPointer(t *testing.T) {
	s := newShelf(t)
	s.Update(docs("a.yaml", profile("harbor"), "b.yaml", profile("oak")))
	oak, _ := s.Now().Profile("oak")
	s.Update(docs("a.yaml", profile("harbor", sms1), "b.yaml", profile("oak")))
	if p, _ := s.Now().Profile("oak"); p != oak {
		t.Error("what was worked out for a profile is lost without need")
	}
}

func TestTwoClinicsCannotHaveTheSameNumber(t *testing.T) {
	for name, test := range map[string]struct {
		first, second []byte
		what          string
	}{
		"id":               {profile("harbor"), profile("harbor"), "the id harbor"},
		"WhatsApp":         {profile("harbor", whatsApp1), profile("oak", whatsApp1), "the WhatsApp number id 100000001"},
		"SMS":              {profile("harbor", sms1), profile("oak", sms1), "the SMS number 17135550101"},
		"widget key":       {profile("harbor", web1), profile("oak", web1), "the widget key widget-one"},
		"id as widget key": {profile("harbor-house"), profile("oak", "web: {key: harbor-house}"), "the widget key harbor-house"},
	} {
		s := newShelf(t)
		refused := s.Update(docs("a.yaml", test.first, "b.yaml", test.second))
		var taken *TakenError
		if len(refused) != 1 || !errors.As(refused["b.yaml"], &taken) || taken.Other != "a.yaml" || !strings.Contains(taken.Error(), test.what) {
			t.Errorf("%s: refused %v", name, refused)
		}
		if s.Now().Len() != 1 {
			t.Errorf("%s: %d clinics", name, s.Now().Len())
		}
	}
}

func TestWhoHasANumberKeepsItFromWhoComesLater(t *testing.T) {
	s := newShelf(t)
	s.Update(docs("z.yaml", profile("oak", sms1)))
	refused := s.Update(docs("a.yaml", profile("harbor", sms1), "z.yaml", profile("oak", sms1)))
	if refused["a.yaml"] == nil || refused["z.yaml"] != nil {
		t.Errorf("refused: %v", refused)
	}
	// Once it is free, the one that waits gets it, without a change of its own.
	if refused := s.Update(docs("a.yaml", profile("harbor", sms1), "z.yaml", profile("oak"))); len(refused) > 0 {
		t.Errorf("refused: %v", refused)
	}
	if p, ok := s.Now().SMS("17135550101"); !ok || p.ID != "harbor" {
		t.Error("the number that became free is nobody's")
	}
}

func TestNumbersMayChangePlaces(t *testing.T) {
	s := newShelf(t)
	s.Update(docs("a.yaml", profile("harbor", whatsApp1), "b.yaml", profile("oak", whatsApp2)))
	if refused := s.Update(docs("a.yaml", profile("harbor", whatsApp2), "b.yaml", profile("oak", whatsApp1))); len(refused) > 0 {
		t.Fatal(refused)
	}
	if p, _ := s.Now().WhatsApp("100000001"); p == nil || p.ID != "oak" {
		t.Error("the numbers did not change places")
	}
}

// What a bad change would have freed is not free: its clinic is served as it
// was, and has it still.
func TestAChangeThatIsRefusedGivesNothingAway(t *testing.T) {
	s := newShelf(t)
	s.Update(docs("a.yaml", profile("harbor", whatsApp1), "b.yaml", profile("oak", whatsApp2), "c.yaml", profile("pine", sms1)))
	// harbor wants pine's number and would free its own, which oak wants.
	refused := s.Update(docs("a.yaml", profile("harbor", sms1), "b.yaml", profile("oak", whatsApp1), "c.yaml", profile("pine", sms1)))
	if len(refused) != 2 || refused["c.yaml"] != nil {
		t.Errorf("refused: %v", refused)
	}
	for number, want := range map[string]string{"100000001": "harbor", "100000002": "oak"} {
		if p, ok := s.Now().WhatsApp(number); !ok || p.ID != want {
			t.Errorf("%s is not %s's any more", number, want)
		}
	}
	wantIDs(t, s.Now(), "harbor", "oak", "pine")
}

func TestListenersHearOfChangesAndOfNothingElse(t *testing.T) {
	s := newShelf(t)
	var heard []int
	s.OnChange(func(now *Snapshot) { heard = append(heard, now.Len()) })
	s.Update(docs("a.yaml", profile("harbor")))
	s.Update(docs("a.yaml", profile("harbor")))
	s.Update(docs("a.yaml", []byte("x")))
	s.Update(docs("a.yaml", profile("harbor"), "b.yaml", profile("oak")))
	if fmt.Sprint(heard) != "[1 2]" {
		t.Errorf("heard of %v", heard)
	}
}

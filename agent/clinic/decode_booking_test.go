package clinic

import (
	"strings"
	"testing"
	"time"
)

const booking = least + `providers:
  - {name: Dr. Ana Sol, role: {en: doctor A, es: doctora A}, accepting: true}
booking:
  kind: embedded
  visits:
    - id: follow_up
      name: {en: follow-up visit, es: consulta de seguimiento}
      length: 20 min
      providers: [Dr. Ana Sol]
`

func TestABookingSectionIsReadWithItsDefaults(t *testing.T) {
	p, err := Parse("clinic.yaml", []byte(booking))
	if err != nil {
		t.Fatal(err)
	}
	b := p.Booking
	v := b.Visit("follow_up")
	if b.Kind != BookEmbedded || b.Notice != 2*time.Hour || b.Ahead != 60*24*time.Hour || b.Hold != 10*time.Minute || b.Reminders ||
		v == nil || v.Length != 20*time.Minute || v.New || len(v.Providers) != 1 || b.Visit("other") != nil {
		t.Errorf("%+v", b)
	}
	p, err = Parse("clinic.yaml", []byte(least))
	if err != nil || p.Booking.Kind != BookLink || p.Booking.Hold != 10*time.Minute {
		t.Errorf("without the section: %+v, %v", p.Booking, err)
	}
	p, err = Parse("clinic.yaml", []byte(booking+`  notice: 1 day
  ahead: 8 weeks
  hold: 15m
  reminders: yes
  fhir: {base_url: "http://127.0.0.1:8103/fhir/R4", token_url: https://ehr.example/token, client_id: recado}
`))
	if err != nil {
		t.Fatal(err)
	}
	b = p.Booking
	if b.Notice != 24*time.Hour || b.Ahead != 56*24*time.Hour || b.Hold != 15*time.Minute || !b.Reminders ||
		b.FHIR.BaseURL != "http://127.0.0.1:8103/fhir/R4" || b.FHIR.ClientID != "recado" || !strings.Contains(b.FHIR.Scopes, "Appointment") {
		t.Errorf("%+v", b)
	}
}

func TestEveryMistakeOfABookingIsToldWithItsLine(t *testing.T) {
	replace := func(old, new string) string {
		if !strings.Contains(booking, old) {
			t.Fatalf("the profile has no %q", old)
		}
		return strings.Replace(booking, old, new, 1)
	}
	fhir := func(rest string) string { return replace("kind: embedded", "kind: fhir") + rest }
	for name, test := range map[string]struct {
		text    string
		line    int
		field   string
		message string
	}{
		"unknown kind":        {replace("embedded", "embeded"), 17, "booking.kind", "did you mean embedded?"},
		"unknown field":       {replace("  visits:", "  vists:"), 18, "booking.vists", "did you mean visits?"},
		"unknown visit field": {replace("length:", "lenght:"), 21, "booking.visits[0].lenght", "did you mean length?"},
		"no visits":           {booking[:strings.Index(booking, "  visits:")], 17, "booking.visits", "is missing"},
		"empty section":       {least + "booking: {kind: embedded, visits: []}\n", 14, "booking.visits", "is missing"},
		"no length":           {replace("      length: 20 min\n", ""), 19, "booking.visits[0].length", "is missing"},
		"odd length":          {replace("20 min", "22 min"), 21, "booking.visits[0].length", "multiple of 5"},
		"no unit":             {replace("20 min", "20"), 21, "booking.visits[0].length", "20 min, 2 hours"},
		"too short":           {replace("20 min", "0 min"), 21, "booking.visits[0].length", "between 5 min and 8 hours"},
		"too long":            {replace("20 min", "1 day"), 21, "booking.visits[0].length", "between 5 min and 8 hours"},
		"one language":        {replace(", es: consulta de seguimiento", ""), 20, "booking.visits[0].name", "no Spanish text"},
		"bad id":              {replace("follow_up", "Follow Up"), 19, "booking.visits[0].id", "lower-case"},
		"same id":             {booking + "    - {id: follow_up, name: {en: b, es: c}, length: 1h}\n", 23, "booking.visits[1].id", "another visit's id"},
		"same name":           {booking + "    - {id: b, name: {en: Follow up visit, es: c}, length: 1h}\n", 23, "booking.visits[1]", "points to two visits"},
		"unknown provider":    {replace("[Dr. Ana Sol]", "[Dr. Ana Sold]"), 22, "booking.visits[0].providers", "did you mean Dr. Ana Sol?"},
		"notice":              {booking + "  notice: soon\n", 23, "booking.notice", "no length of time"},
		"notice too long":     {booking + "  notice: 31 days\n", 23, "booking.notice", "between 1 min and 30 days"},
		"notice after ahead":  {booking + "  notice: 2 days\n  ahead: 1 day\n", 17, "booking.notice", "no visit could be booked"},
		"ahead too long":      {booking + "  ahead: 400 days\n", 23, "booking.ahead", "between 1 day and 365 days"},
		"hold too long":       {booking + "  hold: 2 hours\n", 23, "booking.hold", "between 1 min and 1 hour"},
		"reminders":           {booking + "  reminders: sometimes\n", 23, "booking.reminders", "true or false"},
		"no fhir":             {fhir(""), 17, "booking.fhir.base_url", "is missing"},
		"fhir without https":  {fhir("  fhir: {base_url: http://ehr.example/r4}\n"), 23, "booking.fhir.base_url", "https://"},
		"fhir with password":  {fhir("  fhir: {base_url: \"https://a:b@ehr.example/r4\"}\n"), 23, "booking.fhir.base_url", "without a password"},
		"fhir without client": {fhir("  fhir: {base_url: https://ehr.example/r4, token_url: https://ehr.example/t}\n"), 23, "booking.fhir.client_id", "is missing"},
		"link without a link": {replace("kind: embedded", "kind: link"), 0, "booking.kind", "links.booking is missing"},
	} {
		got := problems(t, test.text)
		found := false
		for _, p := range got {
			found = found || p.Line == test.line && p.Field == test.field && strings.Contains(p.Message, test.message)
		}
		if !found {
			t.Errorf("%s: want line %d, %s: ...%s...; got\n%v", name, test.line, test.field, test.message, got)
		}
	}
}

func TestTheSampleClinicsBookIsALinkThatMayBecomeEmbedded(t *testing.T) {
	if b := Sample().Booking; b.Kind != BookLink || len(b.Visits) < 2 {
		t.Errorf("%+v", b)
	}
	p, err := Parse("sample.yaml", []byte(strings.Replace(string(sample), "kind: link", "kind: embedded", 1)))
	if err != nil || p.Booking.Kind != BookEmbedded {
		t.Errorf("%v", err)
	}
}

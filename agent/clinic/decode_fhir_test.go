package clinic

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

const fhirProfile = `id: sol
name: Sol
zone: America/Chicago
phone: (713) 555-0142
links:
  secure: https://sol.example/private
languages: [en, es]
locations:
  - {id: main, name: Main, address: 1 Main Street, hours: {mon-fri: 9:00-17:00}}
providers:
  - {name: Dr. Ana Sol, role: {en: pediatrician, es: pediatra}, accepting: true}
  - {name: Dr. Luis Mar, role: {en: family doctor, es: médico familiar}, accepting: true}
booking:
  kind: fhir
  visits:
    - {id: follow_up, name: {en: follow-up visit, es: consulta de seguimiento}, length: 20 min}
  fhir:
    base_url: https://ehr.example/r4
`

func TestAFHIRServersWordsAreRead(t *testing.T) {
	t.Parallel()
	p, err := Parse("sol.yaml", []byte(fhirProfile+`    client_id: recado
    visits:
      follow_up: {service_type: "http://snomed.info/sct|185389009", appointment_type: FOLLOWUP}
    providers:
      Dr. Ana Sol: Practitioner/123
      Dr. Luis Mar: http://hl7.org/fhir/sid/us-npi|1234567893
    locations:
      main: MAIN CLINIC
`))
	if err != nil {
		t.Fatal(err)
	}
	got := p.Booking.FHIR
	if !strings.Contains(got.Scopes, "system/Slot.rsu") {
		t.Errorf("the scopes are %s", got.Scopes)
	}
	got.Scopes = ""
	want := FHIR{
		BaseURL: "https://ehr.example/r4", ClientID: "recado",
		Visits:    map[string]FHIRVisit{"follow_up": {"http://snomed.info/sct|185389009", "FOLLOWUP"}},
		Providers: map[string]string{"Dr. Ana Sol": "Practitioner/123", "Dr. Luis Mar": "http://hl7.org/fhir/sid/us-npi|1234567893"},
		Locations: map[string]string{"main": "MAIN CLINIC"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v", got)
	}
}

func TestAMistakeInAFHIRServersWordsIsToldWithItsLine(t *testing.T) {
	t.Parallel()
	for line, field := range map[string]string{
		`visits: {folow_up: {service_type: "1"}}`:                                "booking.fhir.visits.folow_up",
		`visits: {follow_up: {service_type: "a b"}}`:                             "booking.fhir.visits.follow_up.service_type",
		`visits: {follow_up: {appointment_type: "a|"}}`:                          "booking.fhir.visits.follow_up.appointment_type",
		`visits: {follow_up: {code: "1"}}`:                                       "booking.fhir.visits.follow_up.code",
		`visits: [follow_up]`:                                                    "booking.fhir.visits",
		`providers: {Dr. Eva: Practitioner/1}`:                                   "booking.fhir.providers.Dr. Eva",
		`providers: {Dr. Ana Sol: Location/1}`:                                   "booking.fhir.providers.Dr. Ana Sol",
		`providers: {Dr. Ana Sol: "https://ehr.example/r4/Practitioner/1"}`:      "booking.fhir.providers.Dr. Ana Sol",
		`providers: {Dr. Ana Sol: Practitioner/1, Dr. Luis Mar: Practitioner/1}`: "booking.fhir.providers.Dr. Luis Mar",
		`locations: {maine: Location/1}`:                                         "booking.fhir.locations.maine",
		`locations: {main: ""}`:                                                  "booking.fhir.locations.main",
		`token_url: https://ehr.example/token`:                                   "booking.fhir.client_id",
		`token_url: http://ehr.example/token`:                                    "booking.fhir.token_url",
	} {
		_, err := Parse("sol.yaml", []byte(fhirProfile+"    "+line+"\n"))
		var problems *ProblemsError
		if !errors.As(err, &problems) {
			t.Errorf("%s: %v", line, err)
			continue
		}
		found := false
		for _, p := range problems.Problems {
			found = found || p.Field == field && p.Line >= 18
		}
		if !found {
			t.Errorf("%s: want a problem with %s, got %v", line, field, err)
		}
	}
}

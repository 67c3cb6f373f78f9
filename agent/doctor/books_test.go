package doctor

import (
	"context"
	"errors"
	"testing"

	"recado/agent/schedule/fhir"
)

func TestABookOnAFHIRServerIsToldByWhatItLetsPatientsBook(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		book Book
		call bool
		want []Status
	}{
		"all well":         {Book{Probe: found(fhir.Probe{Offers: true, Calendars: 2}, nil)}, true, []Status{OK}},
		"by operations":    {Book{Probe: found(fhir.Probe{Offers: true, Operations: true, Calendars: 1}, nil)}, true, []Status{OK}},
		"somebody amiss":   {Book{Probe: found(fhir.Probe{Offers: true, Calendars: 1, Missing: []string{"Dr. Mar"}}, nil)}, true, []Status{OK, Warn}},
		"nobody known":     {Book{Probe: found(fhir.Probe{Offers: true}, nil)}, true, []Status{OK, Fail}},
		"requests only":    {Book{Probe: found(fhir.Probe{Requests: true, Calendars: 1}, nil)}, true, []Status{Warn}},
		"nothing but eyes": {Book{Probe: found(fhir.Probe{Calendars: 1}, nil)}, true, []Status{Warn}},
		"unreachable":      {Book{Probe: found(fhir.Probe{}, errors.New("gone"))}, true, []Status{Fail}},
		"not asked":        {Book{Probe: found(fhir.Probe{}, errors.New("asked"))}, false, []Status{Skip}},
		"no key":           {Book{Err: errors.New("no key")}, false, []Status{Fail}},
	} {
		got := Books{All: []Book{c.book}, Call: c.call}.Check(t.Context())
		if len(got) != len(c.want) {
			t.Errorf("%s: %+v", name, got)
			continue
		}
		for i, want := range c.want {
			if got[i].Status != want {
				t.Errorf("%s: %+v, want %s", name, got[i], want)
			}
		}
	}
}

func found(p fhir.Probe, err error) func(context.Context) (fhir.Probe, error) {
	return func(context.Context) (fhir.Probe, error) { return p, err }
}

package suite

import (
	"fmt"
	"time"

	"recado/agent/clinic"
)

// defaultNow is a Thursday evening after the sample clinic has closed.
const defaultNow = "2026-12-03 21:00"

// Clock is when a case happens.
func (s *Suite) Clock(c Case, p *clinic.Profile) (time.Time, error) {
	for _, now := range []string{c.Now, s.Now} {
		if now != "" {
			return parseTime(now, p.Zone)
		}
	}
	return parseTime(defaultNow, p.Zone)
}

func parseTime(value string, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, value, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: write it as 2026-12-03 21:00, in the clinic's zone", value)
}

package booking_test

import (
	"fmt"
	"testing"
	"time"

	"recado/agent/clinic"
)

func TestAWeekOfALargeClinicIsMoreThanItsFirstDay(t *testing.T) {
	p := clinic.Sample()
	p.Booking.Kind = clinic.BookEmbedded
	p.Location, p.Booking.Visits = p.Location[:1], p.Booking.Visits[1:]
	one := p.Providers[0]
	p.Providers, p.Booking.Visits[0].Providers = nil, nil
	for i := range 12 {
		one.Name, one.Accepting, one.Location = fmt.Sprintf("Dr. Number %d", i), true, nil
		p.Providers = append(p.Providers, one)
	}
	k := newTalk(t, p, wednesday(t))
	k.say("I need an appointment next week")
	days := map[time.Weekday]bool{}
	for _, o := range k.session.Booking.Offered {
		days[o.Start.In(p.Zone).Weekday()] = true
	}
	if len(days) < 2 {
		t.Errorf("offered %v", k.session.Booking.Offered)
	}
}

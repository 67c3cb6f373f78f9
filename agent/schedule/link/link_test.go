package link_test

import (
	"testing"

	"recado/agent/schedule/link"
	"recado/agent/schedule/scheduletest"
)

func TestItKeepsThePromisesOfABook(t *testing.T) {
	scheduletest.Run(t, func(t *testing.T) scheduletest.Rig {
		p := scheduletest.NewProfile(t)
		return scheduletest.Rig{Schedule: link.New(p), Profile: p, Clock: scheduletest.NewClock()}
	})
}

func TestItGivesTheClinicsLinkAndOffersNothing(t *testing.T) {
	p := scheduletest.NewProfile(t)
	if can := link.New(p).Can(); can.Offers || can.Changes || can.Link != p.Links.Booking {
		t.Errorf("%+v", can)
	}
}

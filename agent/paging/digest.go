package paging

import (
	"time"

	"recado/agent/clinic"
	"recado/agent/inbox"
	"recado/agent/paging/ladder"
)

// digestWindow is how long after its time a digest still makes sense, as when
// no console ran at that time.
const digestWindow = 3 * time.Hour

// digestMorning is the time of a digest where a clinic never closes, and has
// no opening hour: 7 in the morning.
const digestMorning = 7 * 60

// digestAt is when a clinic's digest goes out on the day of now; ok is false
// on days on which it is closed.
func digestAt(d ladder.Digest, p *clinic.Profile, now time.Time) (at time.Time, day clinic.Date, ok bool) {
	zone := time.UTC
	if p != nil && p.Zone != nil {
		zone = p.Zone
	}
	day = clinic.DateOf(now.In(zone))
	minutes := digestMorning
	if p != nil {
		first := -1
		for i := range p.Location {
			for _, in := range p.On(&p.Location[i], day).Intervals {
				if first < 0 || in.Open < first {
					first = in.Open
				}
			}
		}
		if first < 0 {
			return time.Time{}, day, false
		}
		if first > 0 {
			minutes = first
		}
	}
	if d.At >= 0 {
		minutes = d.At
	}
	return day.At(minutes, zone), day, true
}

// digestAlarm is a clinic's digest, from its time on and as long as it makes
// sense. next is when to look again; zero for later than matters now.
func (p *Pager) digestAlarm(clinicID string, now time.Time) (a alarm, ok bool, next time.Time) {
	l, has := p.cfg.Plan.For(clinicID)
	if !has || len(l.Digest.To) == 0 || clinicID == inbox.NoClinic {
		return a, false, next
	}
	at, day, open := digestAt(l.Digest, p.cfg.profile(clinicID), now)
	switch {
	case !open || !now.Before(at.Add(digestWindow)):
		return a, false, next
	case now.Before(at):
		return a, false, at
	}
	if _, fresh := p.cfg.List.Fresh(); !fresh {
		return a, false, next // counts that may be wrong are worse than late ones
	}
	stats := p.cfg.List.Stats(clinicID, now)
	a = alarm{
		key: clinicID + "." + partDigest, id: partDigest + " " + day.String(), kind: Counts, clinic: clinicID,
		ladder: told(l.Digest.To), since: at,
		digest: &Digest{
			Open: stats.Open, Claimed: stats.Claimed, Waiting: stats.Waiting, Late: stats.Late, Oldest: stats.Oldest,
			Priorities: stats.ByPriority,
		},
	}
	a.what = ladder.Alarm{Priority: a.ladder.Steps[0].Priorities[0], From: at, Once: true}
	a.skip = stats.Open+stats.Claimed == 0 && !l.Digest.Empty
	return a, true, next
}

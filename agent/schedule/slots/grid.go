// Package slots is the arithmetic of a clinic's own appointment book: which
// times a profile offers for a kind of visit. It knows nothing of what is
// taken.
//
// Times of a day are counted from the opening of each shift, in steps of the
// visit's length and in real time. So on a day when the clocks change no time
// is offered twice or skipped, and every visit ends before the shift does.
package slots

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"recado/agent/clinic"
	"recado/agent/schedule"
)

// MaxSeats is how many visits can be booked one after the other.
const MaxSeats = 4

// Grid is what one profile offers. It is immutable and safe for concurrent
// use; a changed profile makes another grid.
type Grid struct {
	p       *clinic.Profile
	booking clinic.Booking
	rooms   map[string][]room // by visit
}

// New returns the grid of a profile.
func New(p *clinic.Profile) *Grid {
	g := &Grid{p: p, booking: p.Booking.WithDefaults(), rooms: map[string][]room{}}
	for i := range g.booking.Visits {
		v := &g.booking.Visits[i]
		g.rooms[v.ID] = roomsOf(p, v)
	}
	return g
}

// Hold is how long a chosen time is kept.
func (g *Grid) Hold() time.Duration { return g.booking.Hold }

// Zone is the clinic's time zone.
func (g *Grid) Zone() *time.Location { return g.p.Zone }

// Window is what may be booked at now: starts in [from, to).
func (g *Grid) Window(now time.Time) (from, to time.Time) {
	return now.Add(g.booking.Notice), now.Add(g.booking.Ahead)
}

// Day returns every time of the day d for a kind of visit, past ones too, by
// start, then in the profile's order of providers and locations. It is nil
// for a visit that the profile does not have.
func (g *Grid) Day(visit string, d clinic.Date) []schedule.Slot {
	v := g.booking.Visit(visit)
	if v == nil {
		return nil
	}
	var all []schedule.Slot
	for _, r := range g.rooms[visit] {
		if !r.works(d.Weekday()) {
			continue
		}
		for _, shift := range g.p.On(r.location, d).Intervals {
			end := d.At(shift.Close, g.p.Zone)
			for at := d.At(shift.Open, g.p.Zone); !at.Add(v.Length).After(end); at = at.Add(v.Length) {
				all = append(all, schedule.Slot{
					ID: id(v.ID, r, at), Visit: v.ID, Provider: r.provider, Location: r.location.ID, Start: at, End: at.Add(v.Length),
				})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b schedule.Slot) int { return a.Start.Compare(b.Start) })
	return all
}

// Find returns the seats times that begin with the slot of this id. It returns
// false where the profile offers no such time, or not as many in a row.
func (g *Grid) Find(slot string, seats int) ([]schedule.Slot, bool) {
	visit, start, ok := parse(slot)
	if !ok {
		return nil, false
	}
	day := g.Day(visit, clinic.DateOf(start.In(g.p.Zone)))
	for i := range day {
		if day[i].ID == slot {
			return Row(day[i:], seats)
		}
	}
	return nil, false
}

// Row returns the first slot and those that follow it at once with the same
// provider at the same location, seats in all; 0 seats are 1.
func Row(day []schedule.Slot, seats int) ([]schedule.Slot, bool) {
	if seats > MaxSeats || len(day) == 0 {
		return nil, false
	}
	row := []schedule.Slot{day[0]}
	for _, s := range day[1:] {
		if len(row) >= seats {
			break
		}
		last := row[len(row)-1]
		if s.Start.Equal(last.End) && s.Provider == last.Provider && s.Location == last.Location {
			row = append(row, s)
		}
	}
	return row, len(row) >= max(seats, 1)
}

// room is one provider at one location, or a location without providers.
type room struct {
	provider string
	days     []time.Weekday // none: whenever the location is open
	location *clinic.Location
	digest   string
}

func (r room) works(w time.Weekday) bool { return len(r.days) == 0 || slices.Contains(r.days, w) }

// roomsOf are where a visit can be, in the profile's order. People who come
// for the first time are not offered a provider who takes no new patients.
func roomsOf(p *clinic.Profile, v *clinic.Visit) []room {
	var all []room
	add := func(provider string, days []time.Weekday, at []string) {
		for i := range p.Location {
			l := &p.Location[i]
			if len(at) == 0 || slices.Contains(at, l.ID) {
				all = append(all, room{provider, days, l, digest(provider + "\x00" + l.ID)})
			}
		}
	}
	for _, one := range p.Providers {
		if len(v.Providers) > 0 && !slices.Contains(v.Providers, one.Name) || v.New && !one.Accepting {
			continue
		}
		add(one.Name, one.Days, one.Location)
	}
	if len(p.Providers) == 0 {
		add("", nil, nil)
	}
	return all
}

// Resource names what a visit takes up and can be taken up once at a time: the
// provider wherever they are, or the location where the book names nobody.
func Resource(provider, location string) string {
	if provider != "" {
		return "p" + digest(provider)
	}
	return "l" + digest(location)
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}

// id is <visit>.<start in minutes, base 36>.<digest of who and where>.
func id(visit string, r room, start time.Time) string {
	return visit + "." + strconv.FormatInt(start.Unix()/60, 36) + "." + r.digest
}

// longestID is the most characters of a slot's id.
const longestID = 128

func parse(id string) (visit string, start time.Time, ok bool) {
	parts := strings.Split(id, ".")
	if len(id) > longestID || len(parts) != 3 {
		return "", time.Time{}, false
	}
	minutes, err := strconv.ParseInt(parts[1], 36, 64)
	if err != nil || minutes < 0 || minutes > maxMinutes {
		return "", time.Time{}, false
	}
	return parts[0], time.Unix(minutes*60, 0), true
}

// maxMinutes is the year 9999, for ids that were not made here.
const maxMinutes = 253402300800 / 60

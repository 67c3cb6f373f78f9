package fhir

import (
	"context"
	"slices"
	"strings"
	"time"

	"recado/agent/clinic"
	"recado/agent/schedule"
)

// Bounds of one booking.
const (
	maxSeats = 4
	maxRun   = 32 // Slots of the server
)

// run is Slots of one calendar that follow each other at once and are equally
// long: enough for each seat to last as long as its visit.
type run struct {
	calendar calendar
	visit    *clinic.Visit
	seats    int
	slots    []slot
}

func (r run) start() time.Time { return r.slots[0].start }
func (r run) end() time.Time   { return r.slots[len(r.slots)-1].end }

// ids are those of its Slots.
func (r run) ids() []string {
	all := make([]string, len(r.slots))
	for i, s := range r.slots {
		all[i] = s.id
	}
	return all
}

// each is how many Slots a seat takes: Slots shorter than a visit are joined.
func each(s slot, v *clinic.Visit) int {
	length := s.end.Sub(s.start)
	return max(int((v.Length+length-1)/length), 1)
}

// joined returns the run that begins with the first of a calendar's Slots,
// which are in order; false where there is none.
func joined(c calendar, v *clinic.Visit, seats int, list []slot) (run, bool) {
	seats = max(seats, 1)
	first := list[0]
	want := each(first, v) * seats
	if seats > maxSeats || want > maxRun {
		return run{}, false
	}
	r := run{c, v, seats, []slot{first}}
	for _, s := range list[1:] {
		if len(r.slots) == want {
			break
		}
		if s.start.Equal(r.end()) && s.end.Sub(s.start) == first.end.Sub(first.start) {
			r.slots = append(r.slots, s)
		}
	}
	return r, len(r.slots) == want
}

// offered are a run's seats as they are told to patients.
func (r run) offered(zone *time.Location) []schedule.Slot {
	all := make([]schedule.Slot, r.seats)
	n := len(r.slots) / r.seats
	for i := range all {
		first, last := r.slots[i*n], r.slots[(i+1)*n-1]
		all[i] = schedule.Slot{
			ID: slotID(r.visit.ID, first.id), Visit: r.visit.ID, Provider: r.calendar.provider, Location: r.calendar.location,
			Start: first.start.In(zone), End: last.end.In(zone),
		}
	}
	return all
}

// slotID names a Slot for a kind of visit; visitSlot reads it.
func slotID(visit, slot string) string { return visit + ":" + slot }

func visitSlot(id string) (visit, slot string, ok bool) {
	visit, slot, ok = strings.Cut(id, ":")
	return visit, slot, ok && idForm.MatchString(slot)
}

// runAt reads the run that begins with the slot of that id, whatever the state
// of its Slots. It returns schedule.ErrNotFound where there is none.
func (b *Book) runAt(ctx context.Context, id string, seats int) (run, error) {
	visit, first, ok := visitSlot(id)
	v := b.booking.Visit(visit)
	if !ok || v == nil {
		return run{}, schedule.ErrNotFound
	}
	s, err := b.slot(ctx, first)
	if err != nil {
		return run{}, err
	}
	all, err := b.calendars(ctx)
	if err != nil {
		return run{}, err
	}
	c, known := all[s.calendar]
	if !known || !b.gives(c, v) || !b.fits(s, v) {
		return run{}, schedule.ErrNotFound
	}
	list := []slot{s}
	if want := each(s, v) * max(seats, 1); want > 1 {
		if want > maxRun {
			return run{}, schedule.ErrNotFound
		}
		to := s.start.Add(time.Duration(want) * s.end.Sub(s.start))
		rest, err := b.slots(ctx, v, []string{c.id}, s.end, to, "")
		if err != nil {
			return run{}, err
		}
		list = append(list, rest...)
	}
	r, ok := joined(c, v, seats, list)
	if !ok {
		return run{}, schedule.ErrNotFound
	}
	return r, nil
}

// slot reads one Slot.
func (b *Book) slot(ctx context.Context, id string) (slot, error) {
	r, err := b.client.read(ctx, "read Slot", b.client.address("Slot/"+id, nil))
	if err != nil {
		return slot{}, err
	}
	s, ok := slotOf(r)
	if !ok {
		return slot{}, schedule.ErrNotFound
	}
	return s, nil
}

// maxAsked is how many Schedules one search names.
const maxAsked = 10

// slots searches Slots that begin in [from, to), by start. An empty status
// takes any.
func (b *Book) slots(ctx context.Context, v *clinic.Visit, calendars []string, from, to time.Time, status string) ([]slot, error) {
	var all []slot
	for part := range slices.Chunk(calendars, maxAsked) {
		names := make([]string, len(part))
		for i, id := range part {
			names[i] = "Schedule/" + id
		}
		q := values("schedule", strings.Join(names, ","), "start", "ge"+stamp(from), "start", "lt"+stamp(to), "_sort", "start", "_count", "200")
		if status != "" {
			q.Set("status", status)
		}
		found, err := b.client.search(ctx, "Slot", q)
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			s, ok := slotOf(r)
			if ok && slices.Contains(part, s.calendar) && !s.start.Before(from) && s.start.Before(to) && b.fits(s, v) {
				all = append(all, s)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b slot) int { return a.start.Compare(b.start) })
	return all, nil
}

package booking

import (
	"slices"
	"time"

	"recado/agent/answer"
	"recado/agent/clinic"
	"recado/agent/schedule"
)

// mostTimes is how many times are offered at once.
const mostTimes = 3

// searched is how many open times are looked at to choose them from.
const searched = 240

// rounds is how many times as many are looked at where many providers have the
// same times: enough for a week of a large clinic.
const rounds = 6

// offer looks for times and offers them, says why there are none where the
// patient wished, or keeps the only one that was named.
func (s *step) offer() error {
	w := s.d.Wish
	if !s.Book.Can().Offers {
		return s.request()
	}
	if s.d.Hold != "" && w.At != 0 && w.holds(s.d.Held, s.Profile.Zone) {
		return s.hold(s.d.Held)
	}
	found, err := s.search(w)
	if err != nil {
		return err
	}
	switch {
	case w.At == 0:
	case len(found) > 0 && len(w.Days) == 1:
		return s.hold(found[0])
	case len(found) == 0 && w.daily():
		near := w
		near.At, near.Part = 0, [2]int{max(0, w.At-around), w.At + around}
		if found, err = s.search(near); err != nil {
			return err
		}
		if len(found) > 0 {
			s.say("booking.none", map[string]any{"hour": w.At != 0})
			s.offerTimes(s.nearest(found, w), true)
			return nil
		}
	}
	if len(found) > 0 {
		s.offerTimes(s.spread(found), false)
		return nil
	}
	return s.instead()
}

// around is how far from a wished hour a time of the same day is near, in
// minutes.
const around = 4 * 60

// instead says why nothing is open when the patient wished, and offers what
// is nearest.
func (s *step) instead() error {
	w := s.d.Wish
	switch beyond, said := s.unfit(w); {
	case beyond:
		return nil
	case !said && !w.empty():
		s.say("booking.none", map[string]any{"hour": w.At != 0})
	}
	for _, wider := range s.wider() {
		found, err := s.search(wider)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			if len(wider.Days) > 0 {
				s.out.Messages = nil
				s.say("booking.none", map[string]any{"hour": true})
			}
			s.offerTimes(s.nearest(found, Wish{At: w.At}), !w.empty())
			return nil
		}
	}
	s.full()
	return nil
}

// unfit says why there can be no visit when the patient wished, if that is
// plain without the book. beyond is true where another day was asked for, since
// the wish is later than what may be booked.
func (s *step) unfit(w Wish) (beyond, said bool) {
	day := w.first()
	if day.IsZero() || len(w.Days) > 1 {
		return false, false
	}
	if until := clinic.DateOf(s.Now.Add(s.booking().Ahead).In(s.Profile.Zone)); day.Compare(until) > 0 {
		s.say("booking.far", map[string]any{"date": until})
		s.askDay()
		return true, true
	}
	if s.past(w, day) {
		s.say("booking.past", nil)
		return false, true
	}
	closed, holiday := s.closed(day)
	if closed {
		s.say("booking.closed", map[string]any{"date": day, "holiday": holiday})
	}
	return false, closed
}

// full says that there is nothing, and asks staff.
func (s *step) full() {
	s.out.Messages = nil
	s.say("booking.full", nil)
	s.out.Staff = true
	s.d = nil
}

// wider are the wishes to look for in place of one that cannot be met: later
// at the same part of the day, later at all, and any time.
func (s *step) wider() []Wish {
	w := s.d.Wish
	from := ""
	if day := w.first(); !day.IsZero() {
		from = day.String()
	}
	out := []Wish{{From: from, Part: w.Part}, {From: from}, {}}
	if said := s.h.wish; w.Part != [2]int{} && len(w.Days) == 1 && said.daily() && said.Part == [2]int{} {
		out = append([]Wish{{Days: w.Days}}, out...) // the day was said last
	}
	if w.At != 0 && from != "" {
		out = append([]Wish{{From: from, At: w.At}}, out...)
	}
	return out
}

// past reports whether a wish lies before now, or nearer than the clinic's
// notice.
func (s *step) past(w Wish, day clinic.Date) bool {
	now := s.Now.In(s.Profile.Zone)
	switch today := clinic.DateOf(now); {
	case day.Compare(today) < 0:
		return true
	case day != today || len(w.Days) == 0:
		return false
	}
	minute := now.Hour()*60 + now.Minute()
	return w.At != 0 && w.At <= minute || w.Part[1] != 0 && w.Part[1] <= minute
}

// closed reports whether the wished location, or every one, is closed on a
// day, and for which holiday.
func (s *step) closed(day clinic.Date) (closed bool, holiday any) {
	for _, l := range s.places() {
		if s.d.Location != "" && l.ID != s.d.Location {
			continue
		}
		on := s.Profile.On(l, day)
		if len(on.Intervals) > 0 {
			return false, nil
		}
		closed = true
		if on.Holiday != nil {
			holiday = on.Holiday.Name
		}
	}
	return closed, holiday
}

// search returns the open times that a wish holds, by start.
func (s *step) search(w Wish) ([]schedule.Slot, error) {
	var all []schedule.Slot
	for _, part := range w.spans(s.Profile.Zone) {
		q := schedule.Query{
			Visit: s.d.Visit, Provider: s.d.Provider, Location: s.d.Location, From: part.from, To: part.to,
			Part: w.Part, Seats: s.d.Seats, Limit: searched,
		}
		if !q.To.IsZero() && !q.To.After(s.Now) {
			continue
		}
		if w.At != 0 {
			q.Part = [2]int{w.At, w.At + 1}
		}
		for range rounds {
			found, err := s.Book.Open(s.ctx, q)
			s.tell("open %s: %d%s", q.Visit, len(found), told(err))
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
			if len(found) < searched {
				break
			}
			// Many providers have the same times: there is more behind them.
			q.From = found[len(found)-1].Start.Add(time.Second)
		}
	}
	slices.SortStableFunc(all, func(a, b schedule.Slot) int { return a.Start.Compare(b.Start) })
	own := s.moved()
	type place struct {
		start    int64
		location string
	}
	seen := map[place]bool{}
	return slices.DeleteFunc(all, func(o schedule.Slot) bool {
		at := place{o.Start.Unix(), o.Location}
		if seen[at] {
			return true // with somebody else
		}
		seen[at] = true
		return w.refuses(o, s.Profile.Zone) || s.d.Wish.refuses(o, s.Profile.Zone) || own != nil && o.Start.Equal(own.Start()) && o.Location == own.Slots[0].Location
	}), nil
}

// moved is the booking that is being moved, nil for none.
func (s *step) moved() *schedule.Booking {
	for i := range s.mine {
		if s.d.Act == ActMove && s.mine[i].Ref == s.d.Ref {
			return &s.mine[i]
		}
	}
	return nil
}

// spread chooses times that differ: the first of each half of a day, then of
// what is left.
func (s *step) spread(found []schedule.Slot) []schedule.Slot {
	var out []schedule.Slot
	half := func(o schedule.Slot) string {
		return o.Start.In(s.Profile.Zone).Format("2006-01-02 PM ") + o.Location
	}
	seen := map[string]bool{}
	for _, o := range found {
		if h := half(o); len(out) < mostTimes && !seen[h] {
			seen[h] = true
			out = append(out, o)
		}
	}
	gap := max(1, len(found)/mostTimes)
	for i := (mostTimes - 1) * gap; i > 0 && len(out) < mostTimes; i -= gap {
		if i < len(found) && !has(out, found[i]) {
			out = append(out, found[i])
		}
	}
	for _, o := range found {
		if len(out) < mostTimes && !has(out, o) {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b schedule.Slot) int { return a.Start.Compare(b.Start) })
	return out
}

func has(all []schedule.Slot, one schedule.Slot) bool {
	return slices.ContainsFunc(all, func(o schedule.Slot) bool { return o.ID == one.ID })
}

// nearest are the times next to the wished hour; without one, those that
// differ.
func (s *step) nearest(found []schedule.Slot, w Wish) []schedule.Slot {
	if w.At == 0 {
		return s.spread(found)
	}
	day := clinic.DateOf(found[0].Start.In(s.Profile.Zone))
	found = filter(found, func(o schedule.Slot) bool {
		return len(w.Days) != 1 || clinic.DateOf(o.Start.In(s.Profile.Zone)) == day
	})
	distance := func(o schedule.Slot) int {
		start := o.Start.In(s.Profile.Zone)
		return max(start.Hour()*60+start.Minute()-w.At, w.At-start.Hour()*60-start.Minute())
	}
	out := slices.Clone(found)
	slices.SortStableFunc(out, func(a, b schedule.Slot) int { return distance(a) - distance(b) })
	out = out[:min(len(out), mostTimes)]
	slices.SortFunc(out, func(a, b schedule.Slot) int { return a.Start.Compare(b.Start) })
	return out
}

func filter(all []schedule.Slot, keep func(schedule.Slot) bool) []schedule.Slot {
	var out []schedule.Slot
	for _, o := range all {
		if keep(o) {
			out = append(out, o)
		}
	}
	return out
}

// offerTimes asks which of a few times suits.
func (s *step) offerTimes(found []schedule.Slot, nearest bool) {
	s.d.passes()
	s.d.Offered, s.d.Hold, s.d.Held = found, "", schedule.Slot{}
	var place any
	if l := s.Profile.Place(found[0].Location); len(s.Profile.Location) > 1 && l != nil && s.onePlace() {
		place = l.Name
	}
	s.askTime("booking.times", map[string]any{
		"n": len(found), "nearest": nearest, "place": place, "two": s.d.Seats > 1, "asked": s.d.Provider != "",
	})
}

// askTime asks for one of the times on offer.
func (s *step) askTime(key string, args map[string]any) {
	var choices []Choice
	for _, o := range s.d.Offered {
		choices = append(choices, s.timeChoice(o))
	}
	s.ask(AskTime, key, args, append(choices, s.choice(idMore, "more", nil))...)
}

func (s *step) timeChoice(o schedule.Slot) Choice {
	c := s.choice(idTime+o.ID, "time", map[string]any{"start": o.Start.In(s.Profile.Zone)})
	if l := s.Profile.Place(o.Location); l != nil && len(s.Profile.Location) > 1 && !s.onePlace() {
		detail := answer.Fixed("booking.choice.place", s.Profile, s.Now)
		detail.Args["name"] = l.Name
		c.Detail = &detail
	}
	return c
}

// onePlace reports whether all times on offer are at one location.
func (s *step) onePlace() bool {
	return !slices.ContainsFunc(s.d.Offered, func(o schedule.Slot) bool { return o.Location != s.d.Offered[0].Location })
}

// offered is the time on offer that a choice stands for, nil for none.
func offered(d *Draft, id string) *schedule.Slot {
	for i := range d.Offered {
		if idTime+d.Offered[i].ID == id {
			return &d.Offered[i]
		}
	}
	return nil
}

// minute is when a time begins, in minutes after midnight.
func (s *step) minute(o schedule.Slot) int {
	start := s.zoned(o.Start)
	return start.Hour()*60 + start.Minute()
}

// zoned is a time on the clinic's clocks.
func (s *step) zoned(t time.Time) time.Time { return t.In(s.Profile.Zone) }

package booking

import (
	"recado/agent/clinic"
	"recado/agent/schedule"
)

// more shows other times than those on offer.
func (s *step) more(how mark) error {
	d := s.d
	d.Wish.At = 0
	d.Pages++
	if len(d.Offered) == 0 || d.Pages > mostPages {
		d.Wish, d.Pages = Wish{}, 0
		s.ask(AskDay, "booking.ask_day", nil)
		return nil
	}
	first, last := d.Offered[0], d.Offered[len(d.Offered)-1]
	w := d.Wish
	w.At = 0
	var fits func(schedule.Slot) bool
	switch how {
	case otherDay:
		w.Days, w.From, w.To = nil, clinic.DateOf(s.zoned(last.Start)).AddDays(1).String(), ""
	case later:
		fits = func(o schedule.Slot) bool { return o.Start.After(last.Start) }
		w.Part = [2]int{}
		if day := clinic.DateOf(s.zoned(first.Start)).String(); day == clinic.DateOf(s.zoned(last.Start)).String() {
			w.Days, w.From, w.To = []string{day}, "", ""
		}
	case earlier:
		fits = func(o schedule.Slot) bool { return o.Start.Before(first.Start) }
		w.Part = [2]int{}
		if !w.daily() {
			w.Days = []string{clinic.DateOf(s.zoned(first.Start)).String()}
		}
	default:
		fits = func(o schedule.Slot) bool { return o.Start.After(last.Start) }
		if !w.daily() {
			w.From = clinic.DateOf(s.zoned(last.Start)).String()
		}
	}
	found, err := s.search(w)
	if err != nil {
		return err
	}
	if fits != nil {
		found = filter(found, fits)
	}
	if len(found) > 0 {
		if how == otherDay {
			d.Wish = w
		}
		s.offerTimes(s.spread(found), false)
		return nil
	}
	s.say("booking.no_more", nil)
	beyond := Wish{From: clinic.DateOf(s.zoned(last.Start)).String()}
	if how == earlier {
		beyond = Wish{}
	}
	if found, err = s.search(beyond); err != nil {
		return err
	}
	if how != earlier {
		found = filter(found, func(o schedule.Slot) bool { return o.Start.After(last.Start) })
	} else {
		found = filter(found, func(o schedule.Slot) bool { return !has(d.Offered, o) })
	}
	if len(found) == 0 {
		s.out.Messages = nil
		s.askTime("booking.only_these", nil)
		return nil
	}
	s.offerTimes(s.spread(found), true)
	return nil
}

// mostPages is how often other times are shown before the patient is asked
// for a day.
const mostPages = 2

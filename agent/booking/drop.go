package booking

import (
	"slices"
	"time"

	"recado/agent/schedule"
)

// interrupt remembers what is asked while something else is asked first.
func (s *step) interrupt() {
	if s.d.Back == "" && s.d.Asked != AskEnd && s.d.Asked != AskDrop {
		s.d.Back = s.d.Asked
		if s.d.Back == AskWhichDay {
			s.d.Back = AskDay // its choices are gone
		}
	}
}

// goBack takes up what was asked before something else came between.
func (s *step) goBack() {
	if s.d != nil && s.d.Back != "" {
		s.d.Asked, s.d.Back = s.d.Back, ""
	}
}

// askDrop asks what is to be given up: the visit that is arranged, or one that
// is booked.
func (s *step) askDrop(all []schedule.Booking) {
	s.interrupt()
	choices := []Choice{s.choice(idGiveUpNew, "the_new", nil)}
	for _, b := range all[:min(len(all), mostPlaces-1)] {
		c := s.timeChoice(b.Slots[0])
		c.ID = idGiveUp + b.Ref
		choices = append(choices, c)
	}
	s.ask(AskDrop, "booking.ask_drop", nil, append(choices, s.choice(idEndNothing, "keep_all", nil))...)
}

// giveUp does what was chosen to be given up. What is arranged goes on where a
// booked visit was.
func (s *step) giveUp(id, ref string) error {
	all, err := s.bookings()
	if err != nil {
		return err
	}
	if id == idGiveUpNew {
		return s.dropNew()
	}
	i := slices.IndexFunc(all, func(b schedule.Booking) bool { return b.Ref == ref })
	arranged := s.d
	switch {
	case s.h.sure != certain:
		s.askDrop(all)
		return nil
	case i >= 0:
		err = s.cancel(all[i])
	default:
		err = s.cancelled(ref)
	}
	if err != nil {
		return err
	}
	s.d, s.got = arranged, false
	s.goBack()
	s.repeat()
	return nil
}

// dropNew ends the draft and says what stays booked.
func (s *step) dropNew() error {
	if err := s.end(); err != nil {
		return err
	}
	all, err := s.bookings()
	if err != nil {
		return err
	}
	s.d = nil
	if len(all) == 0 {
		s.say("booking.dropped", nil)
		return nil
	}
	s.say("booking.not_new", nil)
	s.tellVisits(all)
	return nil
}

// replyDrop answers in words what is to be given up.
func (s *step) replyDrop() error {
	h := s.h
	all, err := s.bookings()
	if err != nil {
		return err
	}
	switch named := s.named(all); {
	case h.marks[keep], h.marks[none], h.marks[no]:
		return s.chooseVisit(idEndNothing, "")
	case h.marks[isNew] && len(named) == 0:
		return s.giveUp(idGiveUpNew, "")
	case len(named) == 1 && !h.marks[isNew] && !s.alsoArranged():
		return s.giveUp(idGiveUp, named[0].Ref)
	}
	s.askDrop(all)
	return nil
}

// named are the bookings whose day or reference stands in the turn.
func (s *step) named(all []schedule.Booking) []schedule.Booking {
	var out []schedule.Booking
	for _, b := range all {
		if s.on(b) || s.names(b.Ref) {
			out = append(out, b)
		}
	}
	return out
}

// eitherDrop reports whether the visit that is to be given up may be the one
// that is arranged as well as one of those that are booked.
func (s *step) eitherDrop(all []schedule.Booking) bool {
	if !s.d.arranges() {
		return false
	}
	return len(s.named(all)) == 0 || s.alsoArranged()
}

// alsoArranged reports whether a weekday of the turn is one of those that the
// arranged visit may be on.
func (s *step) alsoArranged() bool {
	on := func(day time.Weekday) bool { return slices.Contains(s.h.weekdays, day) }
	return slices.ContainsFunc(s.d.Offered, func(o schedule.Slot) bool { return on(s.zoned(o.Start).Weekday()) }) ||
		slices.ContainsFunc(s.d.Wish.Days, func(day string) bool { return on(dateOf(day).Weekday()) })
}

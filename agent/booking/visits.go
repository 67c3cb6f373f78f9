package booking

import (
	"errors"
	"slices"
	"strings"
	"time"

	"recado/agent/clinic"
	"recado/agent/language"
	"recado/agent/schedule"
)

// about does something with a visit that this conversation has booked. ok is
// false where there is none, or the book cannot do it: staff are asked then.
func (s *step) about(act Act) (ok bool, err error) {
	all, err := s.bookings()
	if err != nil {
		return true, err
	}
	if s.d != nil && s.d.Act == "" && act != ActMove && len(all) == 0 {
		if act == ActDrop {
			return true, s.drop()
		}
		s.repeat()
		return true, nil
	}
	if act == ActDrop && len(all) > 0 && s.eitherDrop(all) {
		if !s.Book.Can().Changes {
			return true, s.dropNew()
		}
		s.askDrop(all)
		return true, nil
	}
	if len(all) == 0 {
		if !s.Book.Can().Changes || s.h.Affirm || s.h.Deny {
			return false, nil
		}
		s.say("booking.not_here", nil) // it may have been made by phone
		s.out.Staff = true
		return true, nil
	}
	if act == ActConfirm && s.h.asks {
		s.tellVisits(all)
		return true, nil
	}
	if !s.Book.Can().Changes {
		return false, nil
	}
	one, fits := s.meant(all)
	if s.h.Affirm || s.h.Deny {
		one = &all[0] // a reminder is of the next
	}
	if act == ActDrop && s.elsewhen(all, one) {
		act = ActMove // "I can't come on Tuesday, do you have Thursday?"
	}
	if act == ActConfirm && !s.confirms() {
		act = "" // "I'm not sure I can make it"
	}
	s.d = &Draft{Act: act}
	if err := s.count(); err != nil {
		return true, err
	}
	if one == nil {
		s.d.Wish = s.h.exact
		s.askWhich(fits)
		return true, nil
	}
	return true, s.does(*one)
}

// meant is the booking that the turn is about, nil where it may be one of
// several, which are then returned.
func (s *step) meant(all []schedule.Booking) (*schedule.Booking, []schedule.Booking) {
	if len(all) == 1 {
		return &all[0], all
	}
	var fits []schedule.Booking
	for _, b := range all {
		if s.on(b) || s.h.exact.Days == nil && s.h.exact.At != 0 && s.h.exact.holds(b.Slots[0], s.Profile.Zone) || s.names(b.Ref) {
			fits = append(fits, b)
		}
	}
	switch len(fits) {
	case 0:
		return nil, all
	case 1:
		return &fits[0], fits
	}
	return nil, fits
}

// on reports whether the turn names the day of a booking.
func (s *step) on(b schedule.Booking) bool {
	start := s.zoned(b.Start())
	return slices.Contains(s.h.weekdays, start.Weekday()) || len(s.h.weekdays) == 0 && slices.Contains(s.h.exact.Days, clinic.DateOf(start).String())
}

// names reports whether the turn holds a reference.
func (s *step) names(ref string) bool {
	return slices.ContainsFunc(s.Tokens, func(t language.Token) bool { return strings.EqualFold(t.Surface, ref) })
}

// elsewhen reports whether the turn names a day of none of the bookings.
func (s *step) elsewhen(all []schedule.Booking, one *schedule.Booking) bool {
	if one == nil || len(s.h.exact.Days) < 2 && !s.h.moves {
		return false
	}
	named := 0
	for _, b := range all {
		if s.on(b) {
			named++
		}
	}
	return len(s.h.exact.Days) > named
}

// does goes on with the booking that is meant.
func (s *step) does(b schedule.Booking) error {
	s.d.Ref, s.d.From = b.Ref, b.Slots[0]
	switch s.d.Act {
	case ActConfirm:
		done, err := s.Book.Confirm(s.ctx, s.Owner, b.Ref)
		s.tell("confirm %s: %s%s", b.Ref, done.State, told(err))
		switch {
		case err == nil:
			s.d = nil
			s.say("booking.expected", s.facts(done))
			return nil
		case errors.Is(err, schedule.ErrUnsupported):
			return s.askStaff("visit.confirm")
		case refused(err):
			return s.gone()
		}
		return err
	case ActMove:
		w := s.d.Wish.with(s.h.exact.without(s.h.wish.Not))
		s.like(b)
		own := s.zoned(b.Start())
		if len(w.Days) > 1 || !s.h.moves {
			w.Days = slices.DeleteFunc(w.Days, func(day string) bool {
				return day == clinic.DateOf(own).String() || len(s.h.weekdays) > 0 && dateOf(day).Weekday() == own.Weekday()
			})
		}
		if len(s.h.weekdays) > 0 {
			w.Days = after(w.Days, monday(clinic.DateOf(own)))
		}
		s.h.wish, s.h.exact, s.h.weekdays, s.h.wanted, s.h.doubt = Wish{}, Wish{}, nil, nil, nil
		if minute := own.Hour()*60 + own.Minute(); w.empty() && s.says(later) {
			w = Wish{Days: []string{clinic.DateOf(own).String()}, Part: [2]int{minute + 1, 24 * 60}}
		} else if w.empty() && s.says(earlier) {
			w = Wish{Days: []string{clinic.DateOf(own).String()}, Part: [2]int{0, minute}}
		}
		if w.daily() && s.says(same) {
			w = w.with(Wish{At: s.minute(b.Slots[0])})
		}
		s.d.Wish = w
		if w.empty() {
			s.ask(AskDay, "booking.ask_move", s.facts(b))
			return nil
		}
		return s.wishes()
	}
	s.askVisit(b)
	return nil
}

// like makes the draft ask for the same kind of visit as a booking.
func (s *step) like(b schedule.Booking) {
	first := b.Slots[0]
	s.d.Visit, s.d.Location, s.d.Seats = first.Visit, first.Location, len(b.Slots)
	s.d.Patient = Returning
	if b.New {
		s.d.Patient = FirstTime
	}
}

// confirms reports whether the turn says outright that the patient will come.
func (s *step) confirms() bool {
	if s.h.Affirm {
		return true
	}
	said := s.says(keep)
	for i, t := range s.Tokens {
		switch {
		case wavering[t.Surface], denials[t.Surface] && !s.says(keep):
			return false
		case t.Surface == "sure" && i > 0 && s.Tokens[i-1].Surface == "not", t.Surface == "se" && i > 0 && s.Tokens[i-1].Surface == "no":
			return false
		}
		said = said && !s.h.asks || confirming[t.Surface] && !s.h.asks
	}
	return said
}

func (s *step) gone() error {
	s.d = nil
	s.say("booking.gone", nil)
	return nil
}

// askVisit asks what to do with a visit that the patient may not come to.
func (s *step) askVisit(b schedule.Booking) {
	s.ask(AskVisit, "booking.ask_visit", s.facts(b),
		s.choice(idDrop, "drop", nil), s.choice(idMove, "move", nil), s.choice(idKeep, "keep", nil))
}

// askWhich asks which of several visits is meant.
func (s *step) askWhich(all []schedule.Booking) {
	var choices []Choice
	for _, b := range all[:min(len(all), mostPlaces)] {
		c := s.timeChoice(b.Slots[0])
		c.ID = idWhich + b.Ref
		choices = append(choices, c)
	}
	s.ask(AskWhich, "booking.ask_which", map[string]any{"n": len(all)}, choices...)
}

// VisitLine is one visit in an answer.
type VisitLine struct {
	Date          clinic.Date
	Start         time.Time
	Second, Place any
	Ref           string
}

// tellVisits says when the visits are.
func (s *step) tellVisits(all []schedule.Booking) {
	var lines []VisitLine
	for _, b := range all {
		if b.State == schedule.Requested {
			continue // when it will be is not known yet
		}
		a := s.facts(b)
		lines = append(lines, VisitLine{a["date"].(clinic.Date), a["start"].(time.Time), a["second"], a["place"], b.Ref})
	}
	if len(lines) > 0 {
		s.say("booking.visits", map[string]any{"n": len(lines), "visits": lines})
	}
	if len(lines) < len(all) {
		s.say("booking.waiting", nil)
	}
}

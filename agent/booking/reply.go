package booking

import (
	"slices"
	"strings"

	"recado/agent/clinic"
	"recado/agent/schedule"
)

// choose does what a choice says.
func (s *step) choose(id string) error {
	if slot, ok := strings.CutPrefix(id, idTime); ok {
		return s.chooseTime(slot)
	}
	if s.d == nil || !slices.Contains(s.d.Choices, id) {
		return s.stale()
	}
	_, name, _ := strings.Cut(id, ":")
	switch {
	case id == idMore:
		s.take()
		return s.more(none)
	case id == idNew, id == idKnown:
		s.take()
		s.d.Patient = Returning
		if id == idNew {
			s.d.Patient = FirstTime
		}
		return s.goOn()
	case strings.HasPrefix(id, idKind):
		s.take()
		s.d.Visit = name
		return s.goOn()
	case id == idAnywhere:
		s.take()
		s.d.Location, s.d.Anywhere = "", true
		return s.goOn()
	case strings.HasPrefix(id, idPlace):
		s.take()
		s.d.Location, s.d.Anywhere = name, false
		return s.goOn()
	case id == idOneChild, id == idTwoChildren:
		s.take()
		s.d.Seats = 1
		if id == idTwoChildren {
			s.d.Seats = 2
		}
		return s.goOn()
	case strings.HasPrefix(id, idDay):
		s.d.Wish = s.d.Wish.with(Wish{Days: []string{name}})
		return s.goOn()
	case id == idBook:
		return s.bookIfSure(s.d.Held)
	case id == idNotThat:
		return s.notThat()
	}
	return s.chooseVisit(id, name)
}

// stale answers a tap on something that is not asked any more.
func (s *step) stale() error {
	if s.d != nil {
		s.repeat()
		return nil
	}
	all, err := s.bookings()
	if err != nil || len(all) == 0 {
		if err != nil {
			return err
		}
		return s.start()
	}
	s.tellVisits(all)
	return nil
}

// notThat gives the held time back and shows others.
func (s *step) notThat() error {
	if err := s.release(); err != nil {
		return err
	}
	if len(s.d.Offered) > 0 {
		s.askTime("booking.still", nil)
		return nil
	}
	s.d.Wish.At = 0
	return s.more(none)
}

// chooseTime books a time that was offered. One of an older offer is held and
// asked about, since much may have been said since.
func (s *step) chooseTime(id string) error {
	if s.d != nil {
		if at := offered(s.d, idTime+id); at != nil {
			return s.bookIfSure(*at)
		}
	}
	all, err := s.bookings()
	if err != nil {
		return err
	}
	for _, b := range all {
		if b.Slots[0].ID == id || wire(s.Owner, idTime+b.Slots[0].ID) == idTime+id {
			if s.Draft != nil && slices.Contains(s.Draft.Had, b.Ref) {
				if err := s.settle(); err != nil {
					return err
				}
			}
			s.d = nil
			s.done(b, false) // tapped once more
			return nil
		}
	}
	seats := 1
	if s.d != nil {
		seats = max(s.d.Seats, 1)
	}
	hold, err := s.Book.Hold(s.ctx, s.Owner, id, seats)
	s.fenced = s.fenced || err == nil
	s.tell("hold: %s%s", hold.ID, told(err))
	if err != nil && !refused(err) {
		return err
	}
	if s.d == nil {
		if err := s.fresh(); err != nil {
			return err
		}
		if len(all) == 1 && s.Book.Can().Changes {
			s.d.Act, s.d.Ref, s.d.From = ActMove, all[0].Ref, all[0].Slots[0]
			s.like(all[0])
		}
	}
	if err != nil {
		return s.lost(err)
	}
	if v := s.Profile.Booking.Visit(hold.Slots[0].Visit); v != nil {
		s.d.Visit = v.ID
	}
	s.held(hold)
	return nil
}

// reply takes words that answer the open question.
func (s *step) reply() error {
	h, d := s.h, s.d
	if h.marks[drop] && h.wish.empty() {
		return s.drop()
	}
	if h.marks[absent] && !s.refusesOffer() && d.Asked != AskVisit && d.Asked != AskWhich && d.Asked != AskEnd && d.Asked != AskDrop {
		_, err := s.about(ActDrop)
		return err
	}
	if h.moves && d.Act == "" && s.speaksOfBooked() {
		_, err := s.about(ActMove) // and not of the visit that is arranged
		return err
	}
	switch d.Asked {
	case AskTime:
		return s.replyTime()
	case AskHold:
		return s.replyHold()
	case AskVisit, AskWhich, AskEnd, AskDrop:
		return s.replyVisit()
	case AskNew:
		switch first, clear := s.first(); {
		case !clear:
			s.askNew()
			return nil
		case first == Returning, first == "" && h.marks[no]:
			return s.choose(idKnown)
		case first == FirstTime, h.marks[yes], h.marks[weakYes]:
			return s.choose(idNew)
		}
	case AskPlace:
		if h.marks[anyTime] && len(h.places) == 0 || h.marks[both] {
			return s.choose(idAnywhere)
		}
	case AskChildren:
		if h.marks[both] {
			return s.choose(idTwoChildren)
		}
	case AskWhichDay:
		for _, t := range s.Tokens {
			switch t.Surface {
			case "otro", "otra", "next", "proximo", "proxima", "siguiente", "viene", "other", "later", "following":
				return s.choose(d.Choices[1])
			case "este", "this", "hoy", "today":
				return s.choose(d.Choices[0])
			}
		}
	}
	s.h = h
	return s.wishes()
}

// refusesOffer reports whether the day or time that does not suit is one of
// those that are spoken of, and of no visit that is booked: "I can't come on
// Tuesday".
func (s *step) refusesOffer() bool {
	if !s.h.refuses || s.d.Act != "" || s.d.Asked != AskTime && s.d.Asked != AskHold && s.d.Asked != AskDay {
		return false
	}
	all, err := s.bookings()
	return err == nil && len(s.named(all)) == 0
}

// replyTime answers an offer of times in words.
func (s *step) replyTime() error {
	h, d := s.h, s.d
	switch {
	case h.unsure:
		s.askTime("booking.which_time", nil)
		return nil
	case h.refuses && !h.wish.empty():
		return s.wishes() // "el martes no puedo"
	case !h.wish.empty() && !h.marks[otherDay] && !h.marks[none] && !h.marks[no]:
		return s.wished()
	case h.marks[anyTime] && len(d.Offered) > 0:
		return s.bookIfSure(d.Offered[0])
	case h.marks[otherDay], h.marks[later], h.marks[earlier], h.marks[none]:
		for _, m := range []mark{otherDay, later, earlier, none} {
			if h.marks[m] {
				s.take()
				return s.more(m)
			}
		}
	case h.marks[move]:
		return s.more(none)
	case (h.marks[yes] || h.marks[weakYes]) && len(d.Offered) == 1:
		return s.bookIfSure(d.Offered[0])
	case h.marks[yes], h.marks[weakYes]:
		s.askTime("booking.which_time", nil)
		return nil
	case h.marks[no]:
		if h.wish.empty() {
			return s.more(none)
		}
	}
	s.take()
	s.d.Offered = nil
	return s.wishes()
}

// wished chooses among the times on offer by day and hour, else looks for
// what was wished. A day chooses where other days were offered beside it, and
// nothing else of it is asked for; see wonders.
func (s *step) wished() error {
	zone := s.Profile.Zone
	wish := s.h.wish
	if len(s.h.wanted) > 0 {
		wish.Days = nil
	}
	fit := filter(s.d.Offered, func(o schedule.Slot) bool {
		return wish.holds(o, zone) && (len(s.h.wanted) == 0 || slices.Contains(s.h.wanted, s.zoned(o.Start).Weekday()))
	})
	if len(s.h.places) == 1 {
		fit = filter(fit, func(o schedule.Slot) bool { return o.Location == s.h.places[0].ID })
	}
	byDay := len(s.h.wish.Days) > 0 && s.h.wish.At == 0
	onward := s.h.wish.At == 0 && (s.h.wish.From != "") != (s.h.wish.To != "")
	switch {
	case onward, byDay && s.h.wonders:
		return s.wishes()
	case byDay && len(fit) > 1 && len(fit) == len(s.d.Offered):
		s.askTime("booking.which_time", nil)
		return nil
	case byDay && len(s.d.Offered) == 1 && len(fit) == 1 && !s.h.marks[yes] && !s.h.marks[weakYes]:
		return s.hold(fit[0])
	case len(fit) == 1:
		return s.bookIfSure(fit[0])
	case len(fit) > 1 && (s.h.wish.At != 0 || len(fit) < len(s.d.Offered)):
		s.d.Offered = fit
		s.askTime("booking.which_time", nil)
		return nil
	}
	if s.h.wish.At != 0 && !s.h.wish.daily() {
		// "a las 3 mejor": on a day that was offered
		s.d.Wish.Days, s.d.Wish.From, s.d.Wish.To = s.days(), "", ""
	}
	return s.wishes()
}

// days are those of the times on offer.
func (s *step) days() []string {
	var out []string
	for _, o := range s.d.Offered {
		if day := clinic.DateOf(s.zoned(o.Start)).String(); !contains(out, day) || len(out) == 0 {
			out = append(out, day)
		}
	}
	return out
}

// replyHold answers whether to book the time that is kept.
func (s *step) replyHold() error {
	h := s.h
	switch {
	case !h.wish.empty() && !h.wish.holds(s.d.Held, s.Profile.Zone):
		if h.wish.At != 0 && !h.wish.daily() {
			s.d.Wish = Wish{Days: []string{clinic.DateOf(s.zoned(s.d.Held.Start)).String()}}
		}
		return s.wishes()
	case h.marks[otherDay], h.marks[later], h.marks[earlier]:
		s.take()
		s.d.Offered = []schedule.Slot{s.d.Held}
		for _, m := range []mark{otherDay, later, earlier} {
			if h.marks[m] {
				return s.more(m)
			}
		}
	case h.marks[no], h.marks[none]:
		return s.notThat()
	case h.marks[yes], h.marks[weakYes], h.marks[anyTime], !h.wish.empty():
		return s.bookIfSure(s.d.Held)
	}
	return s.wishes()
}

package booking

import (
	"errors"
	"slices"
	"strings"

	"recado/agent/schedule"
)

// chooseVisit does what a choice about a booking says.
func (s *step) chooseVisit(id, name string) error {
	switch id {
	case idEndNothing:
		if s.d.Back != "" {
			s.goBack()
			s.repeat()
			return nil
		}
		s.d = nil
		s.say("booking.as_is", nil)
		return nil
	case idEndVisit:
		return s.endVisit()
	case idEndMessages:
		s.d = nil // Heard.Stop: consent is not for here
		return nil
	}
	if strings.HasPrefix(id, idGiveUp) {
		return s.giveUp(id, name)
	}
	all, err := s.bookings()
	if err != nil {
		return err
	}
	ref := s.d.Ref
	if strings.HasPrefix(id, idWhich) {
		ref = name
	}
	i := slices.IndexFunc(all, func(b schedule.Booking) bool { return b.Ref == ref })
	if i < 0 {
		if id == idDrop && ref != "" {
			return s.cancelled(ref)
		}
		return s.gone()
	}
	switch id {
	case idDrop:
		return s.cancel(all[i])
	case idMove:
		s.d.Act, s.h.moves = ActMove, true
		s.d.Ref = ref
		return s.does(all[i])
	case idKeep:
		s.d = nil
		s.say("booking.kept", s.facts(all[i]))
		return nil
	}
	return s.does(all[i])
}

// cancelled tells that a visit is off the book which an earlier run of this turn
// took off.
func (s *step) cancelled(ref string) error {
	done, err := s.Book.Cancel(s.ctx, s.Owner, ref)
	s.tell("cancel %s again: %s%s", ref, done.State, told(err))
	switch {
	case err == nil && len(done.Slots) > 0:
		s.offBook(done)
		return nil
	case err == nil, refused(err):
		return s.gone()
	}
	return err
}

// cancel takes a visit off the book.
func (s *step) cancel(b schedule.Booking) error {
	done, err := s.Book.Cancel(s.ctx, s.Owner, b.Ref)
	s.tell("cancel %s: %s%s", b.Ref, done.State, told(err))
	switch {
	case err == nil:
		s.offBook(b)
		return nil
	case errors.Is(err, schedule.ErrUnsupported):
		return s.askStaff("visit.cancel")
	case refused(err):
		return s.gone()
	}
	return err
}

// offBook tells that a visit is cancelled.
func (s *step) offBook(b schedule.Booking) {
	args := s.facts(b)
	args["goes_on"] = s.d != nil && s.d.Asked == AskDrop
	s.d, s.fenced = nil, true
	s.say("booking.cancelled", args)
}

// replyVisit answers a question about a booking in words.
func (s *step) replyVisit() error {
	h := s.h
	switch s.d.Asked {
	case AskEnd:
		switch {
		case h.marks[visit], h.marks[absent]:
			return s.endVisit()
		case h.marks[none], h.marks[no], h.marks[keep]:
			return s.chooseVisit(idEndNothing, "")
		}
		s.askEnd()
		return nil
	case AskDrop:
		return s.replyDrop()
	case AskWhich:
		all, err := s.bookings()
		if err != nil {
			return err
		}
		one, fits := s.meant(all)
		if h.pick < 0 && len(all) > 0 {
			one = &all[len(all)-1]
		}
		if one == nil {
			s.askWhich(fits)
			return nil
		}
		s.h.wish, s.h.exact, s.h.weekdays, s.h.wanted, s.h.doubt = Wish{}, Wish{}, nil, nil, nil
		return s.does(*one)
	}
	switch {
	case !h.marks[keep] && s.confirms():
		s.d.Act = ActConfirm
		return s.chooseVisit("", "")
	case h.marks[keep], h.marks[no] && (h.wish.empty() || h.refuses):
		return s.chooseVisit(idKeep, "")
	case h.marks[move], h.marks[otherDay], h.marks[later], h.marks[earlier], h.marks[none] && !h.marks[absent], !h.wish.empty():
		return s.chooseVisit(idMove, "")
	case h.marks[absent] && !h.asks:
		return s.chooseVisit(idDrop, "")
	}
	all, err := s.bookings()
	if err != nil {
		return err
	}
	for _, b := range all {
		if b.Ref == s.d.Ref {
			s.askVisit(b)
			return nil
		}
	}
	return s.gone()
}

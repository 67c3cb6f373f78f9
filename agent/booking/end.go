package booking

// whatEnds asks what a bare CANCEL means: a visit, the messages, or neither.
// Without a visit or a draft it is not for here.
func (s *step) whatEnds() (ok bool, err error) {
	if s.d == nil {
		all, err := s.bookings()
		if err != nil || len(all) == 0 {
			return false, nil // asked about in general, without the book
		}
		if err := s.fresh(); err != nil {
			return true, err
		}
	} else {
		s.interrupt()
	}
	s.askEnd()
	return true, nil
}

func (s *step) askEnd() {
	s.ask(AskEnd, "booking.ask_end", nil, s.choice(idEndVisit, "the_visit", nil), s.choice(idEndMessages, "messages", nil), s.choice(idEndNothing, "neither", nil))
}

// endVisit ends what the conversation was about: the draft, else the booking.
// Where it may be either it asks.
func (s *step) endVisit() error {
	if s.d.Ref != "" {
		return s.chooseVisit(idDrop, "")
	}
	if s.d.arranges() && s.Book.Can().Changes {
		all, err := s.bookings()
		switch {
		case err != nil:
			return err
		case len(all) > 0:
			s.askDrop(all)
			return nil
		}
	}
	if len(s.d.Offered) > 0 || s.d.Hold != "" || s.d.Visit != "" {
		return s.drop()
	}
	all, err := s.bookings()
	switch {
	case err != nil:
		return err
	case len(all) == 0 && len(s.d.Had) == 1:
		return s.cancelled(s.d.Had[0])
	case len(all) == 0:
		return s.drop()
	case len(all) == 1:
		s.d.Ref = all[0].Ref
		return s.cancel(all[0])
	}
	s.d.Act = ActDrop
	s.askWhich(all)
	return nil
}

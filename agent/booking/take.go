package booking

import (
	"errors"
	"slices"
	"time"

	"recado/agent/clinic"
	"recado/agent/schedule"
)

// hold keeps the only time that was named and asks for a yes.
func (s *step) hold(at schedule.Slot) error {
	hold, err := s.tryHold(at)
	switch {
	case err == nil:
		s.held(hold)
		return nil
	case refused(err):
		return s.lost(err)
	}
	return err
}

// tryHold holds a time, with whoever else has it open where its provider is
// taken and nobody was asked for.
func (s *step) tryHold(at schedule.Slot) (schedule.Hold, error) {
	seats := max(s.d.Seats, 1)
	hold, err := s.Book.Hold(s.ctx, s.Owner, at.ID, seats)
	s.tell("hold: %s%s", hold.ID, told(err))
	if !errors.Is(err, schedule.ErrTaken) || s.d.Provider != "" || at.Start.IsZero() {
		return hold, err
	}
	again, failed := s.Book.Open(s.ctx, schedule.Query{
		Visit: at.Visit, Location: at.Location, From: at.Start, To: at.Start.Add(time.Minute), Seats: seats, Limit: 1,
	})
	if failed != nil || len(again) == 0 || again[0].ID == at.ID {
		return hold, err
	}
	hold, err = s.Book.Hold(s.ctx, s.Owner, again[0].ID, seats)
	s.tell("hold with another: %s%s", hold.ID, told(err))
	return hold, err
}

func (s *step) held(hold schedule.Hold) {
	s.d.Hold, s.d.Held = hold.ID, hold.Slots[0]
	s.askHold("booking.hold")
}

// askHold asks whether to book the time that is kept.
func (s *step) askHold(key string) {
	start := s.zoned(s.d.Held.Start)
	s.ask(AskHold, key, map[string]any{
		"start": start, "date": clinic.DateOf(start), "place": s.placeName(s.d.Held), "minutes": int(s.booking().Hold / time.Minute), "moves": s.d.Act == ActMove,
	}, s.choice(idBook, "book", nil), s.choice(idNotThat, "more", nil))
}

// book makes a time the patient's visit: a new booking, or the one that is
// moved. A booking that an overtaken run of this turn made is moved along.
func (s *step) book(at schedule.Slot) error {
	all, err := s.bookings()
	if err != nil {
		return err
	}
	for _, b := range all {
		if b.Slots[0].ID == at.ID && (b.Ref == s.d.Ref || !slices.Contains(s.d.Had, b.Ref)) {
			s.done(b, b.Ref == s.d.Ref)
			return nil
		}
	}
	ref := s.d.Ref
	if stray := s.stray(); ref == "" && stray != nil && s.Book.Can().Changes {
		ref = stray.Ref
	}
	hold, err := s.tryHold(at)
	if err != nil {
		if refused(err) {
			return s.lost(err)
		}
		return err
	}
	var made schedule.Booking
	if ref != "" {
		made, err = s.Book.Move(s.ctx, s.Owner, ref, hold.ID)
		s.tell("move %s: %s%s", ref, made.State, told(err))
	}
	if ref == "" || errors.Is(err, schedule.ErrNotFound) {
		made, err = s.Book.Book(s.ctx, s.Owner, hold.ID, s.isNew())
		s.tell("book: %s%s", made.State, told(err))
	}
	switch {
	case err == nil:
		s.done(made, s.d.Ref != "")
		return nil
	case refused(err):
		return s.lost(err)
	}
	return err
}

func (s *step) isNew() bool {
	v := s.Profile.Booking.Visit(s.d.Visit)
	return s.d.Patient == FirstTime || s.d.Patient == "" && v != nil && v.New
}

// stray is a booking that the patient does not know of: an overtaken run of
// the turn made it.
func (s *step) stray() *schedule.Booking {
	for i := range s.mine {
		if b := &s.mine[i]; b.Ref != s.d.Ref && !slices.Contains(s.d.Had, b.Ref) {
			return b
		}
	}
	return nil
}

// lost says why a time could not be had and offers others.
func (s *step) lost(why error) error {
	switch {
	case errors.Is(why, schedule.ErrPast):
		s.say("booking.past", nil)
	case errors.Is(why, schedule.ErrUnsupported):
		return why
	default:
		s.say("booking.taken", nil)
	}
	s.d.Hold, s.d.Held = "", schedule.Slot{}
	if s.d.Visit == "" {
		return s.goOn()
	}
	lead := s.out.Messages
	s.d.Wish.At = 0
	found, err := s.search(s.d.Wish)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return s.instead()
	}
	s.out.Messages = lead
	s.offerTimes(s.spread(found), false)
	return nil
}

// done says that a visit is booked. The draft is over.
func (s *step) done(b schedule.Booking, moved bool) {
	args := s.facts(b)
	args["new"] = b.New && !moved
	var address any
	if l := s.Profile.Place(b.Slots[0].Location); l != nil {
		address = l.Address
	}
	args["address"] = address
	key := "booking.done"
	switch {
	case b.State == schedule.Requested:
		key = "booking.requested"
	case moved:
		key = "booking.moved"
	}
	s.d, s.finished = nil, true
	s.say(key, args)
}

// settle cancels what an overtaken run of this turn booked and this one does
// not: nothing is booked that the patient was not told of. Where the book does
// not answer, the next turn does it.
func (s *step) settle() {
	d := s.Draft.Live(s.Now)
	if d == nil || !d.Counted || d.Act != "" || s.finished || len(d.Offered) == 0 && d.Hold == "" || !s.Book.Can().Changes {
		return
	}
	if _, err := s.bookings(); err != nil {
		return
	}
	for _, b := range s.mine {
		if slices.Contains(d.Had, b.Ref) {
			continue
		}
		_, err := s.Book.Cancel(s.ctx, s.Owner, b.Ref)
		s.tell("cancel %s, of a run that was overtaken%s", b.Ref, told(err))
	}
}

// facts are the arguments of texts about one booking: its start, the start
// of the second visit (nil for none), its place and its reference.
func (s *step) facts(b schedule.Booking) map[string]any {
	start := s.zoned(b.Start())
	args := map[string]any{"start": start, "date": clinic.DateOf(start), "second": nil, "place": s.placeName(b.Slots[0]), "ref": b.Ref}
	if len(b.Slots) > 1 {
		args["second"] = s.zoned(b.Slots[1].Start)
	}
	return args
}

// placeName is the name of a time's location, nil where the clinic has one.
func (s *step) placeName(o schedule.Slot) any {
	if l := s.Profile.Place(o.Location); l != nil && len(s.Profile.Location) > 1 {
		return l.Name
	}
	return nil
}

// release gives the owner's hold back.
func (s *step) release() error {
	if s.d.Hold == "" {
		return nil
	}
	err := s.Book.Release(s.ctx, s.Owner)
	s.tell("release%s", told(err))
	if err != nil && !refused(err) {
		return err
	}
	s.d.Hold, s.d.Held = "", schedule.Slot{}
	return nil
}

// drop ends the draft without a visit.
func (s *step) drop() error {
	if err := s.release(); err != nil {
		return err
	}
	kept := s.d.Ref != ""
	if _, err := s.bookings(); err != nil {
		return err
	}
	for _, b := range s.mine {
		if kept && b.Ref == s.d.Ref {
			s.d = nil
			s.say("booking.kept", s.facts(b))
			return nil
		}
	}
	s.d = nil
	s.say("booking.dropped", nil)
	return nil
}

package booking

import (
	"context"
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
	case errors.Is(err, schedule.ErrUnsupported):
		return s.requestAt(at)
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
	s.fenced = s.fenced || err == nil
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
	key := "booking.hold"
	if s.d.Hold == hold.ID && s.d.Act == "" {
		key = "booking.still_held" // and for less long
	}
	s.d.Hold, s.d.Held = hold.ID, hold.Slots[0]
	s.askHold(key)
}

// askHold asks whether to book the time that is kept.
func (s *step) askHold(key string) {
	start := s.zoned(s.d.Held.Start)
	s.ask(AskHold, key, map[string]any{
		"start": start, "date": clinic.DateOf(start), "place": s.placeName(s.d.Held), "minutes": int(s.booking().Hold / time.Minute), "moves": s.d.Act == ActMove,
	}, s.choice(idBook, "book", nil), s.choice(idNotThat, "more", nil))
}

// bookIfSure books a time that the turn chooses unmistakably. It keeps it and
// asks where a question or a condition stands beside, and asks once more which
// one is meant where the words may say something else.
func (s *step) bookIfSure(at schedule.Slot) error {
	switch {
	case s.h.sure == certain:
		return s.book(at)
	case s.d.Asked == AskHold && at.ID == s.d.Held.ID:
		s.askHold("booking.still_held")
		return nil
	case s.h.sure == guarded:
		return s.hold(at)
	}
	s.askTime("booking.which_time", nil)
	return nil
}

// book makes a time the patient's visit: a new booking, or the one that is
// moved. A booking that an overtaken run of this turn made is moved along.
func (s *step) book(at schedule.Slot) error {
	all, err := s.bookings()
	if err != nil {
		return err
	}
	if b := s.own(all, at); b != nil {
		s.done(*b, b.Ref == s.d.Ref)
		return nil
	}
	ref := s.d.Ref
	if stray := s.stray(); ref == "" && stray != nil && s.Book.Can().Changes {
		ref = stray.Ref
	}
	made, err := s.make(ref, at)
	if errors.Is(err, schedule.ErrNotFound) {
		made, err = s.make(ref, at) // a run that is behind held another time meanwhile
	}
	switch {
	case err == nil:
		s.done(made, s.d.Ref != "")
		return nil
	case errors.Is(err, schedule.ErrUnsupported):
		return s.requestAt(at)
	case refused(err):
		return s.lost(err)
	case errors.Is(err, schedule.ErrOvertaken):
		return err
	}
	return s.lookAgain(at, err)
}

// own is the booking of a time that was made for this draft already, by a run
// that was not committed; with whom does not matter unless somebody was asked
// for. It is nil where there is none.
func (s *step) own(all []schedule.Booking, at schedule.Slot) *schedule.Booking {
	for i := range all {
		b := &all[i]
		if b.Ref != s.d.Ref && slices.Contains(s.d.Had, b.Ref) {
			continue
		}
		first := b.Slots[0]
		if first.ID == at.ID || s.d.Provider == "" && first.Start.Equal(at.Start) && first.Location == at.Location && first.Visit == at.Visit &&
			len(b.Slots) == max(s.d.Seats, 1) {
			return b
		}
	}
	return nil
}

// make holds a time and books it, or moves the booking ref there.
func (s *step) make(ref string, at schedule.Slot) (made schedule.Booking, err error) {
	hold, err := s.tryHold(at)
	if err != nil {
		return made, err
	}
	if ref != "" {
		made, err = s.Book.Move(s.ctx, s.Owner, ref, hold.ID)
		s.tell("move %s: %s%s", ref, made.State, told(err))
	}
	if ref == "" || errors.Is(err, schedule.ErrNotFound) {
		made, err = s.Book.Book(s.ctx, s.Owner, hold.ID, s.isNew())
		s.tell("book: %s%s", made.State, told(err))
	}
	return made, err
}

// again is how long the book has to tell what became of a call that it did not
// answer.
const again = 2 * time.Second

// lookAgain finds out whether a time was booked by a call that failed.
func (s *step) lookAgain(at schedule.Slot, failed error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), again)
	defer cancel()
	all, err := s.Book.Bookings(ctx, s.Owner)
	s.tell("bookings after a failure: %d%s", len(all), told(err))
	if err != nil {
		s.out.Why = MayBeBooked
		return failed
	}
	if b := s.own(all, at); b != nil {
		s.done(*b, b.Ref == s.d.Ref)
		return nil
	}
	return failed
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
	default:
		s.say("booking.taken", nil)
	}
	s.d.Hold, s.d.Held = "", schedule.Slot{}
	if s.d.Visit == "" {
		return s.goOn()
	}
	lead := s.out.Messages
	hour := s.d.Wish.At
	s.d.Wish.At = 0
	found, err := s.search(s.d.Wish)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return s.instead()
	}
	s.out.Messages = lead
	s.offerTimes(s.nearest(found, Wish{Days: s.d.Wish.Days, At: hour}), hour != 0)
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

// settle undoes what an overtaken run of this turn did and this one does not:
// it cancels what was booked and moves back what was moved, since the patient
// is told of neither. Before it looks, it holds every such run back. Where the
// book does not answer, the next turn does it.
func (s *step) settle() error {
	d := s.Draft.Live(s.Now)
	if d == nil || !d.Counted || s.finished || !d.changes() {
		return nil
	}
	if err := s.fence(); err != nil {
		return overtaken(err)
	}
	if !s.Book.Can().Changes || len(d.Offered) == 0 && d.Hold == "" {
		return nil
	}
	s.got = false
	if _, err := s.bookings(); err != nil {
		return nil
	}
	for _, b := range s.mine {
		var err error
		switch {
		case b.Ref == d.Ref && d.Act == ActMove && d.From.ID != "" && b.Slots[0].ID != d.From.ID:
			err = s.moveBack(b)
		case b.Ref == d.Ref, slices.Contains(d.Had, b.Ref):
		default:
			_, err = s.Book.Cancel(s.ctx, s.Owner, b.Ref)
			s.tell("cancel %s, of a run that was overtaken%s", b.Ref, told(err))
		}
		if overtaken(err) != nil {
			return err
		}
		s.got = s.got && err == nil
	}
	return nil
}

// moveBack puts a booking back to where it was before an overtaken run moved
// it.
func (s *step) moveBack(b schedule.Booking) error {
	hold, err := s.Book.Hold(s.ctx, s.Owner, s.Draft.From.ID, len(b.Slots))
	if err == nil {
		_, err = s.Book.Move(s.ctx, s.Owner, b.Ref, hold.ID)
	}
	s.tell("move %s back, of a run that was overtaken%s", b.Ref, told(err))
	s.got = false
	if err == nil && s.d != nil && s.d.Hold != "" {
		_, err = s.Book.Hold(s.ctx, s.Owner, s.d.Held.ID, max(s.d.Seats, 1)) // an owner has one hold
	}
	return err
}

// fence tells the book of this turn, where no call of it has, so that no run
// that is behind can change anything any more.
func (s *step) fence() error {
	if s.fenced || !s.Book.Can().Fences || s.Owner.Turn == 0 {
		return nil
	}
	var err error
	if s.d != nil && s.d.Hold != "" {
		_, err = s.Book.Hold(s.ctx, s.Owner, s.d.Held.ID, max(s.d.Seats, 1))
	} else {
		err = s.Book.Release(s.ctx, s.Owner)
	}
	s.tell("fence%s", told(err))
	s.fenced = err == nil || refused(err)
	if refused(err) {
		return nil
	}
	return err
}

// overtaken is err where it says that a later turn has spoken, else nil.
func overtaken(err error) error {
	if errors.Is(err, schedule.ErrOvertaken) {
		return err
	}
	return nil
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
	s.fenced = s.fenced || err == nil
	s.tell("release%s", told(err))
	if err != nil && !refused(err) {
		return err
	}
	s.d.Hold, s.d.Held = "", schedule.Slot{}
	return nil
}

// drop ends the draft without a visit.
func (s *step) drop() error {
	if err := s.end(); err != nil {
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

// end gives back what the draft holds and undoes what an overtaken run did for
// it, so that what is kept is told as it stands then.
func (s *step) end() error {
	if err := s.release(); err != nil {
		return err
	}
	return s.settle()
}

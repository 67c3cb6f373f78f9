package booking

import (
	"recado/agent/clinic"
)

// start begins a new visit, or takes what a message adds to the one that is
// arranged.
func (s *step) start() error {
	if s.d == nil || s.d.Asked == AskVisit || s.d.Asked == AskWhich || s.d.Asked == AskEnd {
		if err := s.fresh(); err != nil {
			return err
		}
	} else if s.d.Asked == AskTime && s.h.wish.empty() {
		for _, m := range []mark{otherDay, later, earlier, none} {
			if s.says(m) {
				s.take()
				return s.more(m)
			}
		}
	}
	return s.wishes()
}

// fresh makes an empty draft that knows which bookings there are.
func (s *step) fresh() error {
	s.d = &Draft{}
	return s.count()
}

// count notes which bookings the patient knows of.
func (s *step) count() error {
	all, err := s.bookings()
	if err != nil {
		return err
	}
	s.d.Had, s.d.Counted = nil, true
	for _, b := range all {
		s.d.Had = append(s.d.Had, b.Ref)
	}
	return nil
}

// wishes takes in what the turn says of the visit and goes on.
func (s *step) wishes() error {
	s.take()
	if s.d.Seats > mostSeats {
		s.d = nil
		s.say("booking.many", nil)
		s.out.Staff = true
		return nil
	}
	if len(s.h.doubt) == 2 && s.today(s.h.doubt) && len(s.d.Wish.Days) == 1 && contains(s.h.doubt, s.d.Wish.Days[0]) {
		s.ask(AskWhichDay, "booking.which_day", nil, s.dayChoice(s.h.doubt[0]), s.dayChoice(s.h.doubt[1]))
		return nil
	}
	return s.goOn()
}

// mostSeats is how many visits in a row are booked by text.
const mostSeats = 2

// take puts what the turn says of the visit into the draft.
func (s *step) take() {
	h, d := s.h, s.d
	w := h.wish
	if d.Act == ActMove {
		w = h.exact.without(h.wish.Not)
	}
	if first := s.anchor(); len(h.weekdays) > 0 {
		w.Days = after(w.Days, first)
		if len(h.doubt) > 0 && dateOf(h.doubt[0]).Compare(first) < 0 {
			s.h.doubt = nil
		}
	}
	d.Wish = d.Wish.with(w)
	if d.Act == ActMove && s.says(same) {
		d.Wish = d.Wish.with(Wish{At: s.minute(d.From)})
	}
	if len(h.places) == 1 {
		d.Location, d.Anywhere = h.places[0].ID, false
	}
	if h.provider != nil {
		d.Provider = h.provider.Name
	}
	if h.kind != nil {
		d.Visit = h.kind.ID
		if h.kind.New {
			d.Patient = FirstTime
		} else if d.Patient == FirstTime {
			d.Patient = ""
		}
	} else if h.seats > 0 && d.Visit == "" && s.h.verdict {
		if v := childVisit(s.Profile); v != nil {
			d.Visit = v.ID
		}
	}
	switch first, _ := s.first(); {
	case first != "":
		d.Patient = first
	case h.kind != nil && !h.kind.New && s.follows():
		d.Patient = Returning
	}
	if h.seats > 0 {
		d.Seats = h.seats
	}
}

// first is what the turn says of a first visit, empty for nothing. clear is
// false where it says both: "no es la primera".
func (s *step) first() (said Known, clear bool) {
	c := &scan{Turn: s.Turn, tokens: s.Tokens}
	c.known, c.said = make([]bool, len(c.tokens)), make([]bool, len(c.tokens))
	c.marks, c.of = make([]mark, len(c.tokens)), make([]mark, len(c.tokens))
	c.phrases()
	fresh, known, not := false, false, false
	for i, m := range c.marks {
		switch m {
		case isNew:
			never := c.w(i) == "never" || c.w(i) == "nunca"
			for k := i - 1; k >= 0 && !never && !c.parted(k+1); k-- {
				not = not || c.of[k] == no // "no es la primera vez"
			}
			fresh = true
		case isKnown:
			known = true
		}
	}
	switch {
	case not || fresh && known:
		return "", false
	case fresh:
		return FirstTime, true
	case known:
		return Returning, true
	}
	return "", true
}

// anchor is the first day that a weekday may mean: in the weeks that were
// spoken of last. It is zero where none was.
func (s *step) anchor() clinic.Date {
	switch w := s.d.Wish; {
	case w.From != "":
		return dateOf(w.From)
	case len(w.Days) > 0:
		return monday(dateOf(w.Days[0]))
	}
	if own := s.moved(); own != nil {
		return monday(clinic.DateOf(s.zoned(own.Start())))
	}
	if len(s.d.Offered) > 0 {
		return monday(clinic.DateOf(s.zoned(s.d.Offered[0].Start)))
	}
	return clinic.Date{}
}

// follows reports whether a word for a visit says that there was one before.
func (s *step) follows() bool {
	for _, t := range s.Tokens {
		if followUp[t.Surface] || followUp[t.Word] {
			return true
		}
	}
	return false
}

// says reports whether a phrase with that mark stands anywhere in the turn.
func (s *step) says(m mark) bool {
	c := &scan{Turn: s.Turn, tokens: s.Tokens}
	c.known, c.said = make([]bool, len(c.tokens)), make([]bool, len(c.tokens))
	c.marks, c.of = make([]mark, len(c.tokens)), make([]mark, len(c.tokens))
	c.phrases()
	for _, found := range c.marks {
		if found == m {
			return true
		}
	}
	return false
}

// today reports whether the first of two days may still be meant: the clinic
// is open on it later than now.
func (s *step) today(days []string) bool {
	for i := range s.Profile.Location {
		for _, shift := range s.Profile.On(&s.Profile.Location[i], dateOf(days[0])).Intervals {
			if dateOf(days[0]).At(shift.Close, s.Profile.Zone).After(s.Now.Add(s.booking().Notice)) {
				return true
			}
		}
	}
	return false
}

func (s *step) booking() clinic.Booking { return s.Profile.Booking.WithDefaults() }

// goOn asks for the first thing that is needed and not known, or offers times.
func (s *step) goOn() error {
	switch {
	case s.d.Act == "" && s.h.many && s.d.Seats == 0:
		s.askChildren()
	case s.d.Act == "" && s.needsNew():
		s.askNew()
	case s.d.Act == "" && s.d.Patient == FirstTime && !s.Profile.FirstVisit.NewPatients:
		s.d = nil
		s.say("first_visit.full", nil)
	case s.visit() == nil:
		s.askKind()
	case s.d.Location == "" && !s.d.Anywhere && len(s.places()) > 1:
		s.askPlace()
	default:
		return s.offer()
	}
	return nil
}

// kinds are the visits that fit what is known of the patient.
func (s *step) kinds() []*clinic.Visit {
	var out []*clinic.Visit
	all := s.Profile.Booking.Visits
	mixed := s.mixed()
	for i := range all {
		if mixed && s.d.Patient != "" && all[i].New != (s.d.Patient == FirstTime) {
			continue
		}
		out = append(out, &all[i])
	}
	return out
}

// mixed reports whether some visits are for people who come for the first
// time and some are not.
func (s *step) mixed() bool {
	first, other := false, false
	for _, v := range s.Profile.Booking.Visits {
		first, other = first || v.New, other || !v.New
	}
	return first && other
}

func (s *step) needsNew() bool {
	if s.d.Patient != "" {
		return false
	}
	return s.mixed()
}

// visit is the kind of visit that is arranged, nil where that is not known.
func (s *step) visit() *clinic.Visit {
	kinds := s.kinds()
	for _, v := range kinds {
		if v.ID == s.d.Visit {
			return v
		}
	}
	if s.d.Act != "" {
		return s.Profile.Booking.Visit(s.d.Visit)
	}
	if len(kinds) == 1 {
		s.d.Visit = kinds[0].ID
		return kinds[0]
	}
	return nil
}

// places are the locations where the visit may be.
func (s *step) places() []*clinic.Location {
	var out []*clinic.Location
	v := s.visit()
	for i := range s.Profile.Location {
		if l := &s.Profile.Location[i]; s.given(v, l) {
			out = append(out, l)
		}
	}
	return out
}

// given reports whether anybody gives a visit at a location; any visit where v
// is nil, as after the clinic took a kind of visit off its list.
func (s *step) given(v *clinic.Visit, l *clinic.Location) bool {
	if len(s.Profile.Providers) == 0 {
		return true
	}
	for _, p := range s.Profile.Providers {
		if s.d.Provider != "" && p.Name != s.d.Provider || v != nil && v.New && !p.Accepting {
			continue
		}
		if (v == nil || contains(v.Providers, p.Name)) && contains(p.Location, l.ID) {
			return true
		}
	}
	return false
}

// contains reports whether a list names something; an empty list names all.
func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return len(all) == 0
}

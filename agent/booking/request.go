package booking

import (
	"errors"
	"slices"
	"time"

	"recado/agent/clinic"
	"recado/agent/dates"
	"recado/agent/schedule"
)

// request asks staff for what the patient wishes, where the book lets nobody
// else book it, or move it. Staff are told here as well, whether or not the book
// takes a request.
func (s *step) request() error {
	w := s.d.Wish
	s.out.Messages, s.out.Choices = nil, nil
	if s.d.Act == ActMove {
		return s.askStaff("visit.reschedule")
	}
	if w.empty() && !s.says(anyTime) {
		s.askDay()
		return nil
	}
	if beyond, said := s.unfit(w); said {
		if !beyond {
			s.askDay()
		}
		return nil
	}
	var ref any
	if book, ok := s.Book.(schedule.Requester); ok {
		made, err := book.Request(s.ctx, s.Owner, s.query(w), s.isNew())
		s.tell("request: %s%s", made.State, told(err))
		switch {
		case errors.Is(err, schedule.ErrOvertaken):
			return err
		case errors.Is(err, schedule.ErrPast):
			s.say("booking.past", nil)
			s.askDay()
			return nil
		case err == nil:
			ref = made.Ref
		}
	}
	args := s.wishFacts(w)
	args["ref"], args["two"] = ref, s.d.Seats > 1
	s.d = nil
	s.say("booking.wished", args)
	s.toStaff()
	return nil
}

// requestAt asks staff for one time.
func (s *step) requestAt(at schedule.Slot) error {
	if at.Start.IsZero() {
		return s.request()
	}
	start := s.zoned(at.Start)
	s.d.Wish = Wish{Days: []string{clinic.DateOf(start).String()}, At: start.Hour()*60 + start.Minute()}
	s.d.Location = at.Location
	return s.request()
}

// askDay asks for another day and time.
func (s *step) askDay() {
	s.d.Wish = Wish{}
	s.ask(AskDay, "booking.ask_day", nil)
}

// askStaff tells that staff will do what the book lets nobody else do.
func (s *step) askStaff(key string) error {
	s.d = nil
	s.say(key, nil)
	s.toStaff()
	return nil
}

// toStaff has staff told what the patient was.
func (s *step) toStaff() {
	s.finished = true
	s.out.Staff, s.out.Why = true, AskedStaff
	s.out.Note = slices.Clone(s.out.Messages)
}

// query is a wish as a question to a book: the stretch of time in which its
// days lie, or the hours of its only day.
func (s *step) query(w Wish) schedule.Query {
	zone := s.Profile.Zone
	q := schedule.Query{Visit: s.d.Visit, Provider: s.d.Provider, Location: s.d.Location, Seats: s.d.Seats, Part: w.Part}
	for i, part := range w.spans(zone) {
		if i == 0 || part.from.Before(q.From) {
			q.From = part.from
		}
		if i == 0 || part.to.After(q.To) {
			q.To = part.to
		}
	}
	if len(w.Days) != 1 {
		return q
	}
	switch day := dateOf(w.Days[0]); {
	case w.At != 0:
		length := 15 * time.Minute
		if v := s.Profile.Booking.Visit(s.d.Visit); v != nil && v.Length > 0 {
			length = v.Length
		}
		q.From = day.At(w.At, zone)
		q.To = q.From.Add(length * time.Duration(max(s.d.Seats, 1)))
	case w.Part != [2]int{}:
		q.From, q.To = day.At(w.Part[0], zone), day.At(w.Part[1], zone)
	}
	return q
}

// wishFacts are the arguments of a text that says a wish: its days, else from
// and to; and the time, the part of the day, or the hours that it lies between.
func (s *step) wishFacts(w Wish) map[string]any {
	args := map[string]any{"days": []clinic.Date{}, "from": nil, "to": nil, "at": nil, "part": "", "after": nil, "before": nil, "place": nil}
	var days []clinic.Date
	for _, day := range w.Days {
		days = append(days, dateOf(day))
	}
	slices.SortFunc(days, clinic.Date.Compare)
	day := clinic.DateOf(s.zoned(s.Now))
	if len(days) > 0 {
		args["days"], day = days, days[0]
	}
	if w.From != "" {
		args["from"] = dateOf(w.From)
	}
	if w.To != "" {
		args["to"] = dateOf(w.To)
	}
	clock := func(minute int) time.Time { return day.At(minute, s.Profile.Zone) }
	switch w.Part {
	case parts[dates.Morning]:
		args["part"] = string(dates.Morning)
	case parts[dates.Afternoon]:
		args["part"] = string(dates.Afternoon)
	default:
		if w.Part[0] > 0 {
			args["after"] = clock(w.Part[0])
		}
		if w.Part[1] > 0 && w.Part[1] < 24*60 {
			args["before"] = clock(w.Part[1])
		}
	}
	if w.At != 0 {
		args["at"] = clock(w.At)
	}
	if l := s.Profile.Place(s.d.Location); l != nil && s.d.Location != "" && len(s.Profile.Location) > 1 {
		args["place"] = l.Name
	}
	return args
}

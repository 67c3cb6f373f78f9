package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"recado/agent/answer"
	"recado/agent/clinic"
	"recado/agent/intentname"
	"recado/agent/language"
	"recado/agent/schedule"
	"recado/locales"
)

// Timeout bounds all calls of the appointment book in one turn.
const Timeout = 4 * time.Second

// Turn is what a step of the conversation is told.
type Turn struct {
	Profile *clinic.Profile
	Book    schedule.Schedule
	Owner   schedule.Owner
	Now     time.Time
	Draft   *Draft // not changed; nil for none
	// Text and Tokens are what the patient wrote, one message a line.
	Text   string
	Tokens []language.Token
	Button string // id of the choice that was tapped last; empty for none
	// Followed is true where words were written after the tap.
	Followed bool
	// Approves is true where the turn is nothing but pictographs that say yes.
	Approves bool
}

// Choice is an answer that is offered, before it is written in a language.
type Choice struct {
	ID     string
	Title  locales.Message
	Detail *locales.Message // nil for none
}

// Result is what a step says and leaves.
type Result struct {
	Messages []locales.Message
	Choices  []Choice // belong to the last message
	Draft    *Draft   // nil where nothing is open any more
	// Staff is true where a person must act as well.
	Staff bool
	// Told are the calls of the book and what came of them, for engineers:
	// ids and times, and no word of the patient.
	Told []string
	// Overtaken is true where a later turn of the conversation has spoken to the
	// book: nothing of this one may be said.
	Overtaken bool
	// Why says what staff have to know of the book; empty for nothing. Note is
	// what they are told beside it, in the patient's words for it.
	Why  Why
	Note []locales.Message
}

// Why is the id of a rule under which staff get a record.
type Why string

// The reasons.
const (
	// MayBeBooked: nobody can tell whether a visit was booked or moved.
	MayBeBooked Why = "booking.may_be_booked"
	// NotTold: a visit is booked or moved, and the patient was not told.
	NotTold Why = "booking.not_told"
	// AskedStaff: the patient wishes a visit, and the book lets nobody but staff
	// book it.
	AskedStaff Why = "booking.asked_staff"
)

// Ids of choices. Those that end with a colon go on with a name.
const (
	idTime        = "time:"
	idMore        = "times:more"
	idNew         = "new:yes"
	idKnown       = "new:no"
	idKind        = "kind:"
	idPlace       = "place:"
	idAnywhere    = "place-any"
	idOneChild    = "children:1"
	idTwoChildren = "children:2"
	idDay         = "day:"
	idBook        = "hold:yes"
	idNotThat     = "hold:no"
	idDrop        = "visit:drop"
	idMove        = "visit:move"
	idKeep        = "visit:keep"
	idWhich       = "which:"
	idEndVisit    = "end:visit"
	idEndMessages = "end:messages"
	idEndNothing  = "end:nothing"
	idGiveUp      = "give_up:"
	idGiveUpNew   = "give_up:new"
)

// IsChoice reports whether a button is one that this package shows, now or
// before.
func IsChoice(button string) bool {
	if slices.Contains(fixedIDs, button) {
		return true
	}
	kind, name, _ := strings.Cut(button, ":")
	return name != "" && slices.Contains(namingIDs, kind+":")
}

// fixedIDs are the ids of choices that name nothing, namingIDs what the others
// begin with.
var (
	fixedIDs = []string{
		idMore, idNew, idKnown, idAnywhere, idOneChild, idTwoChildren, idBook, idNotThat, idDrop, idMove, idKeep, idEndVisit, idEndMessages, idEndNothing, idGiveUpNew,
	}
	namingIDs = []string{idTime, idKind, idPlace, idDay, idWhich, idGiveUp}
)

// step is a turn in the making.
type step struct {
	Turn
	ctx  context.Context
	h    Heard
	d    *Draft // the draft that follows; never nil while a visit is arranged
	out  Result
	mine []schedule.Booking // the owner's bookings, once they were asked for
	got  bool
	// finished is true once the patient is told that a visit is booked.
	finished bool
	// fenced is true once a call has told the book of this turn.
	fenced bool
}

// Step takes the conversation one turn further. intent is what the turn is
// about where it is no plain reply. ok is false where this is not for the
// appointment book, and is answered as if there were none.
func Step(ctx context.Context, t Turn, h Heard, intent string) (r Result, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	s := &step{Turn: t, ctx: ctx, h: h, d: t.Draft.open(t.Now).clone()}
	var err error
	if s.d != nil && !s.d.Counted {
		err = s.count()
	}
	switch {
	case err != nil:
	case h.Bare && (s.d == nil || s.d.Asked != AskVisit):
		ok, err = s.whatEnds()
	case h.Choice != "":
		ok, err = true, s.choose(h.Choice)
	case h.Plain && s.d != nil:
		ok, err = true, s.reply()
	default:
		ok, err = s.begin(intent)
	}
	if errors.Is(err, schedule.ErrUnsupported) && s.d != nil {
		ok, err = true, s.request()
	}
	if err == nil {
		err = s.settle()
	}
	switch {
	case errors.Is(err, schedule.ErrOvertaken):
		return Result{Overtaken: true, Told: s.out.Told}, true
	case err != nil:
		ok = true
		s.unreachable(err)
	}
	if s.d != nil {
		s.d.At = t.Now
	}
	s.out.Draft = s.d
	return s.out, ok
}

// begin takes up what the turn is about.
func (s *step) begin(intent string) (ok bool, err error) {
	s.goBack()
	switch intent {
	case intentname.Cancel:
		return s.about(ActDrop)
	case intentname.Reschedule:
		if s.d != nil && s.d.Act == "" {
			if all, err := s.bookings(); err != nil || len(all) == 0 {
				return true, s.other(err) // another of the times that were offered
			}
		}
		return s.about(ActMove)
	case intentname.Confirm:
		if s.h.moves && s.d == nil {
			return s.about(ActMove) // "can you change it for later?"
		}
		return s.about(ActConfirm)
	}
	if s.h.moves && s.d != nil && s.d.Act == "" && s.speaksOfBooked() {
		return s.about(ActMove) // and not of the one that is arranged
	}
	if (s.h.moves || s.replaces()) && (s.d == nil || s.d.Asked == AskVisit || s.d.Asked == AskWhich) {
		if ok, err := s.about(ActMove); ok || err != nil {
			return ok, err
		}
	}
	if s.d == nil && !s.asksForVisit() {
		all, err := s.bookings()
		if err != nil {
			return true, err
		}
		if s.h.refuses && slices.ContainsFunc(all, func(b schedule.Booking) bool { return s.h.wish.refuses(b.Slots[0], s.Profile.Zone) }) {
			return s.about(ActDrop) // "I can't today"
		}
		if len(all) > 0 && s.h.wish.empty() && (s.says(later) || s.says(earlier) || s.says(otherDay)) {
			return s.about(ActMove) // "do you have anything earlier?"
		}
		nothing := s.h.wish.empty() && s.h.kind == nil && s.h.seats == 0 && !s.h.many
		if known := slices.DeleteFunc(slices.Clone(all), func(b schedule.Booking) bool {
			return !s.h.idle && !nothing && (s.h.wish.empty() || !s.h.wish.holds(b.Slots[0], s.Profile.Zone))
		}); len(known) > 0 {
			s.tellVisits(known) // a late number, yes or time: nothing is open any more
			return true, nil
		}
	}
	return true, s.start()
}

// speaksOfBooked reports whether the turn names a visit that is booked, by its
// reference or its day, or as the patient's own.
func (s *step) speaksOfBooked() bool {
	all, err := s.bookings()
	if err != nil {
		return false
	}
	its := slices.ContainsFunc(s.Tokens, func(t language.Token) bool { return t.Surface == "my" || t.Surface == "mi" })
	noun := slices.ContainsFunc(s.Tokens, func(t language.Token) bool { return visitNouns[t.Surface] })
	return slices.ContainsFunc(all, func(b schedule.Booking) bool {
		return s.names(b.Ref) || noun && its || s.on(b) && (noun || len(s.h.exact.Days) > 1)
	})
}

// replaces reports whether the turn puts another time in the place of the one
// that was agreed on: "can we do Monday instead".
func (s *step) replaces() bool {
	found := false
	for i, t := range s.Tokens {
		if besideWords[t.Surface] {
			return false
		}
		found = found || instead(s.Tokens, i)
	}
	if !found || s.h.wish.empty() {
		return false
	}
	all, err := s.bookings()
	return err != nil || len(all) > 0 // where nothing was agreed on it is a wish like others
}

// asksForVisit reports whether one of the words for a visit, or for one more
// of something, stands in the turn.
func (s *step) asksForVisit() bool {
	return slices.ContainsFunc(s.Tokens, func(t language.Token) bool {
		return visitWords[t.Surface] || visitWords[t.Word] || besideWords[t.Surface]
	})
}

// other goes on with the draft after a call that may have failed.
func (s *step) other(err error) error {
	if err != nil {
		return err
	}
	return s.start()
}

// say adds a text; args go beside the standard ones.
func (s *step) say(key string, args map[string]any) {
	m := answer.Fixed(key, s.Profile, s.Now)
	for k, v := range args {
		m.Args[k] = v
	}
	s.out.Messages = append(s.out.Messages, m)
}

// ask adds a question with its choices and leaves it open.
func (s *step) ask(what Asked, key string, args map[string]any, choices ...Choice) {
	s.say(key, args)
	s.d.Asked, s.d.Choices, s.d.Titles = what, nil, nil
	if what != AskEnd && what != AskDrop {
		s.d.Back = ""
	}
	s.out.Choices = nil
	for _, c := range choices {
		s.d.Choices = append(s.d.Choices, c.ID)
		c.ID = wire(s.Owner, c.ID)
		s.out.Choices = append(s.out.Choices, c)
	}
}

func (s *step) choice(id, key string, args map[string]any) Choice {
	m := answer.Fixed("booking.choice."+key, s.Profile, s.Now)
	for k, v := range args {
		m.Args[k] = v
	}
	return Choice{ID: id, Title: m}
}

func (s *step) tell(format string, args ...any) {
	s.out.Told = append(s.out.Told, fmt.Sprintf(format, args...))
}

// unreachable says that the book does not answer. The draft stays, so that
// the same reply may be given once more.
func (s *step) unreachable(err error) {
	s.tell("the book failed: %v", err)
	s.out.Messages, s.out.Choices = nil, nil
	s.say("booking.unavailable", nil)
	s.out.Staff = true
	if s.Draft.Live(s.Now) != nil {
		s.d = s.Draft.clone()
	}
}

// bookings are the owner's visits to come.
func (s *step) bookings() ([]schedule.Booking, error) {
	if s.got {
		return s.mine, nil
	}
	all, err := s.Book.Bookings(s.ctx, s.Owner)
	s.tell("bookings: %d%s", len(all), told(err))
	if err != nil && !errors.Is(err, schedule.ErrUnsupported) {
		return nil, err
	}
	s.mine, s.got = all, true
	return all, nil
}

func told(err error) string {
	if err != nil {
		return ", " + err.Error()
	}
	return ""
}

// refused reports whether an error is the book's answer about a time, and no
// failure to reach it.
func refused(err error) bool {
	for _, known := range []error{schedule.ErrTaken, schedule.ErrExpired, schedule.ErrNotFound, schedule.ErrPast, schedule.ErrUnsupported} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

package booking

import (
	"recado/agent/answer"
)

func (s *step) askNew() {
	s.ask(AskNew, "booking.ask_new", nil, s.choice(idNew, "first_visit", nil), s.choice(idKnown, "been_before", nil))
}

func (s *step) askChildren() {
	s.ask(AskChildren, "booking.ask_children", nil, s.choice(idOneChild, "one_child", nil), s.choice(idTwoChildren, "two_children", nil))
}

func (s *step) askKind() {
	var choices []Choice
	for _, v := range s.kinds() {
		choices = append(choices, s.choice(idKind+v.ID, "kind", map[string]any{"name": v.Name}))
	}
	s.ask(AskKind, "booking.ask_kind", nil, choices...)
}

func (s *step) askPlace() {
	var choices []Choice
	for _, l := range s.places() {
		c := s.choice(idPlace+l.ID, "place", map[string]any{"name": l.Name})
		detail := answer.Fixed("booking.choice.address", s.Profile, s.Now)
		detail.Args["address"] = l.Address
		c.Detail = &detail
		choices = append(choices, c)
	}
	if len(choices) > mostPlaces {
		choices = choices[:mostPlaces]
	}
	s.ask(AskPlace, "booking.ask_place", nil, append(choices, s.choice(idAnywhere, "anywhere", nil))...)
}

// mostPlaces leaves room for "either" in a list of ten.
const mostPlaces = 9

func (s *step) dayChoice(day string) Choice {
	return s.choice(idDay+day, "day", map[string]any{"date": dateOf(day)})
}

// repeat asks the open question once more, after something else.
func (s *step) repeat() {
	s.goBack()
	switch s.d.Asked {
	case AskNew:
		s.askNew()
	case AskKind:
		s.askKind()
	case AskPlace:
		s.askPlace()
	case AskChildren:
		s.askChildren()
	case AskTime:
		s.askTime("booking.still", nil)
	case AskHold:
		s.askHold("booking.still_held")
	case AskVisit, AskWhich, AskEnd, AskDrop, AskWhichDay:
		s.d = nil
		s.say("booking.as_is", nil)
	default:
		s.ask(AskDay, "booking.ask_day", nil)
	}
}

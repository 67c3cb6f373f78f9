package booking

import (
	"slices"
	"strings"
	"time"

	"recado/agent/schedule"
)

// Draft is what a conversation remembers of a visit that is being arranged. It
// holds no word of the patient: only what the clinic's profile and its book
// name. It is part of the session, in clear.
type Draft struct {
	Asked Asked `json:"asked"` // what the last reply asked
	// Back is what was asked before AskEnd or AskDrop came between; empty for
	// nothing.
	Back Asked `json:"back,omitempty"`
	// Choices are the ids of the choices that the last reply offered, in the
	// order in which they were numbered.
	Choices []string `json:"choices,omitempty"`
	// Titles are what Choices were called, as the patient saw them.
	Titles []string `json:"titles,omitempty"`
	// Closed is true once an emergency was told of: nothing is asked any more,
	// and only what an overtaken run may have booked is looked after.
	Closed bool `json:"closed,omitempty"`
	// At is when the draft was last worked on; it is forgotten Lifetime later.
	At time.Time `json:"at"`

	// Act is what becomes of the booking Ref; empty for a new visit.
	Act Act    `json:"act,omitempty"`
	Ref string `json:"ref,omitempty"`
	// From is when and where the booking Ref was before it is moved.
	From schedule.Slot `json:"from,omitzero"`
	// Had are the references of the bookings that the patient knew of when the
	// draft began. A booking beside them was made by a run of a turn that was
	// overtaken: see the package's documentation.
	Had []string `json:"had,omitempty"`
	// Counted is true once Had was asked for.
	Counted bool `json:"counted,omitempty"`

	Visit    string `json:"visit,omitempty"`    // clinic.Visit's id
	Patient  Known  `json:"patient,omitempty"`  //
	Location string `json:"location,omitempty"` // clinic.Location's id
	Anywhere bool   `json:"anywhere,omitempty"` // any location will do
	Provider string `json:"provider,omitempty"` // by the profile's name, where one was asked for
	Seats    int    `json:"seats,omitempty"`    // 1 or 2; 0 where nobody asked
	Wish     Wish   `json:"wish"`

	// Offered are the times of the last offer, in order.
	Offered []schedule.Slot `json:"offered,omitempty"`
	// Past are the ids of times that were offered before.
	Past  []string `json:"past,omitempty"`
	Pages int      `json:"pages,omitempty"` // how often other times were asked for
	// Hold and Held are the time that is kept for a yes.
	Hold string        `json:"hold,omitempty"`
	Held schedule.Slot `json:"held,omitzero"`
}

// Lifetime is how long a draft waits for the patient.
const Lifetime = 2 * time.Hour

// Asked names the question that a draft left open.
type Asked string

// The questions.
const (
	AskNew      Asked = "new"      // is it the first visit?
	AskKind     Asked = "kind"     // which kind of visit?
	AskPlace    Asked = "place"    // which location?
	AskChildren Asked = "children" // one child or two?
	AskDay      Asked = "day"      // which day and time? answered in words
	AskWhichDay Asked = "which_day"
	AskTime     Asked = "time"  // which of the times offered?
	AskHold     Asked = "hold"  // book the time that is kept?
	AskVisit    Asked = "visit" // what about this visit: drop, move, keep?
	AskWhich    Asked = "which" // which of several visits?
	AskEnd      Asked = "end"   // a bare CANCEL: the visit, the messages, neither?
	AskDrop     Asked = "drop"  // what to give up: the visit that is arranged, or one that is booked?
)

// aboutTime reports whether a number that no choice has is an hour.
func (a Asked) aboutTime() bool { return a == AskTime || a == AskHold || a == AskDay }

// Act is what is done with a booking.
type Act string

// The acts.
const (
	ActMove    Act = "move"
	ActDrop    Act = "drop"
	ActConfirm Act = "confirm"
)

// Known says whether the patient was at the clinic before.
type Known string

// What is known of it; empty where nobody asked.
const (
	FirstTime Known = "new"
	Returning Known = "returning"
)

// Live returns d, or nil where it waited for too long.
func (d *Draft) Live(now time.Time) *Draft {
	if d == nil || now.Sub(d.At) > Lifetime {
		return nil
	}
	return d
}

// open is d as far as something is asked, else nil.
func (d *Draft) open(now time.Time) *Draft {
	if d = d.Live(now); d == nil || d.Closed {
		return nil
	}
	return d
}

// Close is d with nothing left open.
func (d *Draft) Close() *Draft {
	d = d.clone()
	if d != nil {
		d.Closed, d.Asked, d.Back, d.Choices, d.Titles = true, "", "", nil, nil
	}
	return d
}

// Titled reports whether a text is the title of a choice that the last reply
// offered.
func (d *Draft) Titled(id, text string) bool {
	if d == nil {
		return false
	}
	i := slices.Index(d.Choices, id)
	return i >= 0 && i < len(d.Titles) && d.Titles[i] == strings.TrimSpace(text)
}

// arranges reports whether d is about a new visit of which something is known
// or was asked, beside that one may be wanted.
func (d *Draft) arranges() bool {
	if d == nil || d.Act != "" || d.Ref != "" {
		return false
	}
	asked := d.Asked
	if d.Back != "" {
		asked = d.Back
	}
	switch asked {
	case AskVisit, AskWhich, AskEnd:
		return false
	case AskDay:
		return d.Visit != "" || d.Patient != "" || d.Seats > 0 || len(d.Offered) > 0 || !d.Wish.empty()
	}
	return true
}

// changes reports whether a reply to d may change the book.
func (d *Draft) changes() bool {
	return len(d.Offered) > 0 || d.Hold != "" || d.Ref != "" || d.Asked == AskWhich || d.Asked == AskEnd || d.Asked == AskDrop
}

// clone is a copy that shares nothing with d.
func (d *Draft) clone() *Draft {
	if d == nil {
		return nil
	}
	c := *d
	c.Choices, c.Titles, c.Had = slices.Clone(d.Choices), slices.Clone(d.Titles), slices.Clone(d.Had)
	c.Past = slices.Clone(d.Past)
	c.Offered, c.Wish.Days, c.Wish.Not = slices.Clone(d.Offered), slices.Clone(d.Wish.Days), slices.Clone(d.Wish.Not)
	return &c
}

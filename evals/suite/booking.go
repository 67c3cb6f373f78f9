package suite

import (
	"fmt"
	"slices"
	"time"

	"recado/agent/booking"
)

// Booking is what must be true after a turn of the visits that a conversation
// arranges, in suites with a Book. Days are as 2026-12-01 and times as
// 2026-12-01 14:00, on the clinic's clocks.
type Booking struct {
	// Asks is the question about a visit that is open: one of Questions.
	Asks booking.Asked `yaml:"asks" json:"asks,omitempty"`
	// Offers is how many open times the reply lets the patient choose from, On
	// the days that those are on, in order and each once.
	Offers *int     `yaml:"offers" json:"offers,omitempty"`
	On     []string `yaml:"on" json:"on,omitempty"`
	// Held is the time that is kept for a yes.
	Held string `yaml:"held" json:"held,omitempty"`
	// Visits is when the visits begin that the patient has in the book, in
	// order; an empty list for none.
	Visits []string `yaml:"visits" json:"visits,omitzero"`
}

// NothingAsked is the question where none is open.
const NothingAsked booking.Asked = "nothing"

// Questions are what a conversation may leave open about a visit.
var Questions = []booking.Asked{
	booking.AskNew, booking.AskKind, booking.AskPlace, booking.AskChildren, booking.AskDay, booking.AskWhichDay, booking.AskTime,
	booking.AskHold, booking.AskVisit, booking.AskWhich, booking.AskEnd, booking.AskDrop, NothingAsked,
}

// BookingTime is how the times of Booking are written.
const BookingTime = "2006-01-02 15:04"

// booking checks what is expected of the visits of a turn.
func (c *checker) booking(at string, b *Booking) {
	if b == nil {
		return
	}
	if !c.book {
		c.bad(at, "there is no appointment book here: set book: true in the suite's file")
	}
	if b.Asks == "" && b.Offers == nil && b.On == nil && b.Held == "" && b.Visits == nil {
		c.bad(at, "expects nothing: set asks, offers, on, held or visits")
	}
	if b.Asks != "" {
		oneOf(c, at+".asks", b.Asks, Questions)
	}
	offers := b.On != nil
	if b.Offers != nil {
		offers = *b.Offers > 0
		if *b.Offers < 0 {
			c.bad(at+".offers", "is negative: write 0 where no times are offered")
		}
		if *b.Offers == 0 && b.On != nil {
			c.bad(at+".on", "stands beside offers: 0, which has no days: keep one")
		}
	}
	if offers && b.Asks != "" && b.Asks != booking.AskTime {
		c.bad(at+".asks", "is %q where times are offered, which asks for one of them: write asks: time", string(b.Asks))
	}
	if b.Held != "" && b.Asks != "" && b.Asks != booking.AskHold {
		c.bad(at+".asks", "is %q where a time is kept for a yes: write asks: hold", string(b.Asks))
	}
	c.moments(at+".on", b.On, time.DateOnly, "day: write it as 2026-12-01")
	c.moments(at+".visits", b.Visits, BookingTime, "time: write it as 2026-12-01 14:00")
	if _, err := time.Parse(BookingTime, b.Held); b.Held != "" && err != nil {
		c.bad(at+".held", "%q is no time: write it as 2026-12-01 14:00", b.Held)
	}
}

// moments reports what is no day or time, and what does not come in order.
func (c *checker) moments(field string, all []string, layout, what string) {
	for i, m := range all {
		if _, err := time.Parse(layout, m); err != nil {
			c.bad(fmt.Sprintf("%s[%d]", field, i), "%q is no %s", m, what)
			return
		}
	}
	if !slices.IsSorted(all) {
		c.bad(field, "is not in order: write the earliest first")
	}
}

// scene checks what happens to the book in a step besides what is said.
func (c *checker) scene(at string, i int, s Step) {
	if s.Taps == nil && s.Taken == nil {
		return
	}
	switch {
	case !c.book:
		c.bad(at, "taps and taken need an appointment book: set book: true in the suite's file")
	case i == 0:
		c.bad(at, "nothing was offered before the first step: taps and taken are about choices of the reply before")
	}
	if s.Taps != nil {
		if *s.Taps < 1 {
			c.bad(at+".taps", "must be 1 or more: the choices are counted from 1")
		}
		if len(s.Says) > 0 || s.Attachment != "" {
			c.bad(at+".taps", "stands beside says or an attachment: make the tap a step of its own")
		}
	}
	for k, n := range s.Taken {
		if n < 1 {
			c.bad(fmt.Sprintf("%s.taken[%d]", at, k), "must be 1 or more: the choices are counted from 1")
		}
	}
}

package run

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"recado/agent"
	"recado/agent/booking"
	"recado/agent/clinic"
	"recado/agent/schedule"
	"recado/agent/schedule/memory"
	"recado/evals/outcome"
	"recado/evals/suite"
)

// openBook gives the conversation the appointment book of its suite.
func (c *conversation) openBook() {
	if c.suite.Book {
		c.book = memory.New(c.suite.profile, func() time.Time { return c.now })
	}
}

// keep takes in what was decided: the session, and the choices of the reply.
func (c *conversation) keep(d agent.Decision) {
	c.session, c.choices = d.Session, choicesOf(d)
}

func choicesOf(d agent.Decision) []agent.Choice {
	for _, r := range slices.Backward(d.Replies) {
		if len(r.Choices) > 0 {
			return r.Choices
		}
	}
	return nil
}

// tap is the event of a tap on the n-th choice of the last reply, or of its
// number in words where there is no such choice.
func (c *conversation) tap(name string, n int) agent.Event {
	if n > len(c.choices) {
		return c.event(name, strconv.Itoa(n), "")
	}
	e := c.event(name, c.choices[n-1].Title, "")
	e.Kind, e.Button = agent.KindButton, c.choices[n-1].ID
	return e
}

// absent tells the choices that a step names and the last reply did not have.
func (c *conversation) absent(s suite.Step) []outcome.Check {
	var out []outcome.Check
	miss := func(what string, n, of int) {
		if n > of {
			out = append(out, outcome.Check{What: "booking", Want: fmt.Sprintf("%s %d", what, n), Got: fmt.Sprintf("%d in the reply before", of)})
		}
	}
	if s.Taps != nil {
		miss("choice", *s.Taps, len(c.choices))
	}
	for _, n := range s.Taken {
		miss("time", n, len(c.losable()))
	}
	return out
}

// offered are the times that the last reply let the patient choose from.
func (c *conversation) offered() []schedule.Slot {
	d := c.session.Booking.Live(c.now)
	if d == nil || d.Asked != booking.AskTime {
		return nil
	}
	return d.Offered[:max(0, min(len(d.Offered), len(c.choices)-1))] // the last choice leads to others
}

// losable are the times that somebody else may take: those on offer, or the
// one that was kept.
func (c *conversation) losable() []schedule.Slot {
	if d := c.session.Booking; d != nil && d.Asked == booking.AskHold {
		return []schedule.Slot{d.Held}
	}
	return c.offered()
}

// take has somebody else book one of those times with everybody who has it.
func (c *conversation) take(ctx context.Context, n int) error {
	times := c.losable()
	if c.book == nil || n > len(times) {
		return nil // see absent
	}
	at := times[n-1]
	all, err := c.book.Open(ctx, schedule.Query{Visit: at.Visit, Location: at.Location, From: at.Start, To: at.Start.Add(time.Minute), Limit: 1000})
	for i, slot := range all {
		rival := schedule.Owner{Clinic: c.suite.profile.ID, Conversation: fmt.Sprintf("%s/rival%d.%d", slot.ID, n, i)}
		var hold schedule.Hold
		if hold, err = c.book.Hold(ctx, rival, slot.ID, 1); err == nil {
			_, err = c.book.Book(ctx, rival, hold.ID, false)
		}
		if err != nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("take an offered time: %w", err)
	}
	return nil
}

// visits is when the visits begin that the patient has in the book.
func (c *conversation) visits(ctx context.Context) ([]string, error) {
	if c.book == nil {
		return nil, nil
	}
	all, err := c.book.Bookings(ctx, schedule.Owner{Clinic: c.suite.profile.ID, Channel: string(c.typed.Channel), Conversation: c.id})
	if err != nil {
		return nil, fmt.Errorf("read the visits: %w", err)
	}
	var out []string
	for _, b := range all {
		for _, slot := range b.Slots {
			out = append(out, c.written(slot.Start))
		}
	}
	slices.Sort(out)
	return out, nil
}

func (c *conversation) written(t time.Time) string {
	return t.In(c.suite.profile.Zone).Format(suite.BookingTime)
}

// checkBooking holds what became of the visits against what was expected.
func (c *conversation) checkBooking(ctx context.Context, want *suite.Booking) ([]outcome.Check, error) {
	if want == nil {
		return nil, nil
	}
	var out []outcome.Check
	add := func(what, want, got string) {
		out = append(out, outcome.Check{What: "booking", Want: what + " " + want, Got: what + " " + got, OK: want == got})
	}
	asks, held := suite.NothingAsked, ""
	if d := c.session.Booking.Live(c.now); d != nil && d.Asked != "" {
		if asks = d.Asked; asks == booking.AskHold {
			held = c.written(d.Held.Start)
		}
	}
	if want.Asks != "" {
		add("asks", string(want.Asks), string(asks))
	}
	times := c.offered()
	if want.Offers != nil {
		add("offers", strconv.Itoa(*want.Offers), strconv.Itoa(len(times)))
	}
	if want.On != nil {
		var days []string
		for _, o := range times {
			days = append(days, clinic.DateOf(o.Start.In(c.suite.profile.Zone)).String())
		}
		add("on", strings.Join(want.On, ", "), strings.Join(slices.Compact(days), ", "))
	}
	if want.Held != "" {
		add("held", want.Held, held)
	}
	if want.Visits != nil {
		got, err := c.visits(ctx)
		if err != nil {
			return nil, err
		}
		add("visits", told(want.Visits), told(got))
	}
	return out, nil
}

func told(visits []string) string {
	if len(visits) == 0 {
		return "none"
	}
	return strings.Join(visits, ", ")
}

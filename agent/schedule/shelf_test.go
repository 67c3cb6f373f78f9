package schedule_test

import (
	"errors"
	"testing"

	"recado/agent/clinic"
	"recado/agent/schedule"
	"recado/agent/schedule/link"
)

func TestAShelfKeepsABookUntilTheProfileIsReplaced(t *testing.T) {
	made := 0
	shelf := schedule.NewShelf(schedule.Kinds{clinic.BookLink: func(p *clinic.Profile) (schedule.Schedule, error) {
		made++
		if p.Links.Booking == "" {
			return nil, errors.New("no link")
		}
		return link.New(p), nil
	}})
	a, b := clinic.Sample(), clinic.Sample()
	b.Links.Booking = "https://buenavista.example/other"
	for range 3 {
		if book, err := shelf.Book(a); err != nil || book.Can().Link != a.Links.Booking {
			t.Errorf("%v, %v", book, err)
		}
	}
	if book, err := shelf.Book(b); err != nil || book.Can().Link != b.Links.Booking || made != 2 {
		t.Errorf("%v, %v, %d made", book, err, made)
	}
	c := clinic.Sample()
	c.Booking.Kind = clinic.BookFHIR
	if _, err := shelf.Book(c); err == nil {
		t.Error("a kind that nobody makes is opened")
	}
	d := clinic.Sample()
	d.Links.Booking = ""
	if _, err := shelf.Book(d); err == nil {
		t.Error("a book that could not be made is opened")
	}
}

package console

import (
	"errors"
	"net/http"
	"time"

	"recado/agent/audit"
	"recado/agent/clinic"
	"recado/agent/inbox"
	"recado/agent/language"
	"recado/agent/schedule"
	"recado/agent/schedule/ics"
)

func (s *Server) dayRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Pattern: "/staff/{clinic}/day", Needs: Reader, Handle: s.day},
		{Method: http.MethodGet, Pattern: "/staff/{clinic}/day.ics", Needs: Reader, Handle: s.dayFile},
	}
}

// dayRow is a visit on the page. Nothing of it is about a patient.
type dayRow struct {
	Start                     time.Time
	From, To                  string
	Visit, Provider, Location string
	Ref                       string
	State, Badge              string
	New, Cancelled            bool
	Seats                     int
}

type dayPage struct {
	Title, On              string
	Before, After, Refresh string
	File                   string
	Today                  bool
	Rows                   []dayRow
	Count                  int
	Places                 bool // whether there is more than one location to tell
	AsOf                   time.Time
}

// dayBook is the clinic's appointment book where it can show its days; nil
// where it cannot.
func (s *Server) dayBook(p *clinic.Profile) (schedule.Day, error) {
	if s.cfg.Books == nil || p == nil || p.Booking.WithDefaults().Kind == clinic.BookLink {
		return nil, nil
	}
	book, err := s.cfg.Books.Book(p)
	if err != nil {
		return nil, err
	}
	day, _ := book.(schedule.Day)
	return day, nil
}

// ShowsDay reports whether the clinic of the page has a day to look at.
func (v View) ShowsDay() bool {
	if v.Clinic == "" || v.Clinic == inbox.NoClinic {
		return false
	}
	day, err := v.Server.dayBook(v.Profile())
	return day != nil && err == nil
}

// readDay reads the day that is asked for: today where there is none, or no
// date.
func readDay(asked string, today clinic.Date) clinic.Date {
	t, err := time.Parse(time.DateOnly, asked)
	if err != nil {
		return today
	}
	return clinic.DateOf(t)
}

// visits reads the day that the request is about.
func (s *Server) visits(r *Request) (clinic.Date, []schedule.Booking, error) {
	day, err := s.dayBook(r.Profile())
	if err == nil && day == nil {
		return clinic.Date{}, nil, NotFound()
	}
	on := readDay(r.URL.Query().Get("on"), clinic.DateOf(s.cfg.Now().In(r.Text.Zone())))
	var all []schedule.Booking
	if err == nil {
		all, err = day.Day(r.Context(), on)
	}
	if errors.Is(err, schedule.ErrUnsupported) {
		return on, nil, NotFound()
	}
	if err != nil {
		return on, nil, &Failure{Status: http.StatusServiceUnavailable, Text: "error.book", Wait: 5 * time.Second, Err: err}
	}
	return on, all, nil
}

func (s *Server) day(r *Request) error {
	on, all, err := s.visits(r)
	if err != nil {
		return err
	}
	return r.Page("day", buildDay(r.Text, r.Profile(), on, all, s.cfg.Now()))
}

// buildDay makes the page of a day.
func buildDay(t Texts, p *clinic.Profile, on clinic.Date, all []schedule.Booking, now time.Time) dayPage {
	path := "/staff/" + p.ID + "/day"
	at := func(d clinic.Date) string { return path + "?on=" + d.String() }
	page := dayPage{
		Title: t.Day(on.At(12*60, p.Zone)), On: on.String(), Today: on == clinic.DateOf(now.In(p.Zone)),
		Before: at(on.AddDays(-1)), After: at(on.AddDays(1)), Refresh: at(on), File: path + ".ics?on=" + on.String(),
		Places: len(p.Location) > 1, AsOf: now,
	}
	for _, b := range all {
		first, last := b.Slots[0], b.Slots[len(b.Slots)-1]
		row := dayRow{
			Start: first.Start, From: t.Clock(first.Start), To: t.Clock(last.End), Visit: first.Visit, Provider: first.Provider, Location: first.Location,
			Ref: b.Ref, State: t.Say("visits.state." + string(b.State)), New: b.New, Cancelled: b.State == schedule.Cancelled, Seats: len(b.Slots),
		}
		row.Badge = map[schedule.State]string{schedule.Confirmed: "good", schedule.Requested: "warn", schedule.Booked: "info"}[b.State]
		// A profile may have changed since: then its ids have to do.
		if v := p.Booking.Visit(first.Visit); v != nil {
			row.Visit = v.Name.In(t.lang)
		}
		if l := p.Place(first.Location); l != nil && first.Location != "" {
			row.Location = l.Name
		}
		for _, who := range p.Providers {
			if who.Name == first.Provider {
				row.Provider = who.Names().In(t.lang)
			}
		}
		if !row.Cancelled {
			page.Count++
		}
		page.Rows = append(page.Rows, row)
	}
	return page
}

// dayFile sends a day as an iCalendar file.
func (s *Server) dayFile(r *Request) error {
	on, all, err := s.visits(r)
	if err != nil {
		return err
	}
	if err := r.Audit(audit.Exported, audit.Act{Subject: "day:" + on.String()}); err != nil {
		return err
	}
	r.W.Header().Set("Content-Type", ics.Type)
	r.W.Header().Set("Content-Disposition", `attachment; filename="recado-`+r.Clinic+"-"+on.String()+`.ics"`)
	if err := ics.Write(r.W, r.Clinic, language.Language(r.Text.lang), all); err != nil {
		s.logFailure(r, "a calendar file ended early", err)
		panic(http.ErrAbortHandler) // half a file must not look like a whole one
	}
	return nil
}

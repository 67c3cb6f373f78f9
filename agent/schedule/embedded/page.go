package embedded

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/clinic"
	"recado/agent/schedule"
	"recado/agent/schedule/slots"
)

// version is that of a page's JSON.
const version = 1

// What a page remembers of visits that are no more: enough for every call to
// be repeated, and not so much that a page grows without end.
const (
	cancelledOnDay = 24
	cancelledOfOne = 12
	holdsOfVisit   = 8
	overFor        = 30 * 24 * time.Hour // how long a patient's list keeps a visit that is over
)

// page is how a day of a provider, or a patient's list, stands after a change.
type page struct {
	V      int     `json:"v"`
	Did    string  `json:"did"` // the change: book, move, confirm or cancel; turn where no visit changed
	Ref    string  `json:"ref"` // of which visit
	Visits []visit `json:"visits"`
	// Turn is the latest turn of the patient that was seen, at Seen; in their
	// own page alone.
	Turn uint64    `json:"turn,omitempty"`
	Seen time.Time `json:"seen,omitzero"`

	subject string
	seq     uint64
}

// visit is a booking in a page.
type visit struct {
	Ref     string          `json:"ref"`
	Holds   []string        `json:"holds"` // the holds that it was made of and moved by, the last one last
	Channel agent.Channel   `json:"channel"`
	Patient string          `json:"patient"` // the conversation: a keyed hash
	Slots   []schedule.Slot `json:"slots"`
	State   schedule.State  `json:"state"`
	New     bool            `json:"new,omitempty"`
	Changed time.Time       `json:"changed"`
}

func (v visit) start() time.Time { return v.Slots[0].Start }
func (v visit) end() time.Time   { return v.Slots[len(v.Slots)-1].End }

// resource is what the visit takes up; all of its slots are of one provider.
func (v visit) resource() string { return slots.Resource(v.Slots[0].Provider, v.Slots[0].Location) }

func (v visit) of(owner schedule.Owner) bool {
	return string(v.Channel) == owner.Channel && v.Patient == owner.Conversation
}

// put adds v to the page, or puts it in the place of the visit with its
// reference.
func (p *page) put(did string, v visit) {
	p.remove(did, v.Ref)
	p.Visits = append(p.Visits, v)
	slices.SortStableFunc(p.Visits, func(a, b visit) int { return a.start().Compare(b.start()) })
}

func (p *page) remove(did, ref string) {
	p.V, p.Did, p.Ref = version, did, ref
	p.Visits = slices.DeleteFunc(slices.Clone(p.Visits), func(v visit) bool { return v.Ref == ref })
}

func (p *page) find(is func(visit) bool) (visit, bool) {
	if i := slices.IndexFunc(p.Visits, is); i >= 0 {
		return p.Visits[i], true
	}
	return visit{}, false
}

func byRef(ref string) func(visit) bool { return func(v visit) bool { return v.Ref == ref } }
func byHold(hold string) func(visit) bool {
	return func(v visit) bool { return slices.Contains(v.Holds, hold) }
}

// overlap is the visit, not cancelled, that takes up time of the slots.
func (p *page) overlap(wanted []schedule.Slot, except string) (visit, bool) {
	from, to := wanted[0].Start, wanted[len(wanted)-1].End
	return p.find(func(v visit) bool {
		return v.State != schedule.Cancelled && v.Ref != except && v.start().Before(to) && from.Before(v.end())
	})
}

// forget drops the oldest of the cancelled visits.
func (p *page) forget(keep int) {
	var cancelled []visit
	for _, v := range p.Visits {
		if v.State == schedule.Cancelled {
			cancelled = append(cancelled, v)
		}
	}
	if len(cancelled) <= keep {
		return
	}
	slices.SortFunc(cancelled, func(a, b visit) int { return cmp.Or(b.Changed.Compare(a.Changed), cmp.Compare(a.Ref, b.Ref)) })
	for _, v := range cancelled[keep:] {
		p.Visits = slices.DeleteFunc(p.Visits, byRef(v.Ref))
	}
}

// booked are the pages of some days, by resource.
type booked map[string][]*page

func (b booked) overlap(s schedule.Slot) bool {
	for _, p := range b[slots.Resource(s.Provider, s.Location)] {
		if _, taken := p.overlap([]schedule.Slot{s}, ""); taken {
			return true
		}
	}
	return false
}

// days reads what is booked from one day to another, both included.
func (b *Book) days(ctx context.Context, first, last clinic.Date) (booked, error) {
	var filters []string
	for d := first; d.Compare(last) <= 0; d = d.AddDays(1) {
		filters = append(filters, bus.BookDaySubject(b.p.ID, d.String(), "*"))
	}
	pages, err := b.read(ctx, filters...)
	if err != nil {
		return nil, err
	}
	all := booked{}
	for _, p := range pages {
		if len(p.Visits) > 0 {
			r := p.Visits[0].resource()
			all[r] = append(all[r], p)
		}
	}
	return all, nil
}

// day reads the page that a visit of these slots belongs on.
func (b *Book) day(ctx context.Context, of []schedule.Slot) (*page, error) {
	d := clinic.DateOf(of[0].Start.In(b.p.Zone))
	return b.one(ctx, bus.BookDaySubject(b.p.ID, d.String(), slots.Resource(of[0].Provider, of[0].Location)))
}

// list reads a patient's own page.
func (b *Book) list(ctx context.Context, owner schedule.Owner) (*page, error) {
	c := agent.Conversation{Clinic: owner.Clinic, Channel: agent.Channel(owner.Channel), ID: owner.Conversation}
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("the owner is no conversation: %w", err)
	}
	if c.Clinic != b.p.ID {
		return nil, errors.New("the owner is a patient of another clinic")
	}
	return b.one(ctx, bus.BookOwnerSubject(c))
}

// one reads a page that something is decided by, so as it is now.
func (b *Book) one(ctx context.Context, subject string) (*page, error) {
	raw, err := b.cfg.Log.Latest(ctx, subject)
	if err != nil {
		return nil, err
	}
	if raw.Seq == 0 {
		return &page{subject: subject}, nil
	}
	return readPage(raw)
}

// read reads pages that are shown. A hold looks again before it is given.
func (b *Book) read(ctx context.Context, filters ...string) ([]*page, error) {
	raw, err := b.cfg.Log.Last(ctx, filters...)
	if err != nil {
		return nil, err
	}
	pages := make([]*page, len(raw))
	for i, r := range raw {
		if pages[i], err = readPage(r); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

func readPage(raw bus.Page) (*page, error) {
	p := &page{subject: raw.Subject, seq: raw.Seq}
	if err := json.Unmarshal(raw.Data, p); err != nil {
		return nil, fmt.Errorf("read page %d of the book: %w", raw.Seq, err)
	}
	if p.V > version {
		return nil, fmt.Errorf("page %d of the book was written by a newer version", raw.Seq)
	}
	return p, nil
}

func (b *Book) write(ctx context.Context, pages []*page) error {
	out := make([]bus.Page, len(pages))
	for i, p := range pages {
		data, err := json.Marshal(p)
		if err != nil {
			return fmt.Errorf("write a page of the book: %w", err)
		}
		out[i] = bus.Page{Subject: p.subject, Seq: p.seq, Data: data}
	}
	return b.cfg.Log.Write(ctx, out...)
}

// booking is v as callers know it, with times in the clinic's zone.
func (b *Book) booking(v visit) schedule.Booking {
	own := slices.Clone(v.Slots)
	for i := range own {
		own[i].Start, own[i].End = own[i].Start.In(b.p.Zone), own[i].End.In(b.p.Zone)
	}
	return schedule.Booking{
		Ref: v.Ref, Slots: own, State: v.State, New: v.New, Booked: v.Changed,
		Owner: schedule.Owner{Clinic: b.p.ID, Channel: string(v.Channel), Conversation: v.Patient},
	}
}

func sortByStart(all []schedule.Booking) {
	slices.SortStableFunc(all, func(a, b schedule.Booking) int {
		return cmp.Or(a.Start().Compare(b.Start()), cmp.Compare(a.Slots[0].Provider, b.Slots[0].Provider), cmp.Compare(a.Ref, b.Ref))
	})
}

package schedule

import (
	"context"
	"errors"
	"time"

	"recado/agent/clinic"
)

// Owner is who holds or has booked: one conversation with a clinic. It is a
// keyed hash, never a phone number.
type Owner struct {
	Clinic       string
	Channel      string
	Conversation string
	// Turn says how far the turn reads that a call is made for: the place of its
	// last message in the clinic's stream. A call that changes anything is refused
	// with ErrOvertaken where the owner was seen with a higher one, by books that
	// can tell; see Capabilities.Fences. Zero is not compared.
	Turn uint64
}

// Slot is an open time with one provider at one location.
type Slot struct {
	// ID names the slot to the schedule that offered it: at most 128 letters,
	// digits and "-_.:", and nothing in it tells who asked.
	ID       string    `json:"id"`
	Visit    string    `json:"visit"`              // clinic.Visit's id
	Provider string    `json:"provider,omitempty"` // the profile's name of the provider; empty where the book names none
	Location string    `json:"location"`           // clinic.Location's id
	Start    time.Time `json:"start"`
	End      time.Time `json:"end"`
}

// Query asks for open times. The zero value of each field but Visit means
// that it does not matter.
type Query struct {
	Visit    string // clinic.Visit's id
	Provider string // the profile's name
	Location string // clinic.Location's id
	// From and To bound the start: [From, To). A zero From is now and the
	// clinic's notice; a zero To is the end of what may be booked.
	From, To time.Time
	// Part keeps starts between two times of the day, in minutes after
	// midnight of the clinic's zone: [Part[0], Part[1]). Zero: all day.
	Part [2]int
	// Seats is how many visits are wanted one after the other with the same
	// provider, for two children. Zero means one.
	Seats int
	Limit int // how many; zero means 3
}

// Hold keeps a slot for one owner until it expires or is confirmed.
type Hold struct {
	ID      string    `json:"id"`
	Slots   []Slot    `json:"slots"` // one for each seat, in order
	Expires time.Time `json:"expires"`
}

// Booking is a visit that was agreed on.
type Booking struct {
	// Ref is what patient and staff call it: 6 letters and digits without
	// those that look alike.
	Ref string `json:"ref"`
	// Slots are the times, one for each seat, in order.
	Slots []Slot `json:"slots"`
	State State  `json:"state"`
	// New is true for a patient who has not been at the clinic before.
	New    bool      `json:"new,omitempty"`
	Booked time.Time `json:"booked"` // when it was last changed
	Owner  Owner     `json:"-"`
}

// Start is when the first of its visits begins.
func (b Booking) Start() time.Time { return b.Slots[0].Start }

// State is what became of a booking.
type State string

// The states.
const (
	Booked    State = "booked"
	Confirmed State = "confirmed" // the patient said that they will come
	Cancelled State = "cancelled"
	Requested State = "requested" // the book takes requests only: staff confirm
)

// Capabilities say what a book can do. What it cannot is done by its link or
// by staff.
type Capabilities struct {
	Offers  bool   // Open, Hold and Book work
	Changes bool   // Move, Cancel and Confirm work
	Fences  bool   // calls of a turn that was overtaken are refused
	Link    string // where patients book by themselves; empty for none
	// Requests is true where nobody but staff can book, and they are asked for
	// what the patient wishes. The book is a Requester then.
	Requests bool
}

// The reasons why a call was refused. Callers compare with errors.Is.
var (
	// ErrTaken: somebody else has the time. Offer others.
	ErrTaken = errors.New("the time was taken")
	// ErrExpired: the hold ran out; the time may still be open.
	ErrExpired = errors.New("the hold has expired")
	// ErrNotFound: no such slot, hold or booking of this owner.
	ErrNotFound = errors.New("no such slot, hold or booking")
	// ErrPast: the time has begun or is nearer than the clinic's notice.
	ErrPast = errors.New("the time is past or too near")
	// ErrUnsupported: the book cannot do that; see Capabilities.
	ErrUnsupported = errors.New("the appointment book cannot do that")
	// ErrOvertaken: a later turn of the owner has spoken; see Owner.Turn. The
	// turn is to be given up and read anew.
	ErrOvertaken = errors.New("a later turn of the conversation has used the appointment book")
	// ErrUnavailable marks every failure to reach the book. It is no answer
	// about a time: the caller says so, and staff get a request.
	ErrUnavailable = errors.New("the appointment book is unavailable")
)

// Schedule is a clinic's appointment book. All methods are safe for
// concurrent use, by many processes, and may be repeated.
type Schedule interface {
	Can() Capabilities
	// Open returns open times in order, none where there is none. A time that
	// is held by somebody is not open.
	Open(ctx context.Context, q Query) ([]Slot, error)
	// Hold keeps seats slots, beginning with the one of this id, for owner. An
	// owner has one hold: another slot replaces it, the same one returns it
	// with its time as it was. Of any number who ask for one slot one gets it,
	// the others ErrTaken.
	Hold(ctx context.Context, owner Owner, slot string, seats int) (Hold, error)
	// Release gives owner's hold back, if there is one. It holds earlier turns of
	// the owner back as well, as Hold, Book, Move, Confirm and Cancel do.
	Release(ctx context.Context, owner Owner) error
	// Book makes a booking of owner's hold. Of a hold that was booked already
	// it returns that booking.
	Book(ctx context.Context, owner Owner, hold string, isNew bool) (Booking, error)
	// Move books the hold in place of the booking ref: either both happen or
	// nothing does. The booking keeps its reference.
	Move(ctx context.Context, owner Owner, ref, hold string) (Booking, error)
	// Confirm notes that the patient will come.
	Confirm(ctx context.Context, owner Owner, ref string) (Booking, error)
	// Cancel frees the time. Of a cancelled booking it returns that booking.
	Cancel(ctx context.Context, owner Owner, ref string) (Booking, error)
	// Bookings are owner's visits that are not over or cancelled, by start.
	Bookings(ctx context.Context, owner Owner) ([]Booking, error)
}

// Requester is a book that can be left what a patient wishes, where it lets
// nobody book. Staff who look at it see the request there and find the time.
type Requester interface {
	// Request notes that owner wishes a visit that q describes. Called again it
	// returns the same request, with what q says now; so it may be repeated. It
	// is ErrUnsupported where the book takes no requests either: then nothing is
	// in it, and staff have to be told otherwise.
	Request(ctx context.Context, owner Owner, q Query, isNew bool) (Booking, error)
}

// Books finds the appointment book of a clinic. It is called by many
// goroutines at once.
type Books interface {
	// Book returns the clinic's appointment book; it is never nil without an
	// error.
	Book(p *clinic.Profile) (Schedule, error)
}

// Day is what staff see of a book: a book that can show it implements it.
type Day interface {
	// Day returns every booking that begins on d in the clinic's zone,
	// cancelled ones too, by start.
	Day(ctx context.Context, d clinic.Date) ([]Booking, error)
}

package schedule

import (
	"fmt"
	"sync"

	"recado/agent/clinic"
)

// Kinds make the book of a profile, by the kind that it names.
type Kinds map[clinic.BookKind]func(*clinic.Profile) (Schedule, error)

// Shelf finds the books of any number of clinics and keeps those that it made.
// A clinic whose profile was replaced gets a new book.
type Shelf struct {
	kinds Kinds

	mu    sync.Mutex
	books map[string]shelved // by clinic
}

type shelved struct {
	of   *clinic.Profile
	book Schedule
}

var _ Books = (*Shelf)(nil)

// NewShelf returns a shelf of these kinds.
func NewShelf(kinds Kinds) *Shelf {
	return &Shelf{kinds: kinds, books: map[string]shelved{}}
}

// Book implements Books.
func (s *Shelf) Book(p *clinic.Profile) (Schedule, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept, ok := s.books[p.ID]; ok && kept.of == p {
		return kept.book, nil
	}
	kind := p.Booking.WithDefaults().Kind
	open, ok := s.kinds[kind]
	if !ok {
		return nil, fmt.Errorf("open the appointment book of clinic %s: kind %s is not supported here", p.ID, kind)
	}
	book, err := open(p)
	if err != nil {
		return nil, fmt.Errorf("open the appointment book of clinic %s: %w", p.ID, err)
	}
	s.books[p.ID] = shelved{p, book}
	return book, nil
}

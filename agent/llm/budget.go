package llm

import (
	"sync"
	"time"
)

// dayOf is the day (UTC) that budgets count now to.
func dayOf(now time.Time) time.Time { return now.UTC().Truncate(24 * time.Hour) }

// budget is the tokens that a day may use. A nil budget is unlimited.
type budget struct {
	daily int

	mu   sync.Mutex
	day  time.Time
	used int
}

func newBudget(daily int) *budget {
	if daily == 0 {
		return nil
	}
	return &budget{daily: daily}
}

// reserve books n tokens of the day of now, and reports whether they were
// left.
func (b *budget) reserve(now time.Time, n int) bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if day := dayOf(now); !day.Equal(b.day) {
		b.day, b.used = day, 0
	}
	if b.used+n > b.daily {
		return false
	}
	b.used += n
	return true
}

// settle replaces a booking by what was used.
func (b *budget) settle(booked, used int) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used = max(0, b.used+used-booked)
}

package session

import (
	"context"
	"sync"
	"time"

	"recado/agent"
)

// Memory is a Store within one process, for tests.
type Memory struct {
	now func() time.Time

	mu   sync.Mutex
	kept map[agent.Conversation]*entry
}

type entry struct {
	state    State
	cached   bool
	open     bool
	dirty    bool
	attempts int
	owner    string
	expires  time.Time
}

var _ Store = (*Memory)(nil)

// NewMemory returns an empty store. now is its clock; nil means time.Now.
func NewMemory(now func() time.Time) *Memory {
	if now == nil {
		now = time.Now
	}
	return &Memory{now: now, kept: map[agent.Conversation]*entry{}}
}

// Acquire implements Store.
func (m *Memory) Acquire(_ context.Context, c agent.Conversation, seq uint64, token string, ttl time.Duration) (Lease, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entry(c)
	switch {
	case e.cached && seq <= e.state.Cursor:
		return Lease{Status: Done}, nil
	case e.held() && m.now().Before(e.expires) && e.owner != token:
		e.dirty = true
		return Lease{Status: Held}, nil
	}
	lease := Lease{Status: Taken, State: e.state, Cached: e.cached, Open: e.open}
	if again := e.owner == token; again {
		lease.Open = false // the answer to the first call was lost
	} else if e.open {
		e.attempts++
	}
	lease.Attempts = e.attempts
	e.owner, e.expires, e.open, e.dirty = token, m.now().Add(ttl), true, false
	return lease, nil
}

// Save implements Store.
func (m *Memory) Save(_ context.Context, c agent.Conversation, token string, s State, ttl time.Duration) (Saved, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entry(c)
	if !e.cached || s.Turn > e.state.Turn {
		e.state, e.cached, e.attempts = s, true, 0
	}
	if !m.owns(e, token) {
		if e.owner == token {
			e.owner, e.open = "", false
		}
		return Lost, nil
	}
	if e.dirty {
		e.dirty, e.expires = false, m.now().Add(ttl)
		return Dirty, nil
	}
	e.owner, e.open = "", false
	return Released, nil
}

// Renew implements Store.
func (m *Memory) Renew(_ context.Context, c agent.Conversation, token string, ttl time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entry(c)
	if !m.owns(e, token) {
		return false, nil
	}
	e.expires = m.now().Add(ttl)
	return true, nil
}

// Release implements Store.
func (m *Memory) Release(_ context.Context, c agent.Conversation, token string, failed bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entry(c)
	if e.owner != token {
		return nil
	}
	if failed {
		e.attempts++
	}
	e.owner, e.open = "", false
	return nil
}

// Wipe forgets everything, as a lost Redis would.
func (m *Memory) Wipe() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.kept)
}

func (m *Memory) entry(c agent.Conversation) *entry {
	e := m.kept[c]
	if e == nil {
		e = &entry{}
		m.kept[c] = e
	}
	return e
}

func (e *entry) held() bool { return e.owner != "" }

func (m *Memory) owns(e *entry, token string) bool {
	return e.held() && e.owner == token && m.now().Before(e.expires)
}

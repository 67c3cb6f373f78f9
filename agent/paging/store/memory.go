package store

import (
	"context"
	"sync"
)

// Memory keeps states in this process alone: for tests, and for an alarm
// about the bucket itself. The zero value is empty and ready.
type Memory struct {
	mu     sync.Mutex
	states map[string]State
	at     map[string]uint64
	last   uint64
}

var _ States = (*Memory)(nil)

// Get implements States.
func (m *Memory) Get(_ context.Context, key string) (State, uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.states[key].Clone(), m.at[key], nil
}

// Put implements States.
func (m *Memory) Put(_ context.Context, key string, s State, revision uint64) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at[key] != revision {
		return 0, ErrOvertaken
	}
	if m.states == nil {
		m.states, m.at = map[string]State{}, map[string]uint64{}
	}
	m.last++
	m.states[key], m.at[key] = s.Clone(), m.last
	return m.last, nil
}

// All implements States.
func (m *Memory) All(context.Context) (map[string]State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make(map[string]State, len(m.states))
	for key, s := range m.states {
		all[key] = s.Clone()
	}
	return all, nil
}

// Remove implements States.
func (m *Memory) Remove(_ context.Context, key string, revision uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at[key] == revision {
		delete(m.states, key)
		delete(m.at, key)
	}
	return nil
}

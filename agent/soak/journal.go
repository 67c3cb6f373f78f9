package soak

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

// journal writes everything that happens into a file, a JSON line each, with
// its time. It is safe for concurrent use.
type journal struct {
	started time.Time

	mu   sync.Mutex
	file *os.File
	err  error // the first one
}

func newJournal(path string, started time.Time) (*journal, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("write the log: %w", err)
	}
	return &journal{started: started, file: f}, nil
}

// note adds a line of a kind.
func (j *journal) note(kind string, v any) {
	line, err := json.Marshal(struct {
		T    float64 `json:"t"` // seconds since the start
		Kind string  `json:"kind"`
		What any     `json:"what"`
	}{time.Since(j.started).Seconds(), kind, v})
	j.mu.Lock()
	defer j.mu.Unlock()
	if err == nil {
		_, err = j.file.Write(append(line, '\n'))
	}
	if j.err == nil {
		j.err = err
	}
}

func (j *journal) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.file.Close(); j.err == nil {
		j.err = err
	}
	if j.err != nil {
		return fmt.Errorf("write the log: %w", j.err)
	}
	return nil
}

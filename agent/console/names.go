package console

import (
	"context"
	"sync"
	"time"

	"recado/agent/staff"
)

// names remembers what people are called, for pages that name holders.
type names struct {
	staff *staff.Service
	now   func() time.Time

	mu    sync.Mutex
	at    time.Time
	known map[string]string
}

const namesFor = 10 * time.Second

func (n *names) of(ctx context.Context, id string) (string, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known == nil || n.now().Sub(n.at) > namesFor {
		people, err := n.staff.People(ctx)
		if err != nil {
			return "", false // the id is shown until they can be read
		}
		n.known, n.at = map[string]string{}, n.now()
		for _, p := range people {
			n.known[p.ID] = p.Name
		}
	}
	name, ok := n.known[id]
	return name, ok
}

// forget has the next question read everybody anew.
func (n *names) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.known = nil
}

package console

import (
	"context"
	"slices"
	"sync"
	"time"

	"recado/agent/staff"
)

// names remembers who the staff are, for pages that name holders and
// colleagues. Storage is asked now and then; while it does not answer, what
// was known before is shown, and one page in a while waits for it.
type names struct {
	staff *staff.Service
	now   func() time.Time

	mu    sync.Mutex
	at    time.Time // when storage was last asked
	known []staff.Person
}

const (
	namesFor     = 10 * time.Second
	namesTimeout = 3 * time.Second
)

// all are everybody, as of a moment ago. They may not be changed.
func (n *names) all(ctx context.Context) []staff.Person {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.at.IsZero() || n.now().Sub(n.at) > namesFor {
		// For all who ask after this one, also if this one goes away.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), namesTimeout)
		defer cancel()
		if people, err := n.staff.People(ctx); err == nil {
			n.known = people
		}
		n.at = n.now()
	}
	return n.known
}

func (n *names) of(ctx context.Context, id string) (string, bool) {
	all := n.all(ctx)
	i := slices.IndexFunc(all, func(p staff.Person) bool { return p.ID == id })
	if i < 0 {
		return "", false // the id is shown
	}
	return all[i].Name, true
}

// forget has the next question read everybody anew.
func (n *names) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.at = time.Time{}
}

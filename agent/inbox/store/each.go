package store

import "recado/agent/inbox"

// Each calls f with the cases of a clinic in the order of the queue, until it
// returns false, and returns the id of the last change that they show. f may
// keep copies of a case but not change it, and has to be quick: changes wait
// for it.
func (x *Index) Each(clinic string, f func(*inbox.Case) bool) (revision uint64) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, c := range x.queue {
		if c.Clinic == clinic && !f(&c.Case) {
			break
		}
	}
	return x.revision
}

package paging

import (
	"context"

	"go.uber.org/zap"

	"recado/agent/paging/store"
)

// refresh learns what is in the bucket, also of consoles that are gone, and
// takes away what is long over.
func (p *Pager) refresh(ctx context.Context) {
	reading, cancel := context.WithTimeout(ctx, 4*checkTimeout)
	defer cancel()
	all, err := p.cfg.States.All(reading)
	if err != nil {
		if ctx.Err() == nil {
			p.log.Warn("paging states could not be read; trying again", zap.Error(err))
		}
		return
	}
	own, _ := p.memory.All(ctx)
	before := p.cfg.Now().Add(-sweepAfter)
	p.mu.Lock()
	known := map[string]store.State{}
	for key, s := range all {
		known[key] = s
	}
	for key, s := range own {
		if s.Active() {
			known[key] = s
		}
	}
	for key := range p.busy { // it is newer than what was just read
		if s, ok := p.known[key]; ok {
			known[key] = s
		}
	}
	p.known = known
	p.mu.Unlock()
	for key, s := range all {
		if !s.Ended.IsZero() && s.Ended.Before(before) {
			p.sweep(reading, key)
		}
	}
}

// sweep takes away a state that is still over.
func (p *Pager) sweep(ctx context.Context, key string) {
	s, revision, err := p.cfg.States.Get(ctx, key)
	if err == nil && revision > 0 && !s.Active() {
		err = p.cfg.States.Remove(ctx, key, revision)
	}
	if err != nil {
		p.log.Warn("an old paging state could not be removed", zap.Error(err))
		return
	}
	p.mu.Lock()
	delete(p.known, key)
	p.mu.Unlock()
}

package paging

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"recado/agent"
	"recado/agent/paging/ladder"
)

// Warnings are what whoever starts a console has to know about its paging,
// one a line; none where an emergency would wake somebody in every clinic.
func (p *Pager) Warnings() []string {
	var all []string
	if len(p.cfg.Plan) == 0 {
		return []string{"no paging is configured: an emergency would wake nobody: set --paging (RECADO_PAGING) to a file such as recado page sample prints"}
	}
	now := p.cfg.Now()
	for _, profile := range p.cfg.Clinics().Profiles() {
		l, ok := p.cfg.Plan.For(profile.ID)
		switch {
		case !ok:
			all = append(all, fmt.Sprintf("clinic %s has no paging ladder: an emergency there would wake nobody: add it to the file, or a ladder for %q", profile.ID, ladder.Others))
			continue
		case !l.Wakes(agent.PriorityEmergency):
			all = append(all, fmt.Sprintf("no step of clinic %s's paging ladder is for emergencies: one would wake nobody: add emergency to a step's priorities", profile.ID))
		case !l.Wakes(agent.PriorityUrgent):
			all = append(all, fmt.Sprintf("no step of clinic %s's paging ladder is for urgent cases: add urgent to a step's priorities", profile.ID))
		}
		if (l.Wakes(agent.PriorityRoutine) || l.Wakes(agent.PriorityRequest)) && l.Calm(now, profile).Sub(now) > 14*24*time.Hour {
			all = append(all, fmt.Sprintf("the quiet hours of clinic %s leave no time within two weeks in which routine cases may be paged", profile.ID))
		}
	}
	for id := range p.cfg.Plan {
		if id != ladder.Others && !p.serves(id) {
			all = append(all, fmt.Sprintf("the paging file has a ladder for clinic %s, which this console does not serve", id))
		}
	}
	for via, sender := range p.cfg.Senders {
		if s, ok := sender.(interface{ Warnings() []string }); ok && p.uses(via) {
			all = append(all, s.Warnings()...)
		}
	}
	slices.Sort(all)
	return all
}

func (p *Pager) uses(via ladder.Via) bool {
	for _, l := range p.cfg.Plan {
		if slices.ContainsFunc(l.Contacts(), func(c ladder.Contact) bool { return c.Via == via }) {
			return true
		}
	}
	return false
}

// Reach looks whether pages could be sent to every contact now, without
// sending any, and returns what stands in the way, one a line. It is for the
// start; a console runs also when some cannot be reached.
func (p *Pager) Reach(ctx context.Context) []string {
	var mu sync.Mutex
	var all []string
	var asking sync.WaitGroup
	for id, l := range p.cfg.Plan {
		for i, step := range l.Steps {
			for _, to := range step.To {
				asking.Go(func() {
					err := p.cfg.Senders[to.Via].Reach(ctx, to)
					if err == nil {
						return
					}
					said := string(Unreachable)
					if f := (*Failure)(nil); errors.As(err, &f) {
						said = f.Error()
					}
					mu.Lock()
					defer mu.Unlock()
					all = append(all, fmt.Sprintf("step %d of clinic %s's paging ladder (%s) cannot be reached by %s now: %s", i+1, id, step.Name, to.Via, said))
				})
			}
		}
	}
	asking.Wait()
	slices.Sort(all)
	return slices.Compact(all)
}

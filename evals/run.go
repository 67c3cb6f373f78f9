package evals

import (
	"context"
	"fmt"
	"hash/fnv"
	"runtime"
	"sync"
	"time"

	"recado/agent"
	"recado/agent/clinic"
)

// Result is a case with what was decided.
type Result struct {
	Case
	Perturbation Perturbation
	Decision     agent.Decision
}

// Clock is when the development set is decided: a Thursday evening after the
// sample clinic has closed.
func Clock(p *clinic.Profile) time.Time {
	return time.Date(2026, time.December, 3, 21, 0, 0, 0, p.Zone)
}

// Run decides every case with a, on all cores, in order of the cases.
func Run(ctx context.Context, a *agent.Agent, p *clinic.Profile, cases []Case, perturbation Perturbation) ([]Result, error) {
	results := make([]Result, len(cases))
	errs := make([]error, len(cases))
	var wg sync.WaitGroup
	work := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range work {
				d, err := decide(ctx, a, p, cases[i], perturbation)
				results[i], errs[i] = Result{cases[i], perturbation, d}, err
			}
		})
	}
	for i := range cases {
		work <- i
	}
	close(work)
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("case %s: %w", cases[i].ID, err)
		}
	}
	return results, nil
}

func decide(ctx context.Context, a *agent.Agent, p *clinic.Profile, c Case, perturbation Perturbation) (agent.Decision, error) {
	now := Clock(p)
	session := agent.Session{V: agent.Version}
	event := func(n int, text, attachment string) agent.Event {
		e := agent.Event{V: agent.Version, ID: fmt.Sprintf("%s/%d", c.ID, n), Clinic: p.ID, Channel: agent.Web,
			Conversation: "evals000", At: now, Kind: agent.KindText, Text: text}
		if attachment != "" {
			e.Kind, e.Attachment = agent.KindAttachment, attachment
		}
		return e
	}
	for i, m := range c.History {
		if m.From != agent.Patient {
			session = a.Overhear(session, m)
			continue
		}
		d, err := a.Decide(ctx, agent.Turn{Events: []agent.Event{event(i, m.Text, "")}, Session: session, Clinic: p, Now: now})
		if err != nil {
			return d, err
		}
		session = d.Session
	}
	seed := fnv.New64a()
	seed.Write([]byte(c.ID))
	text := Perturb(c.Text, perturbation, seed.Sum64())
	return a.Decide(ctx, agent.Turn{Events: []agent.Event{event(len(c.History), text, c.Attachment)}, Session: session, Clinic: p, Now: now})
}

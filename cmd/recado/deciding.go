package main

import (
	"fmt"
	"sync"
	"time"

	"recado/agent"
	"recado/agent/clinic"
)

// clinicFlag chooses the profile for commands that try Recado out.
type clinicFlag struct {
	Clinic string `help:"Clinic profile (YAML). Defaults to the sample clinic." placeholder:"FILE"`
}

func (f clinicFlag) profile() (*clinic.Profile, error) {
	if f.Clinic == "" {
		return clinic.Sample(), nil
	}
	return loadProfile(f.Clinic)
}

func loadProfile(path string) (*clinic.Profile, error) {
	checks, err := profileChecks()
	if err != nil {
		return nil, err
	}
	p, err := clinic.Load(path, checks...)
	if err != nil {
		return nil, fmt.Errorf("clinic profile: %w", err)
	}
	return p, nil
}

// clockFlag fixes the clock, so that a decision can be repeated.
type clockFlag struct {
	At string `help:"Decide as if it were this time: RFC 3339, or \"2026-11-26 21:00\" in the clinic's zone. Defaults to now." placeholder:"TIME"`
}

func (f clockFlag) clock(p *clinic.Profile) (func() time.Time, error) {
	if f.At == "" {
		return time.Now, nil
	}
	if t, err := time.Parse(time.RFC3339, f.At); err == nil {
		return func() time.Time { return t }, nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, f.At, p.Zone); err == nil {
			return func() time.Time { return t }, nil
		}
	}
	return nil, exit{2, fmt.Errorf("--at %q is no time: write it as 2026-11-26T21:00:00-06:00 or \"2026-11-26 21:00\"", f.At)}
}

// shippedAgent is what a process reads models and rules into, once. It is
// read-only: what a command or a column adds is added to a copy.
var shippedAgent = sync.OnceValues(func() (*agent.Agent, error) {
	a, err := agent.New()
	if err != nil {
		return nil, fmt.Errorf("load models and rules: %w", err)
	}
	return a, nil
})

// newAgent returns the one Agent that every command uses, with the language
// model taking part when the environment names one. onCall, if not nil, is
// told of every attempt to ask it.
func newAgent(llm llmFlags, onCall llmObserver) (*agent.Agent, error) {
	u, err := llm.understander(onCall)
	if err != nil {
		return nil, err
	}
	var options []agent.Option
	if u != nil {
		options = append(options, agent.WithLLM(u))
	}
	a, err := shippedAgent()
	if err != nil {
		return nil, err
	}
	return a.With(options...), nil
}

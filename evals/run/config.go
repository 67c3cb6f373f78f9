// Package run puts the cases of eval suites to Recado and records what was
// decided: under each column of a matrix (rules alone, without a model, with
// one, with each hostile stand-in), as written and typed anew, once or several
// times. A run that was interrupted goes on where it stood.
package run

import (
	"errors"
	"fmt"
	"runtime"
	"slices"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/llm"
	"recado/agent/llm/standin"
	"recado/evals/outcome"
	"recado/evals/suite"
)

// Config says what is run, and within which bounds.
type Config struct {
	// Agent decides. Required.
	Agent *agent.Agent
	// Suites are run in this order; their names differ. Required.
	Suites []*suite.Suite
	// Columns are the matrix; their names differ. Required.
	Columns []Column
	// Clinic are the checks of profiles that suites name. Defaults to none.
	Clinic []clinic.Option

	// Filter and Only choose cases; Only is given the suite's name and the
	// case's id. They default to all.
	Filter suite.Filter
	Only   func(suite, id string) bool
	// Chosen tells Filter and Only in words, so that a run with another choice
	// is not gone on with.
	Chosen []string
	// Perturb types messages anew besides what suites say. Defaults to none.
	// Stand-ins get messages as written only.
	Perturb []suite.Perturbation
	// Seed makes typing anew and the random stand-in repeatable. Defaults to 0.
	Seed uint64
	// Repeat is how often each case is put to a model. What decides without
	// one always decides alike, and is asked once. Defaults to 1.
	Repeat int

	// Concurrency is how many cases are decided at a time. Defaults to the
	// number of cores.
	Concurrency int
	// Rate is how many questions a second are put to models. Defaults to 0:
	// unlimited.
	Rate float64
	// MaxCalls and MaxCost, in US dollars, stop the run before the question
	// that would go beyond them. A model's retries, and calls in flight, may
	// go beyond by as much as they take. They default to 0: unlimited.
	MaxCalls int
	MaxCost  float64
	// Replayed is true where models answer from a cassette: nothing is called
	// and nothing is paid.
	Replayed bool

	// Progress is told after each case, from one goroutine. Defaults to none.
	Progress func(Progress)
}

// Column is one variant with what it takes to run it.
type Column struct {
	outcome.Variant
	// Model is asked in mode llm. Required there.
	Model agent.Understander
	// Price is what its tokens cost. Defaults to none: the cost is then 0.
	Price llm.Price
	// StandIns take part in mode adversarial. Defaults to all kinds.
	StandIns []standin.Kind
}

// Progress is how far a run is.
type Progress struct {
	Total  int // outcomes of the whole run
	Before int // that an earlier run had done
	Ran    int // that this one did

	Pass, Fail, Known, Error int // of Ran
	Calls                    int
	Cost                     float64 // US dollars
}

// Runner runs one Config.
type Runner struct {
	config  Config
	suites  []prepared
	columns []column
	total   int
}

// prepared is a suite with what every case of it needs.
type prepared struct {
	*suite.Suite
	profile *clinic.Profile
	perturb []suite.Perturbation // as written first
}

// New checks c and plans the run. It decides nothing and calls nobody.
func New(c Config) (*Runner, error) {
	if c.Agent == nil || len(c.Suites) == 0 || len(c.Columns) == 0 {
		return nil, errors.New("run: it needs an agent, suites and columns")
	}
	c.Repeat = max(c.Repeat, 1)
	if c.Concurrency <= 0 {
		c.Concurrency = runtime.GOMAXPROCS(0)
	}
	r := &Runner{config: c}
	have := map[string]string{}
	for _, s := range c.Suites {
		if at, ok := have[s.Name]; ok {
			return nil, fmt.Errorf("%s and %s are both named %q: give one of them another name", at, s.File, s.Name)
		}
		have[s.Name] = s.File
		p := prepared{Suite: s, perturb: []suite.Perturbation{suite.AsWritten}}
		var err error
		if p.profile, err = s.Profile(c.Clinic...); err != nil {
			return nil, err
		}
		for _, kind := range suite.Perturbations() {
			if slices.Contains(s.Perturb, kind) || slices.Contains(c.Perturb, kind) {
				p.perturb = append(p.perturb, kind)
			}
		}
		r.suites = append(r.suites, p)
	}
	named := map[string]bool{}
	for i := range c.Columns {
		col := &c.Columns[i]
		if named[col.Name] {
			return nil, fmt.Errorf("two variants are named %q", col.Name)
		}
		named[col.Name] = true
		built, err := newColumn(r, *col)
		if err != nil {
			return nil, err
		}
		r.columns = append(r.columns, built)
	}
	for _, err := range r.plan() {
		if err != nil {
			return nil, err
		}
		r.total++
	}
	if r.total == 0 {
		return nil, errors.New("no case is left to run: loosen the filter; recado eval list shows what there is")
	}
	return r, nil
}

// Header is the header of the run's file, but for Started, Recado and Build.
func (r *Runner) Header() (outcome.Header, error) {
	h := outcome.Header{V: outcome.Version, Seed: r.config.Seed, Repeat: r.config.Repeat, Chosen: r.config.Chosen, Outcomes: r.total}
	var err error
	if h.Model, h.Rules, err = hashes(r.config.Agent); err != nil {
		return h, err
	}
	for _, s := range r.suites {
		h.Suites = append(h.Suites, outcome.File{Name: s.Name, Path: s.File, Hash: s.Hash, Gates: s.Gates, ReportOnly: s.ReportOnly})
	}
	for _, c := range r.columns {
		h.Variants = append(h.Variants, c.Variant)
	}
	return h, nil
}

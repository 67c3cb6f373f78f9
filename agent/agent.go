// Package agent is the domain of Recado: what arrives, what is understood of
// it, what is decided, what is said. It does no I/O but the call of a
// language model, which stands behind an interface.
//
// The way of a turn is
//
//	[]Event + Session -> Assessment -> Decision
//
// and Agent.Decide is the only way through, for workers, the terminal chat,
// the batch command and the evals alike. Detectors may only raise the risk
// that another found; an answer in the channel has to be earned.
package agent

import (
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"recado/agent/guard"
	"recado/agent/lexicon"
	"recado/agent/reading"
	"recado/intents"
	"recado/locales"
)

// Agent decides turns. It is read-only after New and safe for use by many
// goroutines.
type Agent struct {
	lexicon    *lexicon.Lexicon
	reader     *reading.Reader
	guard      *guard.Guard
	classifier *intents.Classifier
	near       *intents.Near
	catalogue  *locales.Catalogue
	thresholds Thresholds
	gate       *gate
	llm        Understander // nil: no language model takes part
	rulesAlone bool
	// delayedAfter is how long a patient waits before the reply says sorry.
	delayedAfter time.Duration
	sources      Sources
	trainedOn    string // hash of what the model was trained from
	intents      map[string]intents.Intent
}

// Option changes how an Agent is built.
type Option func(*Agent)

// WithLLM lets a language model take part where the local path is unsure.
func WithLLM(u Understander) Option { return func(a *Agent) { a.llm = u } }

// RulesAlone leaves the classifier and the language model out: what no rule
// settles has not earned an answer and is a request for staff. Evals show what
// the rules hold by themselves this way; nobody is to be served by it.
func RulesAlone() Option {
	return func(a *Agent) { a.rulesAlone, a.llm = true, nil }
}

// WithThresholds replaces the shipped thresholds; evals fit them this way.
func WithThresholds(t Thresholds) Option { return func(a *Agent) { a.thresholds = t } }

// New builds an Agent from the models, rules and texts that ship with Recado.
func New(options ...Option) (*Agent, error) { return Sources{}.New(options...) }

// New builds an Agent from these files and the models that ship with Recado.
func (s Sources) New(options ...Option) (*Agent, error) {
	a := &Agent{intents: map[string]intents.Intent{}, sources: s, delayedAfter: DelayedAfter}
	var err error
	if a.thresholds, err = shippedThresholds(); err != nil {
		return nil, err
	}
	// The model is read while rules are compiled: together they are most of
	// the time to start.
	var model *intents.Model
	var load errgroup.Group
	load.Go(func() (err error) {
		model, err = intents.ShippedModel()
		return err
	})
	load.Go(func() (err error) {
		if a.catalogue, err = s.catalogue(); err != nil {
			return fmt.Errorf("load texts: %w", err)
		}
		return nil
	})
	load.Go(func() error { return a.loadRules() })
	if err := load.Wait(); err != nil {
		return nil, err
	}
	if a.reader, a.classifier, err = model.Open(a.lexicon, a.guard.Words()); err != nil {
		return nil, fmt.Errorf("open intent model: %w", err)
	}
	a.near = intents.NewNear(a.classifier, a.reader, intents.Shipped())
	for _, in := range a.classifier.Intents() {
		a.intents[in.Name] = in
	}
	a.gate = newGate(model, a.lexicon)
	a.trainedOn = model.Source
	for _, o := range options {
		o(a)
	}
	return a, nil
}

func (a *Agent) loadRules() error {
	var rules []guard.Rule
	var load errgroup.Group
	load.Go(func() (err error) {
		if a.lexicon, err = lexicon.Default(); err != nil {
			return fmt.Errorf("load lexicon: %w", err)
		}
		return nil
	})
	load.Go(func() (err error) {
		if rules, err = a.sources.rules(); err != nil {
			return fmt.Errorf("load guard rules: %w", err)
		}
		return nil
	})
	err := load.Wait()
	if err != nil {
		return err
	}
	if a.guard, err = guard.New(rules, a.lexicon); err != nil {
		return fmt.Errorf("compile guard rules: %w", err)
	}
	return nil
}

// With returns a copy of a with more options; models and rules are shared.
func (a *Agent) With(options ...Option) *Agent {
	other := *a
	for _, o := range options {
		o(&other)
	}
	return &other
}

// Thresholds returns what a decides by.
func (a *Agent) Thresholds() Thresholds { return a.thresholds }

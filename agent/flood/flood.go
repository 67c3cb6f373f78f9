// Package flood attacks a webhook as anybody on the internet can, and finds
// out what the channel's own calls notice of it: forged signatures, malformed
// JSON, bodies of 10 MB announced and not, clients that trickle their headers
// or their bodies, and bytes that are no HTTP.
//
// Good calls leave at a fixed rate whether or not the last one was answered,
// and each is timed from when it was due, so that a gateway that stands still
// is not measured less often.
package flood

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Config is a flood. Fields without a default are required.
type Config struct {
	URL string // of the webhook
	// Good returns the nth good body, which the webhook takes and signs for.
	Good func(n int) []byte
	// Sign returns the value of the signature's header for a body, and the
	// header's name.
	Sign func(body []byte) (header, value string)
	// During is how long it lasts. Defaults to 10 s.
	During time.Duration
	// Rate is how many good calls leave each second. Defaults to 50.
	Rate int
	// Senders is how many of each kind of bad sender there are, each sending
	// as soon as it was answered. Defaults to 2.
	Senders int
	// Slow is how many clients of each slow kind hold a connection each.
	// Defaults to 250.
	Slow int
}

func (c *Config) complete() error {
	switch u, err := url.Parse(c.URL); {
	case err != nil || u.Host == "" || u.Scheme != "http":
		return errors.New("flood: URL is not an http address")
	case c.Good == nil:
		return errors.New("flood: Good is missing")
	case c.Sign == nil:
		return errors.New("flood: Sign is missing")
	}
	if c.During == 0 {
		c.During = 10 * time.Second
	}
	if c.Rate == 0 {
		c.Rate = 50
	}
	if c.Senders == 0 {
		c.Senders = 2
	}
	if c.Slow == 0 {
		c.Slow = 250
	}
	return nil
}

// Report is what was sent and what came back.
type Report struct {
	Good  Good   `json:"good"`
	Kinds []Kind `json:"kinds"`
}

// Good is how the channel's own calls fared.
type Good struct {
	Sent  int           `json:"sent"`
	Taken int           `json:"taken"` // answered with 200
	P50   time.Duration `json:"p50_ns"`
	P99   time.Duration `json:"p99_ns"`
	Max   time.Duration `json:"max_ns"`
}

// Kind is one way of attacking.
type Kind struct {
	Name string `json:"name"`
	Sent int    `json:"sent"` // requests, or connections of slow clients
	// Answers counts the answers by status; 0 is a connection that was closed
	// without one.
	Answers map[int]int `json:"answers"`
}

// Run floods until Config.During has passed. It fails where the webhook does
// not even take a good call before the flood begins.
func Run(ctx context.Context, cfg Config) (Report, error) {
	if err := cfg.complete(); err != nil {
		return Report{}, err
	}
	good := newProber(cfg)
	defer good.client.CloseIdleConnections()
	if status, err := good.send(ctx, 0); err != nil || status != http.StatusOK {
		return Report{}, fmt.Errorf("flood: the webhook does not take a good call: status %d: %w", status, err)
	}
	ctx, stop := context.WithTimeout(ctx, cfg.During)
	defer stop()
	var bad sync.WaitGroup
	tallies := make([]*tally, 0, len(kinds)+len(slow))
	for _, k := range kinds {
		t := newTally(k.name)
		tallies = append(tallies, t)
		for range cfg.Senders {
			bad.Go(func() { k.attack(ctx, cfg, t) })
		}
	}
	for _, k := range slow {
		t := newTally(k.name)
		tallies = append(tallies, t)
		for range cfg.Slow {
			bad.Go(func() { k.hold(ctx, cfg, t) })
		}
	}
	report := Report{Good: good.run(ctx)}
	bad.Wait()
	for _, t := range tallies {
		report.Kinds = append(report.Kinds, t.kind)
	}
	return report, nil
}

// tally counts what came of one kind. It is safe for concurrent use.
type tally struct {
	mu   sync.Mutex
	kind Kind
}

func newTally(name string) *tally {
	return &tally{kind: Kind{Name: name, Answers: map[int]int{}}}
}

func (t *tally) count(status int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kind.Sent++
	t.kind.Answers[status]++
}

// percentile is the time that a share of all took at most.
func percentile(all []time.Duration, share float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(len(all)-1, int(share*float64(len(all))))]
}

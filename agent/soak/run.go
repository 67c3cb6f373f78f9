package soak

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"recado/agent/channel/whatsapp/graphtest"
	"recado/agent/soak/check"
	"recado/agent/soak/fault"
	"recado/agent/soak/patient"
)

// Run does a run and judges it. An error means that the run itself failed, so
// that nothing can be said; broken promises are in the report. Nothing that it
// started is left when it returns.
func Run(ctx context.Context, cfg Config) (*Report, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	dir, err := folder(cfg.Dir)
	if err != nil {
		return nil, err
	}
	started := time.Now()
	j, err := newJournal(filepath.Join(dir, "soak.log"), started)
	if err != nil {
		return nil, err
	}
	r, err := run(ctx, cfg, dir, j)
	err = errors.Join(err, j.close())
	keep := cfg.Keep || err != nil && ctx.Err() == nil || r != nil && len(r.Violations) > 0
	if !keep {
		return r, errors.Join(err, os.RemoveAll(dir))
	}
	if err != nil {
		return r, fmt.Errorf("%w (logs are kept in %s)", err, dir)
	}
	r.Dir = dir
	return r, nil
}

// folder makes the folder of a run.
func folder(in string) (string, error) {
	if in == "" {
		if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
			in = "/dev/shm"
		}
	}
	dir, err := os.MkdirTemp(in, "recado-soak-")
	if err != nil {
		return "", fmt.Errorf("make a folder for the run: %w: choose one with --dir", err)
	}
	return dir, nil
}

func run(ctx context.Context, cfg Config, dir string, j *journal) (*Report, error) {
	w, err := newWorld(ctx, cfg, dir, j)
	if err != nil {
		return nil, err
	}
	defer w.close()
	w.started = time.Now() // the plan counts from when everything runs
	cfg.Tell(fmt.Sprintf("everything runs after %.1fs; logs are in %s", w.started.Sub(j.started).Seconds(), dir))

	sender := patient.NewSender(w.account, w.webhook, w.started, j.note)
	defer sender.Close()
	l := &check.Log{HasInbox: true, Emergency: check.Emergencies{Within: cfg.EmergencyWithin, Stalled: ackWait + 2*time.Second, Recovery: recovery}}
	if err := w.play(ctx, sender, l); err != nil {
		return nil, err
	}
	w.mu.Lock()
	l.Ends, l.Faults = slices.Clone(w.ends), slices.Clone(w.active)
	w.mu.Unlock()
	l.Messages = sender.Messages()
	if err := w.read(ctx, l); err != nil {
		return nil, err
	}
	j.note("log", l)
	return newReport(cfg, l, time.Since(w.started)), nil
}

// play lets patients write and things break, and waits until all has come to
// rest.
func (w *world) play(ctx context.Context, sender *patient.Sender, l *check.Log) error {
	// Whatever is still not taken long after everything works again is lost.
	taking, end := context.WithTimeout(ctx, w.cfg.During+w.cfg.Settle)
	defer end()
	var statuses, playing sync.WaitGroup
	var mu sync.Mutex
	w.graph.OnTaken(func(c graphtest.Call) {
		w.journal.note("received", map[string]any{"patient": c.To, "reply": c.Callback})
		mu.Lock()
		l.Received = append(l.Received, check.Received{Patient: c.To, Reply: c.Callback, Text: c.Text, At: c.At})
		mu.Unlock()
		statuses.Go(func() { // as Meta does, in no particular order
			for _, state := range []string{"delivered", "sent"} {
				sender.Status(taking, c.To, c.ID, c.Callback, state)
			}
		})
	})
	writing, stop := context.WithTimeout(ctx, w.cfg.During)
	defer stop()
	var poisoned error
	playing.Go(func() { poisoned = w.poison(writing, sender) })
	playing.Go(func() {
		w.disturb(ctx, fault.Plan(fault.Options{Seed: w.cfg.Seed, During: w.cfg.During, Kinds: w.cfg.Kinds}))
	})
	for _, script := range patient.Scripts(patient.Options{
		Seed: w.cfg.Seed, Patients: w.cfg.Patients, Messages: w.cfg.Messages, During: w.cfg.During,
	}) {
		playing.Go(func() { sender.Play(taking, script) })
	}
	playing.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if poisoned != nil {
		return poisoned
	}
	w.cfg.Tell(fmt.Sprintf("%6.1fs  everything was written and works again; waiting until all has come to rest", time.Since(w.started).Seconds()))
	l.Unsettled = w.settle(ctx)
	end()
	statuses.Wait()
	w.graph.OnTaken(nil)
	mu.Lock()
	defer mu.Unlock() // nothing is received from here on
	return ctx.Err()
}

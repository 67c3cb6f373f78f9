package soak

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"time"

	"recado/agent/soak/check"
	"recado/agent/soak/fault"
)

// disturb makes the faults of a plan, each at its time, and returns when all
// are over. What cannot be made is noted and left out.
func (w *world) disturb(ctx context.Context, plan []fault.Fault) {
	var making sync.WaitGroup
	defer making.Wait()
	for _, f := range plan {
		if !sleep(ctx, time.Until(w.started.Add(f.At))) {
			return
		}
		making.Go(func() { w.make(ctx, f) })
	}
}

// make breaks something, waits, and repairs it, also when ctx has ended.
func (w *world) make(ctx context.Context, f fault.Fault) {
	a := check.Active{Fault: f, From: time.Now()}
	target, repair, err := w.breakIt(ctx, f)
	a.Target = target
	w.journal.note("fault", map[string]any{"kind": f.Kind, "target": target, "for": f.For.String(), "error": text(err)})
	w.cfg.Tell(fmt.Sprintf("%6.1fs  %-15s %s for %s", time.Since(w.started).Seconds(), f.Kind, target, f.For.Round(10*time.Millisecond)))
	sleep(ctx, f.For)
	if repair != nil {
		if again := repair(context.WithoutCancel(ctx)); again != nil && err == nil {
			err = again
		}
	}
	a.To = time.Now()
	w.journal.note("repaired", map[string]any{"kind": f.Kind, "target": target, "error": text(err)})
	if err != nil {
		w.cfg.Tell(fmt.Sprintf("%6.1fs  %s: %v", time.Since(w.started).Seconds(), f.Kind, err))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.active = append(w.active, a)
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

type repair func(context.Context) error

// breakIt makes one fault and returns how it is repaired.
func (w *world) breakIt(ctx context.Context, f fault.Fault) (target string, repair repair, err error) {
	worker := w.workers[f.Pick%uint64(len(w.workers))]
	switch f.Kind {
	case fault.WorkerKill:
		return kill(worker)
	case fault.WorkerStop:
		return pause(worker)
	case fault.WorkerClock:
		return w.clock(worker, f.Pick)
	case fault.WorkerDrain:
		return w.drain(worker)
	case fault.GatewayKill:
		return kill(w.gateway)
	case fault.GatewayStop:
		return pause(w.gateway)
	case fault.ConsoleKill:
		return kill(w.console)
	case fault.ConsoleStop:
		return pause(w.console)
	case fault.LLMSlow, fault.LLMRate, fault.LLMError, fault.LLMGarbage:
		w.model.fail(f.Kind)
		return "language model", func(context.Context) error { w.model.heal(); return nil }, nil
	case fault.GraphRefuse, fault.GraphDrop:
		return w.breakGraph(f)
	case fault.Dark:
		w.model.fail(f.Kind)
		server, _ := w.redisInUse()
		target, again, err := kill(server)
		return target + " and the language model", func(ctx context.Context) error {
			w.model.heal()
			return again(ctx)
		}, err
	}
	if f.Kind.Part() == "redis" {
		return w.breakRedis(ctx, f)
	}
	return w.breakNATS(ctx, f)
}

func kill(c *child) (string, repair, error) {
	return c.name, func(context.Context) error { return c.start() }, c.kill()
}

func pause(c *child) (string, repair, error) {
	return c.name, func(context.Context) error { return c.signal(syscall.SIGCONT) }, c.signal(syscall.SIGSTOP)
}

// drain ends a worker as a deployment does, and starts the next one.
func (w *world) drain(c *child) (string, repair, error) {
	clean, err := c.stop(drainWait)
	if err == nil && !clean {
		err = fmt.Errorf("%s did not end within %s of SIGTERM and was killed", c.name, drainWait)
	}
	return c.name, func(context.Context) error { return c.start() }, err
}

// clock lets a worker's clock jump by up to two days in either direction.
func (w *world) clock(c *child, pick uint64) (string, repair, error) {
	offsets := []time.Duration{-47 * time.Hour, -3 * time.Hour, -30 * time.Second, 40 * time.Second, 5 * time.Hour, 47 * time.Hour}
	offset := offsets[pick/64%uint64(len(offsets))]
	return fmt.Sprintf("%s by %s", c.name, offset), func(context.Context) error { return c.setClock(0) }, c.setClock(offset)
}

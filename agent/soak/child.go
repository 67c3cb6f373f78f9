package soak

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"recado/agent/soak/check"
	"recado/agent/soak/process"
	"recado/agent/soak/proxy"
)

// child is one of the run's processes, which is started again whenever it
// ends, as an operator's supervisor does. It is safe for concurrent use.
type child struct {
	name  string
	path  string
	args  []string
	env   []string
	log   string
	nats  []*proxy.Proxy // its ways to NATS
	redis *proxy.Proxy   // its way to Redis; nil where it has none
	clock string         // the file with the offset of its clock; "" where it has none

	note  func(kind string, v any)
	ended func(check.End)

	mu      sync.Mutex
	running *process.Process
	down    bool // it stays ended
	closing bool
	since   int64 // the size of its log when it was started
}

// restartPause is how long a supervisor waits before it starts a process again.
const restartPause = 300 * time.Millisecond

// start starts it unless it runs.
func (c *child) start() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.startLocked()
}

func (c *child) startLocked() error {
	c.down = false
	if c.running != nil || c.closing {
		return nil
	}
	if info, err := os.Stat(c.log); err == nil {
		c.since = info.Size()
	}
	p, err := process.Start(process.Spec{Name: c.name, Path: c.path, Args: c.args, Env: c.env, Log: c.log, Ended: c.end})
	if err != nil {
		return err
	}
	c.running = p
	c.note("started", map[string]any{"process": c.name, "pid": p.PID()})
	return nil
}

// end is called when it ended by itself.
func (c *child) end(p *process.Process, state string) {
	c.mu.Lock()
	if c.running != p {
		c.mu.Unlock()
		return
	}
	c.running = nil
	since := c.since
	c.mu.Unlock()
	e := check.End{Process: c.name, State: state, At: time.Now(), Panic: panicked(c.log, since)}
	c.note("ended", e)
	c.ended(e)
	time.AfterFunc(restartPause, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.down {
			if err := c.startLocked(); err != nil {
				c.note("not started", err.Error())
			}
		}
	})
}

// panicked looks for a Go panic, or what a race detector found, in the last
// part of a log.
func panicked(path string, since int64) bool {
	raw, err := os.ReadFile(path)
	if err != nil || int64(len(raw)) < since {
		return false
	}
	tail := raw[since:]
	return bytes.Contains(tail, []byte("\npanic: ")) || bytes.HasPrefix(tail, []byte("panic: ")) || bytes.Contains(tail, []byte("fatal error: ")) ||
		bytes.Contains(tail, []byte("WARNING: DATA RACE"))
}

// kill ends it at once; it stays so until start.
func (c *child) kill() error {
	p := c.take()
	if p == nil {
		return nil
	}
	return p.Kill()
}

// stop asks it to end, and kills it after within.
func (c *child) stop(within time.Duration) (bool, error) {
	p := c.take()
	if p == nil {
		return true, nil
	}
	return p.Stop(within)
}

func (c *child) take() *process.Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.running
	c.running, c.down = nil, true
	return p
}

// close ends it for good.
func (c *child) close() {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	if err := c.kill(); err != nil {
		c.note("not killed", err.Error())
	}
}

// setArgs changes what it is started with from the next time on.
func (c *child) setArgs(args []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.args = args
}

func (c *child) signal(s syscall.Signal) error {
	if p := c.current(); p != nil {
		return p.Signal(s)
	}
	return nil
}

// current is the process; nil while none runs.
func (c *child) current() *process.Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.running
}

// setClock lets its clock be wrong by offset.
func (c *child) setClock(offset time.Duration) error {
	next := c.clock + ".next"
	if err := os.WriteFile(next, []byte(offset.String()), 0o600); err != nil {
		return err
	}
	return os.Rename(next, c.clock) // it is read whole or not
}

func logFile(dir, name string) string { return filepath.Join(dir, name+".log") }

// sleep lets time pass; false when ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(max(d, 0))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

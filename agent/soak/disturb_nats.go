package soak

import (
	"context"
	"fmt"
	"time"

	"recado/agent/soak/fault"
	"recado/agent/soak/process"
	"recado/agent/soak/proxy"
)

// natsDelays are what each piece of data waits for, in one direction.
var natsDelays = []time.Duration{50 * time.Millisecond, 200 * time.Millisecond, 600 * time.Millisecond}

// breakNATS breaks a server, or the ways to it.
func (w *world) breakNATS(ctx context.Context, f fault.Fault) (string, repair, error) {
	server := w.servers[f.Pick%uint64(len(w.servers))]
	all := func(do func(*proxy.Proxy)) {
		for _, c := range w.children() {
			for _, p := range c.nats {
				do(p)
			}
		}
	}
	switch f.Kind {
	case fault.NATSKill:
		return kill(server)
	case fault.NATSStop:
		return pause(server)
	case fault.NATSDisk:
		return fillDisk(server)
	case fault.NATSCut:
		cuts, end := context.WithCancel(ctx)
		done := make(chan bool)
		go func() {
			defer close(done)
			for cuts.Err() == nil {
				all((*proxy.Proxy).Cut)
				sleep(cuts, 700*time.Millisecond)
			}
		}()
		return "all connections", func(context.Context) error { end(); <-done; return nil }, nil
	case fault.NATSDelay:
		delay := natsDelays[f.Pick/64%uint64(len(natsDelays))]
		all(func(p *proxy.Proxy) { p.Delay(delay) })
		return fmt.Sprintf("all connections by %s", delay), func(context.Context) error {
			all(func(p *proxy.Proxy) { p.Delay(0) })
			return nil
		}, nil
	case fault.NATSHold:
		parts := append([]*child{w.gateway}, w.workers...)
		c := parts[f.Pick/64%uint64(len(parts))]
		hold := func(yes bool) {
			for _, p := range c.nats {
				p.Hold(yes)
			}
		}
		hold(true)
		return c.name, func(context.Context) error { hold(false); return nil }, nil
	case fault.LeaderKill, fault.Minority, fault.Rolling:
		return w.breakCluster(ctx, f)
	}
	return "", nil, fmt.Errorf("no way to make %s", f.Kind)
}

// fillDisk makes every write of a server fail, as on a full disk, and frees
// the disk again. The server gives a stream up whose write failed, so
// afterwards it is started anew, as its operator has to do.
func fillDisk(server *child) (string, repair, error) {
	p := server.current()
	if p == nil || !process.CanLimitFiles {
		return server.name, nil, fmt.Errorf("no disk can be filled: the server is down, or this is not Linux")
	}
	return server.name, func(context.Context) error {
		if err := server.kill(); err != nil {
			return err
		}
		return server.start()
	}, p.LimitFiles(1)
}

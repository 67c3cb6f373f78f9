package soak

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"recado/agent/bus"
	"recado/agent/soak/fault"
	"recado/agent/soak/proxy"
)

// breakCluster breaks a server of three, or its ways to the others.
func (w *world) breakCluster(ctx context.Context, f fault.Fault) (string, repair, error) {
	w.cluster.Lock()
	target, again, err := w.breakServer(ctx, f)
	return target, func(ctx context.Context) error {
		defer w.cluster.Unlock()
		if again == nil {
			return nil
		}
		return again(ctx)
	}, err
}

func (w *world) breakServer(ctx context.Context, f fault.Fault) (string, repair, error) {
	switch f.Kind {
	case fault.LeaderKill:
		stream := []string{bus.StreamIn, bus.StreamTurn}[f.Pick%2]
		i, err := w.leader(ctx, stream)
		if err != nil {
			return "", nil, err
		}
		target, again, err := kill(w.servers[i])
		return target + ", leader of " + stream, func(ctx context.Context) error {
			return errors.Join(again(ctx), w.rejoined(ctx, i))
		}, err
	case fault.Minority:
		return w.cutOff(int(f.Pick % uint64(len(w.servers))))
	}
	// A rolling restart takes as long as it takes; what is left of the fault's
	// time passes after it.
	var errs []error
	for i, server := range w.servers {
		_, err := server.stop(drainWait)
		errs = append(errs, err, server.start(), w.rejoined(ctx, i))
	}
	return "all servers, one after the other", nil, errors.Join(errs...)
}

// leader is the place of the server that leads a stream.
func (w *world) leader(ctx context.Context, stream string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	s, err := w.js.Stream(ctx, stream)
	if err != nil {
		return 0, fmt.Errorf("ask who leads %s: %w", stream, err)
	}
	cluster := s.CachedInfo().Cluster
	i := -1
	if cluster != nil {
		i = slices.IndexFunc(w.servers, func(c *child) bool { return c.name == cluster.Leader })
	}
	if i < 0 {
		return 0, fmt.Errorf("ask who leads %s: nobody does", stream)
	}
	return i, nil
}

// cutOff cuts one server off from the others and from every client.
func (w *world) cutOff(i int) (string, repair, error) {
	var ways []*proxy.Proxy
	for _, c := range w.children() {
		if len(c.nats) > i {
			ways = append(ways, c.nats[i])
		}
	}
	// Each server has the ways to the others in the order of their places.
	n, k := len(w.servers), 0
	for from := range n {
		for to := range n {
			if to == from {
				continue
			}
			if from == i || to == i {
				ways = append(ways, w.routes[k])
			}
			k++
		}
	}
	for _, p := range ways {
		p.Refuse(true)
	}
	return w.servers[i].name, func(context.Context) error {
		for _, p := range ways {
			p.Refuse(false)
		}
		return nil
	}, nil
}

// rejoinWait is how long a server may take until its copies are current.
const rejoinWait = 30 * time.Second

// rejoined waits until a restarted server has current copies of the streams.
func (w *world) rejoined(ctx context.Context, i int) error {
	name := w.servers[i].name
	err := waitFor(ctx, rejoinWait, func() bool {
		for _, stream := range []string{bus.StreamIn, bus.StreamTurn} {
			short, cancel := context.WithTimeout(ctx, 2*time.Second)
			s, err := w.js.Stream(short, stream)
			cancel()
			if err != nil || s.CachedInfo().Cluster == nil {
				return false
			}
			c := s.CachedInfo().Cluster
			current := c.Leader == name
			for _, peer := range c.Replicas {
				current = current || peer.Name == name && peer.Current
			}
			if !current || c.Leader == "" {
				return false
			}
		}
		return true
	})
	if err != nil {
		return fmt.Errorf("%s did not catch up after its restart: %w", name, err)
	}
	return nil
}

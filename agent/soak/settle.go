package soak

import (
	"context"
	"fmt"
	"time"

	"recado/agent/bus"
)

// settle waits until nothing is left to do: every event is acknowledged,
// every reply settled, every record filed, and nothing new comes. It returns
// what had not come to rest in time.
func (w *world) settle(ctx context.Context) (left []string) {
	var last uint64
	var since time.Time
	_ = waitFor(ctx, w.cfg.Settle, func() bool {
		var seq uint64
		if left, seq = w.unsettled(ctx); len(left) > 0 || seq != last {
			last, since = seq, time.Now()
			return false
		}
		return time.Since(since) > time.Second
	})
	return left
}

// unsettled is what is left to do, and the last sequence of the turn stream.
func (w *world) unsettled(ctx context.Context) (left []string, seq uint64) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for _, stream := range []string{bus.StreamIn, bus.StreamTurn} {
		s, err := w.js.Stream(ctx, stream)
		if err != nil {
			return []string{fmt.Sprintf("stream %s: %v", stream, err)}, 0
		}
		seq = s.CachedInfo().State.LastSeq
		for _, c := range w.consumers() {
			if c.stream != stream {
				continue
			}
			consumer, err := s.Consumer(ctx, c.name)
			if err != nil {
				left = append(left, fmt.Sprintf("consumer %s: %v", c.name, err))
				continue
			}
			info := consumer.CachedInfo()
			if info.NumPending > 0 || info.NumAckPending > 0 || c.name == bus.ConsumerWorker && info.AckFloor.Stream < seq {
				left = append(left, fmt.Sprintf("consumer %s: %d not delivered, %d not acknowledged, all up to %d of %d are",
					c.name, info.NumPending, info.NumAckPending, info.AckFloor.Stream, seq))
			}
		}
	}
	return left, seq
}

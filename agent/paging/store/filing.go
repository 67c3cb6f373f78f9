package store

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/bus"
)

// Filing looks whether what comes for staff gets into the inbox, by any of
// the consoles.
type Filing struct {
	js jetstream.JetStream

	mu      sync.Mutex
	waiting bool
	floor   uint64 // all before it are filed
}

// NewFiling watches the consumer that all consoles share.
func NewFiling(js jetstream.JetStream) *Filing { return &Filing{js: js} }

// errFiling: nothing moved since the last look.
var errFiling = errors.New("messages for staff wait and are not filed")

// Ask returns an error while the oldest message that waits is the one that
// waited when it was last asked. It is asked every few seconds.
func (f *Filing) Ask(ctx context.Context) error {
	consumer, err := f.js.Consumer(ctx, bus.StreamTurn, bus.ConsumerConsole)
	if err != nil {
		return fmt.Errorf("look at consumer %s: %w", bus.ConsumerConsole, err)
	}
	info := consumer.CachedInfo()
	f.mu.Lock()
	defer f.mu.Unlock()
	waited, floor := f.waiting, f.floor
	f.waiting = info.NumPending > 0 || info.NumAckPending > 0
	f.floor = info.AckFloor.Stream
	if waited && f.waiting && floor == f.floor {
		return errFiling
	}
	return nil
}

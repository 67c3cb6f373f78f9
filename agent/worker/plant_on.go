//go:build plant

package worker

import (
	"context"
	"os"
	"time"

	"github.com/nats-io/nats.go"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/session"
)

// plant plants the bug that RECADO_PLANT names, so that it can be shown that
// a soak finds it. Only builds with the tag plant have this file.
func (w *Worker) plant() {
	switch name := os.Getenv("RECADO_PLANT"); name {
	case "":
	case "ack-before-commit":
		w.take = func(msg *nats.Msg) {
			_ = msg.Ack()
			w.receive(msg)
		}
	case "no-compare-and-set":
		inner := w.publish
		w.publish = func(ctx context.Context, _ uint64, messages ...bus.Message) (uint64, error) {
			c, err := bus.ParseTurn(messages[0].Subject)
			if err != nil {
				return 0, err
			}
			_, seq, err := w.cfg.Bus.LastTurn(ctx, c)
			if err != nil {
				return 0, err
			}
			return inner(ctx, seq, messages...)
		}
	case "lock-without-order":
		w.cfg.MaxTurnEvents = 1
		w.cfg.Store = unordered{w.cfg.Store}
	default:
		panic("RECADO_PLANT: no bug is called " + name)
	}
}

// unordered takes each event on its own under the lease, whatever came before
// it: a lock, and no order.
type unordered struct{ session.Store }

// later than any event.
const afterAll = 1 << 52

func (u unordered) Acquire(ctx context.Context, c agent.Conversation, seq uint64, token string, ttl time.Duration) (session.Lease, error) {
	lease, err := u.Store.Acquire(ctx, c, afterAll, token, ttl)
	if err == nil && lease.Status == session.Taken && lease.Cached {
		lease.Cursor = seq - 1
	}
	return lease, err
}

package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"

	"recado/agent"
	"recado/agent/bus"
)

// null is the least that any worker does on these servers: it takes an event,
// reads a session, publishes what the real one publishes about the same
// message (a turn record with its reply, and what staff get, as one batch),
// writes the session and acknowledges. It neither keeps order nor looks at a
// word.
type null struct {
	bus          *bus.Bus
	client       *redis.Client
	turns        [][]bus.Message // what real turns published, by the number of the message
	session      []byte
	slots        chan struct{}
	work         sync.WaitGroup
	taking       *bus.Taking
	failures     chan error
	ctx          context.Context
	cancelWorker context.CancelFunc
}

// nullSave is the smallest script that writes a session under a condition.
var nullSave = redis.NewScript(`
local at = redis.call('HGET', KEYS[1], 'turn')
if at and tonumber(at) >= tonumber(ARGV[1]) then
  return 0
end
redis.call('HSET', KEYS[1], 'turn', ARGV[1], 'session', ARGV[2])
redis.call('PEXPIRE', KEYS[1], 86400000)
return 1
`)

func (n *null) start(ctx context.Context) error {
	n.ctx, n.cancelWorker = context.WithCancel(context.WithoutCancel(ctx))
	var err error
	n.taking, err = n.bus.Take(cap(n.slots), func(m *nats.Msg) {
		n.work.Go(func() {
			n.slots <- struct{}{}
			defer func() { <-n.slots }()
			if err := n.handle(m); err != nil {
				n.failed(err)
			}
		})
	}, n.failed)
	if err != nil {
		return fmt.Errorf("start the null worker: %w", err)
	}
	return nil
}

func (n *null) failed(err error) {
	select {
	case n.failures <- err:
	default:
	}
}

func (n *null) handle(m *nats.Msg) error {
	c, err := bus.ParseIn(m.Subject)
	if err != nil {
		return err
	}
	key := "recado-bench:{" + c.String() + "}"
	session, err := n.client.HMGet(n.ctx, key, "turn", "session").Result()
	if err != nil {
		return fmt.Errorf("read a session: %w", err)
	}
	var last uint64
	if text, ok := session[0].(string); ok {
		if _, err := fmt.Sscan(text, &last); err != nil {
			return fmt.Errorf("read a session: %w", err)
		}
	}
	var number int
	if _, err := fmt.Sscanf(c.ID, "%x", &number); err != nil {
		return fmt.Errorf("read a conversation's number: %w", err)
	}
	messages := slices.Clone(n.turns[number%len(n.turns)])
	messages[0].Subject = bus.TurnSubject(c)
	for i := range messages[1:] {
		messages[i+1].Subject = bus.EscSubject(c, agent.PriorityRoutine)
	}
	seq, err := n.bus.PublishBatch(n.ctx, last, messages...)
	if err != nil {
		return err
	}
	if err := nullSave.Run(n.ctx, n.client, []string{key}, seq, n.session).Err(); err != nil {
		return fmt.Errorf("write a session: %w", err)
	}
	return m.Ack()
}

// stop waits for what was begun and returns the first failure.
func (n *null) stop(context.Context) error {
	n.taking.Drain()
	<-n.taking.Closed()
	n.work.Wait()
	n.cancelWorker()
	select {
	case err := <-n.failures:
		return fmt.Errorf("the null worker: %w", err)
	default:
		return nil
	}
}

// errNoTurn: the real worker wrote nothing that the null one could copy.
var errNoTurn = errors.New("no turn was written")

// like makes n publish what the real worker published about each of the
// messages: the turn record of one conversation for each, and what came with
// it for staff.
func (n *null) like(ctx context.Context, js jetstream.JetStream, of []agent.Conversation) error {
	stream, err := js.Stream(ctx, bus.StreamTurn)
	if err != nil {
		return fmt.Errorf("look at real turns: %w", err)
	}
	for _, c := range of {
		turn, err := stream.GetLastMsgForSubject(ctx, bus.TurnSubject(c))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return errNoTurn
		}
		if err != nil {
			return fmt.Errorf("look at a real turn: %w", err)
		}
		messages := []bus.Message{{Data: turn.Data}}
		for _, p := range []agent.Priority{agent.PriorityEmergency, agent.PriorityUrgent, agent.PriorityRoutine, agent.PriorityRequest} {
			m, err := stream.GetLastMsgForSubject(ctx, bus.EscSubject(c, p))
			switch {
			case err == nil:
				messages = append(messages, bus.Message{Data: m.Data})
			case !errors.Is(err, jetstream.ErrMsgNotFound):
				return fmt.Errorf("look at what staff got: %w", err)
			}
		}
		n.turns = append(n.turns, messages)
	}
	return nil
}

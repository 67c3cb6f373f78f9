package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// Taking is events on their way to a worker. The server owes it some at any
// time, and is asked for more before it has given all of them.
//
// The client library's own Consume may wait for messages that it has not asked
// for: it forgets to ask if all that it asked for has come before the asking
// was over, which happens where processors are few and busy. It notices by a
// missing heartbeat after half a minute.
type Taking struct {
	nc      *nats.Conn
	ask     string // the API's subject
	inbox   string
	sub     *nats.Subscription
	batch   int
	take    func(*nats.Msg)
	disturb func(error)
	closed  chan struct{}
	stop    chan struct{}
	ending  sync.Once

	mu    sync.Mutex
	owed  int       // messages that were asked for and have not come
	asked time.Time // the last time
	pause bool      // a request was refused: the next one waits for look
}

const (
	// askExpires is how long the server keeps a request; then it says so.
	askExpires = 10 * time.Second
	// askLost is after how long a request without an end is forgotten.
	askLost = askExpires + 2*time.Second
	// askLook is how often requests are looked after.
	askLook = 250 * time.Millisecond
)

// Take hands events to take, one after the other, until Drain. No more than
// batch are on their way at once; it is take that limits how many are in
// hand, by waiting. What disturbs it is told to disturb and overcome.
func (b *Bus) Take(batch int, take func(*nats.Msg), disturb func(error)) (*Taking, error) {
	t := &Taking{
		nc: b.nc, ask: "$JS.API.CONSUMER.MSG.NEXT." + StreamIn + "." + ConsumerWorker, inbox: b.nc.NewInbox(),
		batch: max(batch, 1), take: take, disturb: disturb,
		closed: make(chan struct{}), stop: make(chan struct{}),
	}
	var err error
	if t.sub, err = b.nc.Subscribe(t.inbox, t.receive); err != nil {
		return nil, fmt.Errorf("take events: %w", err)
	}
	t.sub.SetClosedHandler(func(string) { close(t.closed) })
	t.more()
	go t.look()
	return t, nil
}

// Drain asks for no more. What has been sent is still handed over.
func (t *Taking) Drain() {
	t.ending.Do(func() {
		close(t.stop)
		if t.sub.Drain() != nil { // the connection is closed
			_ = t.sub.Unsubscribe()
		}
	})
}

// Closed is closed when all that was sent has been handed over after Drain.
func (t *Taking) Closed() <-chan struct{} { return t.closed }

func (t *Taking) receive(msg *nats.Msg) {
	if msg.Reply != "" && msg.Header.Get("Status") == "" || len(msg.Data) > 0 {
		t.take(msg)
		t.mu.Lock()
		t.owed--
		t.mu.Unlock()
		t.more()
		return
	}
	switch status := msg.Header.Get("Status"); status {
	case "100": // a sign of life
		return
	case "408": // the request's time is up
		t.mu.Lock()
		t.owed -= leftOf(msg, t.owed)
		t.mu.Unlock()
	default:
		t.mu.Lock()
		t.owed -= leftOf(msg, t.owed)
		t.pause = true
		t.mu.Unlock()
		if status == "503" {
			t.disturb(nats.ErrNoResponders)
		} else {
			t.disturb(errors.New("the server refuses to send events: " + status + " " + msg.Header.Get("Description")))
		}
		return
	}
	t.more()
}

// leftOf is how many messages of a request that ends will not come; all where
// the server does not say.
func leftOf(msg *nats.Msg, all int) int {
	n, err := strconv.Atoi(msg.Header.Get("Nats-Pending-Messages"))
	if err != nil {
		return all
	}
	return n
}

// more asks the server where it owes little. It is called whenever that
// changes, and has asked when it returns.
func (t *Taking) more() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.owed > t.batch/2 || t.pause {
		return
	}
	select {
	case <-t.stop:
		return
	default:
	}
	t.owed = max(t.owed, 0)
	n := t.batch - t.owed
	data, err := json.Marshal(map[string]any{"batch": n, "expires": askExpires})
	if err == nil {
		err = t.nc.PublishRequest(t.ask, t.inbox, data)
	}
	if err != nil {
		t.pause = true // look tries again
		return
	}
	t.owed += n
	t.asked = time.Now()
}

// look asks again after a refusal and after the connection was lost, and
// forgets requests that nothing was heard of.
func (t *Taking) look() {
	listener := t.nc.StatusChanged(nats.CONNECTED)
	defer t.nc.RemoveStatusListener(listener)
	again := listener
	tick := time.NewTicker(askLook)
	defer tick.Stop()
	for {
		anew := false
		select {
		case <-t.stop:
			return
		case _, ok := <-again:
			if anew = ok; !ok {
				again = nil // the connection is closed for good
			}
		case <-tick.C:
		}
		t.mu.Lock()
		if anew || t.owed > 0 && time.Since(t.asked) > askLost {
			t.owed = 0
		}
		t.pause = false
		t.mu.Unlock()
		t.more()
	}
}

// AckWait is how long the server waits for a sign of life about an event that
// a worker was given.
func (b *Bus) AckWait(ctx context.Context) (time.Duration, error) {
	c, err := b.Consumer(ctx)
	if err != nil {
		return 0, err
	}
	return c.CachedInfo().Config.AckWait, nil
}

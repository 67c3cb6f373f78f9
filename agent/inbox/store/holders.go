package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/bus"
)

// holders is a copy of who holds which conversation. It is no older than the
// question: before an answer the bucket's leader is asked for what changed,
// and whoever asks meanwhile waits for the next time, together with all
// others. So a busy worker asks once for many turns, and each gets an answer
// as if it had asked alone.
type holders struct {
	stream jetstream.Stream
	ctx    context.Context // carries values only
	prefix string          // of subjects, before the key

	mu      sync.Mutex
	held    map[string]string // key -> person
	whole   bool              // what was there before the copy began is in it
	next    *refresh          // begins when the one that runs is over
	running bool

	// What follows is used by the one refresh that runs.
	upTo    uint64    // the last message in the copy
	created time.Time // the bucket's
	proved  time.Time // when the bucket was seen to be the one that was copied
}

// refresh is one question to the leader.
type refresh struct {
	done chan struct{} // closed when it is over
	err  error
}

const (
	// proofAge is how long a bucket that was deleted and made again, or was
	// brought back from a copy, may be taken for the one before.
	proofAge = 5 * time.Second
	// idleAge is after how long without a question a copy is made anew. The
	// bucket forgets that something was removed after bus.MarkerTTL.
	idleAge = bus.MarkerTTL / 24
	// refreshTimeout bounds a question.
	refreshTimeout = 5 * time.Second
	// unreadable stands for a person where a value is none: whoever asks for
	// it learns of that from the bucket, and nobody else is concerned.
	unreadable = "\x00"
	// fewChanges are read one by one within a question; of more, the copy is
	// no longer whole until they were read.
	fewChanges = 64
)

func openHolders(ctx context.Context, js jetstream.JetStream) (*holders, error) {
	stream, err := js.Stream(ctx, "KV_"+bus.BucketOwner)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s (run recado streams first): %w", bus.BucketOwner, err)
	}
	return &holders{
		stream: stream, ctx: context.WithoutCancel(ctx), prefix: "$KV." + bus.BucketOwner + ".",
		held: map[string]string{}, created: stream.CachedInfo().Created,
	}, nil
}

// holder returns who holds what a key names, and whether that is known: until
// the copy is whole, the bucket itself has to be asked.
func (h *holders) holder(ctx context.Context, key string) (person string, known bool, err error) {
	r := h.ask()
	select {
	case <-r.done:
	case <-ctx.Done():
		return "", false, context.Cause(ctx)
	}
	if r.err != nil {
		return "", false, r.err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	person = h.held[key]
	return person, h.whole && person != unreadable, nil
}

// ask joins the refresh that is to begin next.
func (h *holders) ask() *refresh {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.next == nil {
		h.next = &refresh{done: make(chan struct{})}
	}
	if !h.running {
		h.running = true
		go h.run()
	}
	return h.next
}

func (h *holders) run() {
	for {
		h.mu.Lock()
		r := h.next
		h.next = nil
		behind := !h.whole
		h.running = r != nil || behind
		h.mu.Unlock()
		switch {
		case r != nil:
			r.err = h.refresh()
			close(r.done)
		case behind:
			if h.refresh() != nil {
				h.mu.Lock()
				h.running = h.next != nil // else the next question goes on with it
				goOn := h.running
				h.mu.Unlock()
				if !goOn {
					return
				}
			}
		default:
			return
		}
	}
}

// refresh reads what changed, and has the copy whole if that was little.
func (h *holders) refresh() error {
	ctx, cancel := context.WithTimeout(h.ctx, refreshTimeout)
	defer cancel()
	if err := h.prove(ctx); err != nil {
		return err
	}
	for range fewChanges {
		msg, err := h.stream.GetMsg(ctx, h.upTo+1, jetstream.WithGetMsgSubject(h.prefix+">"))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			h.complete(true)
			return nil
		}
		if err != nil {
			return fmt.Errorf("read from bucket %s: %w", bus.BucketOwner, err)
		}
		h.apply(msg)
	}
	h.complete(false)
	return nil
}

// prove begins anew where the bucket may not be the one that was copied.
func (h *holders) prove(ctx context.Context) error {
	age := time.Since(h.proved)
	if age < proofAge {
		return nil
	}
	info, err := h.stream.Info(ctx)
	if err != nil {
		return fmt.Errorf("look at bucket %s: %w", bus.BucketOwner, err)
	}
	if age > idleAge || !info.Created.Equal(h.created) || info.State.LastSeq < h.upTo {
		h.mu.Lock()
		h.held, h.whole = map[string]string{}, false
		h.mu.Unlock()
		h.upTo, h.created = 0, info.Created
	}
	h.proved = time.Now()
	return nil
}

func (h *holders) complete(whole bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.whole = whole
}

func (h *holders) apply(msg *jetstream.RawStreamMsg) {
	var person string
	if !removed(msg.Header) {
		var value holding
		if json.Unmarshal(msg.Data, &value) != nil {
			value.Owner = unreadable
		}
		person = value.Owner
	}
	key := strings.TrimPrefix(msg.Subject, h.prefix)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.upTo = msg.Sequence; person == "" {
		delete(h.held, key)
	} else {
		h.held[key] = person
	}
}

// removed reports whether a message says that its key has no value any more.
func removed(header nats.Header) bool {
	return header.Get("KV-Operation") != "" || header.Get(jetstream.MarkerReasonHeader) != ""
}

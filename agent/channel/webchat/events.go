package webchat

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/remote"
)

// events streams the visitor's replies after the sequence that the page names
// (Last-Event-ID at a reconnection, else ?after=). Each event's id is its
// sequence, so a page that comes back loses and doubles nothing. A reply that
// must not be shown is an event too, without its text.
func (h *Handler) events(w http.ResponseWriter, r *http.Request, p place) {
	token, ok := h.visitor(r, p)
	if !ok {
		w.WriteHeader(http.StatusNoContent) // tells a browser not to come back
		return
	}
	from := r.Header.Get("Last-Event-ID")
	if from == "" {
		from = r.URL.Query().Get("after")
	}
	after, err := strconv.ParseUint(from, 10, 63)
	if err != nil && from != "" {
		http.Error(w, "after is not a number", http.StatusBadRequest)
		return
	}
	c := h.conversation(p, token)
	if !h.limits.streams.allow(c.ID, h.cfg.Now()) {
		h.refuseRate(w) // each begin costs a consumer at the NATS server
		return
	}
	address, _ := remote.Known(r, h.cfg.Proxies)
	if !h.streams.enter(c.ID, address) {
		w.Header().Set("Retry-After", "10")
		http.Error(w, "too many pages are open", http.StatusServiceUnavailable)
		return
	}
	defer h.streams.leave(c.ID, address)

	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	messages := make(chan jetstream.Msg, 16)
	stop, err := h.follow(ctx, c, after, messages)
	if err != nil {
		h.log.Error("web chat cannot follow replies", zap.String("conversation", c.ID), zap.Error(err))
		w.Header().Set("Retry-After", "3")
		http.Error(w, "replies are not available right now", http.StatusServiceUnavailable)
		return
	}
	defer stop()

	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	out := &eventWriter{w: w, control: http.NewResponseController(w)}
	if out.write("retry: 2000\n\n") != nil {
		return
	}
	view := &view{h: h, c: c, out: out}
	beat := time.NewTicker(h.cfg.Heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.closing:
			return
		case <-beat.C:
			// An event, since a page cannot see comments: without any it knows
			// that the connection is gone before its network does.
			err = out.write(": still here\nevent: beat\ndata: {}\n\n")
		case msg := <-messages:
			err = view.take(ctx, msg)
		case <-view.recheck:
			return
		}
		if err != nil {
			return // the page is gone; it comes back with the last id it has
		}
	}
}

// readReplies gives the conversation's replies after a sequence that are there
// by now to take.
func (h *Handler) readReplies(ctx context.Context, c agent.Conversation, after uint64, take func(jetstream.Msg) error) error {
	turn, err := h.replies(ctx)
	if err != nil {
		return err
	}
	consumer, err := turn.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		FilterSubjects:    []string{bus.RepliesSubject(c)},
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       after + 1,
		InactiveThreshold: 5 * time.Second,
	})
	if err != nil {
		return fmt.Errorf("read replies: %w", err)
	}
	defer h.drop(ctx, turn, consumer)
	const most = 64
	batch, err := consumer.FetchNoWait(most)
	if err != nil {
		return fmt.Errorf("read replies: %w", err)
	}
	for msg := range batch.Messages() {
		if err := take(msg); err != nil {
			return fmt.Errorf("read replies: %w", err)
		}
	}
	if err := batch.Error(); err != nil {
		return fmt.Errorf("read replies: %w", err)
	}
	return nil
}

// drop removes a consumer that the server would remove by itself, later.
func (h *Handler) drop(ctx context.Context, turn jetstream.Stream, consumer jetstream.Consumer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := turn.DeleteConsumer(ctx, consumer.CachedInfo().Name); err != nil {
		h.log.Debug("web chat left a consumer behind", zap.Error(err))
	}
}

// follow delivers the conversation's replies after a sequence to messages
// until stop is called.
func (h *Handler) follow(ctx context.Context, c agent.Conversation, after uint64, messages chan<- jetstream.Msg) (stop func(), err error) {
	looking, cancel := context.WithTimeout(ctx, h.cfg.PublishTimeout)
	defer cancel()
	turn, err := h.replies(looking)
	if err != nil {
		return nil, err
	}
	consumer, err := turn.OrderedConsumer(looking, jetstream.OrderedConsumerConfig{
		FilterSubjects:    []string{bus.RepliesSubject(c)},
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       after + 1,
		InactiveThreshold: 30 * time.Second,
	})
	if err != nil {
		return nil, fmt.Errorf("follow replies: %w", err)
	}
	pull, err := consumer.Consume(func(msg jetstream.Msg) {
		select {
		case messages <- msg:
		case <-ctx.Done():
		}
	}, jetstream.PullMaxMessages(16))
	if err != nil {
		return nil, fmt.Errorf("follow replies: %w", err)
	}
	return func() {
		pull.Stop()
		h.drop(ctx, turn, consumer)
	}, nil
}

package private

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"
)

// news wakes the pages that wait for a conversation's messages.
type news struct {
	mu    sync.Mutex
	pages map[string]map[chan string]bool // by clinic.conversation
}

func newNews() *news { return &news{pages: map[string]map[chan string]bool{}} }

// wait returns a channel that gets the ids of new messages; one that is full
// gets none, since its page reads the whole thread anyway. Call stop at the
// end.
func (n *news) wait(place string) (ids chan string, stop func()) {
	ids = make(chan string, 4)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.pages[place] == nil {
		n.pages[place] = map[chan string]bool{}
	}
	n.pages[place][ids] = true
	return ids, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		if delete(n.pages[place], ids); len(n.pages[place]) == 0 {
			delete(n.pages, place)
		}
	}
}

// tell wakes the pages of a conversation.
func (n *news) tell(clinic, conversation, entry string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for ids := range n.pages[clinic+"."+conversation] {
		n.send(ids, entry)
	}
}

// wake makes all pages look whether their visit has ended.
func (n *news) wake() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, pages := range n.pages {
		for ids := range pages {
			n.send(ids, "")
		}
	}
}

func (n *news) send(ids chan string, id string) {
	select {
	case ids <- id:
	default:
	}
}

// events tells a page that there is something new, and that its visit has
// ended. A frame holds the id of a message and no word of it.
func (h *Handler) events(w http.ResponseWriter, r *http.Request) {
	v, err := h.visit(r.Context(), r)
	if errors.Is(err, errNoVisit) {
		w.WriteHeader(http.StatusNoContent) // tells a browser not to come back
		return
	}
	if err != nil {
		h.fail(w, err, "a visit could not be looked up", "")
		return
	}
	if !h.streams.enter(v.place()) {
		h.refuse(w, http.StatusServiceUnavailable, refusal{Error: "too_fast", Wait: 15})
		return
	}
	defer h.streams.leave(v.place())
	ids, stop := h.news.wait(v.place())
	defer stop()

	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	out := &eventWriter{w: w, control: http.NewResponseController(w)}
	// Whatever the page missed, it reads the thread now.
	if out.write("retry: 3000\nevent: thread\ndata: {}\n\n") != nil {
		return
	}
	heartbeat := time.NewTicker(h.cfg.Heartbeat)
	defer heartbeat.Stop()
	for {
		frame := ": still here\n\n"
		select {
		case <-r.Context().Done():
			return
		case <-h.closing:
			return
		case id := <-ids:
			if id != "" {
				frame = fmt.Sprintf("id: %s\nevent: thread\ndata: {\"id\":%q}\n\n", id, id)
			}
		case <-heartbeat.C:
		}
		if h.ended(r.Context(), v) {
			_ = out.write("event: ended\ndata: {}\n\n")
			return
		}
		if out.write(frame) != nil {
			return
		}
	}
}

// ended reports whether the visit has. Where that cannot be known now the page
// stays: it shows nothing that it may not have.
func (h *Handler) ended(ctx context.Context, v visit) bool {
	ctx, cancel := context.WithTimeout(ctx, h.cfg.Timeout)
	defer cancel()
	_, err := h.visitBy(ctx, v.key)
	if err != nil && !errors.Is(err, errNoVisit) && ctx.Err() == nil {
		h.log.Warn("private page: a visit could not be looked up", zap.String("record", v.Record), zap.Error(err))
	}
	return errors.Is(err, errNoVisit)
}

// eventWriter writes server-sent events, each within a time of its own.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

const writeTimeout = 20 * time.Second

func (e *eventWriter) write(text string) error {
	// Not every ResponseWriter has deadlines; without one the server's own hold.
	_ = e.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := e.w.Write([]byte(text)); err != nil {
		return err
	}
	return e.control.Flush()
}

package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"recado/agent/inbox/store"
	"recado/agent/staff"
)

// heartbeat is how often a stream says that it lives, and asks whether its
// session does. A page counts as stale when it heard nothing for longer than
// this and a little. Tests shorten it.
var heartbeat = 15 * time.Second

// Times of a stream.
const (
	lookEvery    = 2 * time.Second  // whether the index is fresh
	frameTimeout = 10 * time.Second // for one write
	gather       = 40 * time.Millisecond
)

// Limits of open streams.
const (
	mostStreams  = 2000
	mostByPerson = 24
)

// streams counts open streams.
type streams struct {
	mu    sync.Mutex
	n     int
	owner map[string]int
}

func (s *streams) enter(person string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n >= mostStreams || s.owner[person] >= mostByPerson {
		return false
	}
	if s.owner == nil {
		s.owner = map[string]int{}
	}
	s.n++
	s.owner[person]++
	return true
}

func (s *streams) leave(person string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n--
	if s.owner[person]--; s.owner[person] == 0 {
		delete(s.owner, person)
	}
}

// changeFrame says that a case is not as it was. It holds an id and nothing
// about the case.
type changeFrame struct {
	Case string `json:"case"`
	Gone bool   `json:"gone,omitempty"`
}

// beatFrame says that the stream lives and how old the list is.
type beatFrame struct {
	Fresh bool  `json:"fresh"`
	Since int64 `json:"since"` // in milliseconds
}

// events streams the changes of a clinic's cases after the one that the page
// names (Last-Event-ID at a reconnection, else ?after=). Ids of changes are
// the same for every console, so a page that comes back, to whichever, loses
// nothing. Where the page's id is unknown it is told to load everything again.
// The stream keeps no session alive and ends with it.
func (s *Server) events(r *Request) error {
	from := r.Header.Get("Last-Event-ID")
	if from == "" {
		from = r.URL.Query().Get("after")
	}
	after, err := strconv.ParseUint(from, 10, 63)
	if err != nil && from != "" {
		return &Failure{Status: http.StatusBadRequest, Text: "error.form"}
	}
	if r.Method == http.MethodHead {
		return nil // nobody listens
	}
	if !s.streams.enter(r.Person.ID) {
		return &Failure{Status: http.StatusServiceUnavailable, Text: "error.unavailable", Wait: 10 * time.Second}
	}
	defer s.streams.leave(r.Person.ID)
	h := r.W.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	out := &frames{w: r.W, control: http.NewResponseController(r.W)}
	if from == "" {
		after = s.cfg.Index.Revision()
	}
	f := &follower{r: r, index: s.cfg.Index, out: out, after: after}
	// Whoever is gone, or was sent away, comes back by itself.
	_ = f.run(s.closing)
	return nil
}

// follower is one open stream.
type follower struct {
	r     *Request
	index *store.Index
	out   *frames
	after uint64
	fresh bool
}

func (f *follower) run(closing <-chan struct{}) error {
	ctx, cancel := context.WithCancel(f.r.Context())
	defer cancel()
	if err := f.out.write("retry: 1500\n\n"); err != nil {
		return err
	}
	if err := errors.Join(f.changes(), f.beat()); err != nil {
		return err
	}
	moved := make(chan struct{}, 1)
	go func() {
		last := f.after
		for f.index.Wait(ctx, last) == nil {
			last = f.index.Revision()
			select {
			case moved <- struct{}{}:
			default:
			}
			select { // a burst is one frame for each case, not one for each change
			case <-time.After(gather):
			case <-ctx.Done():
				return
			}
		}
	}()
	beat, look := time.NewTicker(heartbeat), time.NewTicker(lookEvery)
	defer beat.Stop()
	defer look.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-closing:
			return nil
		case <-moved:
			err = f.changes()
		case <-look.C:
			if _, fresh := f.index.Fresh(); fresh != f.fresh {
				err = f.beat()
			}
		case <-beat.C:
			if err := f.r.StillIn(); errors.Is(err, staff.ErrExpired) || errors.Is(err, staff.ErrNotAllowed) {
				return f.out.event("signed-out", 0, struct{}{})
			}
			err = f.beat()
		}
		if err != nil {
			return err
		}
	}
}

// changes tells of what changed since the last time.
func (f *follower) changes() error {
	all, last, known := f.index.Since([]string{f.r.Clinic}, f.after)
	if !known {
		f.after = last
		return f.out.event("reload", last, struct{}{})
	}
	for i, c := range all {
		id := uint64(0)
		if i == len(all)-1 {
			id = last // all of them, or from the start again
		}
		if err := f.out.event("change", id, changeFrame{c.Case, c.Gone}); err != nil {
			return err
		}
	}
	f.after = last
	return nil
}

func (f *follower) beat() error {
	since, fresh := f.index.Fresh()
	f.fresh = fresh
	return f.out.event("beat", f.after, beatFrame{fresh, since.UnixMilli()})
}

// frames writes server-sent events, each within a time of its own.
type frames struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (e *frames) write(text string) error {
	// Not every ResponseWriter has deadlines; without one the server's own hold.
	_ = e.control.SetWriteDeadline(time.Now().Add(frameTimeout))
	if _, err := e.w.Write([]byte(text)); err != nil {
		return err
	}
	return e.control.Flush()
}

// event writes one event; the id says from where on a page that comes back
// reads, and 0 leaves it as it was.
func (e *frames) event(name string, id uint64, content any) error {
	data, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	head := ""
	if id > 0 {
		head = fmt.Sprintf("id: %d\n", id)
	}
	return e.write(fmt.Sprintf("%sevent: %s\ndata: %s\n\n", head, name, data))
}

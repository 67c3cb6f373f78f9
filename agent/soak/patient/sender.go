package patient

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"recado/agent/soak/check"
)

// Sender plays Meta: it delivers webhooks until they are taken. It is safe for
// concurrent use.
type Sender struct {
	account Account
	url     string
	client  *http.Client
	started time.Time
	note    func(kind string, v any)

	mu       sync.Mutex
	messages map[string]*check.Message
	order    []string // their ids, as they were first sent
}

// NewSender returns a sender to a webhook's address. Steps count from started,
// and note is told what happens.
func NewSender(account Account, url string, started time.Time, note func(kind string, v any)) *Sender {
	return &Sender{
		account: account, url: url, started: started, note: note, messages: map[string]*check.Message{},
		client: &http.Client{Timeout: 6 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
	}
}

// Messages returns what was written so far.
func (s *Sender) Messages() []check.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []check.Message
	for _, id := range s.order {
		all = append(all, *s.messages[id])
	}
	return all
}

// Close ends idle connections.
func (s *Sender) Close() { s.client.CloseIdleConnections() }

// Play does what a script says. It returns when all of it was taken, or when
// ctx ends.
func (s *Sender) Play(ctx context.Context, script Script) {
	var later sync.WaitGroup
	defer later.Wait()
	last := "" // the last message that was taken before the next is sent
	for _, step := range script.Steps {
		if !sleep(ctx, time.Until(s.started.Add(step.At))) {
			return
		}
		last = s.step(ctx, script.Phone, step, last, &later)
	}
}

func (s *Sender) step(ctx context.Context, phone string, step Step, last string, later *sync.WaitGroup) string {
	now := time.Now()
	written := make([]time.Time, len(step.Lines))
	for i := range written {
		written[i] = now
		if step.Way == Swapped { // a second apart, or nobody could tell
			written[i] = now.Add(time.Duration(i-len(written)+1) * time.Second)
		}
	}
	if step.Way == Batch || step.Way == Swapped {
		for _, l := range step.Lines {
			s.begin(phone, l, last)
		}
	}
	final := step.Lines[len(step.Lines)-1].Event()
	switch step.Way {
	case Batch:
		s.insist(ctx, s.account.messages(phone, step.Lines, written), step.Lines)
	case Swapped:
		for i := len(step.Lines) - 1; i >= 0; i-- {
			s.insist(ctx, s.account.messages(phone, step.Lines[i:i+1], written[i:i+1]), step.Lines[i:i+1])
		}
		final = step.Lines[0].Event()
	default:
		for i, l := range step.Lines {
			if i > 0 && !sleep(ctx, step.Pause) {
				return last
			}
			one, at := []Line{l}, time.Now()
			written[i] = at
			s.begin(phone, l, last)
			body := s.account.messages(phone, one, written[i:i+1])
			if step.Way == Repeats {
				for range 2 {
					later.Go(func() { s.insist(ctx, body, one) })
				}
			}
			s.insist(ctx, body, one)
			if step.Way != Plain {
				later.Go(func() {
					if sleep(ctx, 3*time.Second) {
						s.insist(ctx, body, one)
					}
				})
			}
			last = l.Event()
		}
	}
	return final
}

func (s *Sender) begin(phone string, l Line, after string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &check.Message{ID: l.Event(), Patient: phone, Sort: l.Sort, Text: l.Text, Begun: time.Now(), After: after}
	s.messages[m.ID] = m
	s.order = append(s.order, m.ID)
	s.note("written", *m)
}

// Add notes a message that came on another way.
func (s *Sender) Add(m check.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages[m.ID] = &m
	s.order = append(s.order, m.ID)
	s.note("written", m)
}

// insist delivers a webhook until it is taken.
func (s *Sender) insist(ctx context.Context, body []byte, lines []Line) {
	if !s.deliver(ctx, body) {
		return
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range lines {
		m := s.messages[l.Event()]
		if m.Accepted.IsZero() {
			m.Accepted = now
			s.note("accepted", struct {
				ID string `json:"id"`
			}{m.ID})
		}
	}
}

// Status tells the gateway what became of a reply, until it is taken.
func (s *Sender) Status(ctx context.Context, phone, id, reply, state string) {
	s.deliver(ctx, s.account.status(phone, id, reply, state, time.Now()))
}

// Forge sends a message with a signature that is none, once.
func (s *Sender) Forge(ctx context.Context, phone string, l Line) {
	body := s.account.messages(phone, []Line{l}, []time.Time{time.Now()})
	_, _ = s.post(ctx, body, Account{Secret: "nobody's"}.sign(body)) // whatever comes of it, nothing may
}

// deliver posts a body until it is answered with 200.
func (s *Sender) deliver(ctx context.Context, body []byte) bool {
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 800*time.Millisecond) {
		status, err := s.post(ctx, body, s.account.sign(body))
		if err == nil && status == http.StatusOK {
			return true
		}
		if !sleep(ctx, pause) {
			return false
		}
	}
}

func (s *Sender) post(ctx context.Context, body []byte, signature string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Hub-Signature-256", signature)
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body) // so that the connection is used again
	return resp.StatusCode, nil
}

// sleep lets time pass; false when ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(max(d, 0))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

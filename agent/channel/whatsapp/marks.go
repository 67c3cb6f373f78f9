package whatsapp

import (
	"context"
	"sync"
	"time"

	"recado/agent/channel"
)

// waitForMark is how long a reply waits for the answer to a read mark of its
// patient: an indicator that arrived after the reply would say for 25 seconds
// that another one comes.
const waitForMark = 250 * time.Millisecond

// marks are the read marks that wait or are being made, one a patient.
type marks struct {
	mu  sync.Mutex
	all map[string]*pending
}

// pending is one read mark.
type pending struct {
	calling  bool
	answered bool          // a reply went first
	done     chan struct{} // closed when it was made, or never will be
}

func markKey(to channel.Address) string { return to.Account + " " + to.Key() }

// begin returns the mark that is to be made; nil where one waits already.
func (m *marks) begin(to channel.Address) *pending {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all == nil {
		m.all = map[string]*pending{}
	}
	if m.all[markKey(to)] != nil {
		return nil
	}
	p := &pending{done: make(chan struct{})}
	m.all[markKey(to)] = p
	return p
}

// call reports whether the mark may still be made.
func (m *marks) call(p *pending) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	p.calling = !p.answered
	return p.calling
}

func (m *marks) end(to channel.Address, p *pending) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all[markKey(to)] == p {
		delete(m.all, markKey(to))
	}
	close(p.done)
}

// answer is called before a reply: a mark that waits is left out, and one that
// is being made is waited for, for a moment.
func (m *marks) answer(ctx context.Context, to channel.Address) {
	m.mu.Lock()
	p := m.all[markKey(to)]
	if p == nil {
		m.mu.Unlock()
		return
	}
	p.answered = true
	calling := p.calling
	m.mu.Unlock()
	if !calling {
		return
	}
	timer := time.NewTimer(waitForMark)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// readMark marks a message and all before it as read, and shows that a reply
// is being written until it comes, or for 25 seconds.
type readMark struct {
	Product string `json:"messaging_product"`
	Status  string `json:"status"`
	Message string `json:"message_id"`
	Typing  struct {
		Type string `json:"type"`
	} `json:"typing_indicator"`
}

// MarkRead marks a message, by the channel's id, as read with a typing
// indicator. A refusal is a *channel.SendError.
func (s *Sender) MarkRead(ctx context.Context, account, id string) error {
	if !digits.MatchString(account) || id == "" {
		return refuse("no message is named")
	}
	m := readMark{Product: "whatsapp", Status: "read", Message: id}
	m.Typing.Type = "text"
	payload, err := compact(m)
	if err != nil {
		return err
	}
	resp, answer, err := s.call(ctx, account, payload)
	if err != nil {
		return err
	}
	return accepted(resp, answer)
}

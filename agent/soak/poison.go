package soak

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/soak/check"
	"recado/agent/soak/patient"
)

// poisonEvery is the time from one broken event to the next.
const poisonEvery = 1500 * time.Millisecond

// poison publishes events that no worker can read into conversations that are
// under way, as a broken gateway would, until ctx ends.

func (w *world) poison(ctx context.Context, sender *patient.Sender) error {
	var mu sync.Mutex
	var subjects []string
	seen := map[string]bool{}
	sub, err := w.nc.Subscribe(bus.InSubject(agent.Conversation{Clinic: w.cfg.Clinic, Channel: agent.WhatsApp, ID: "*"}), func(m *nats.Msg) {
		mu.Lock()
		defer mu.Unlock()
		if !seen[m.Subject] {
			seen[m.Subject] = true
			subjects = append(subjects, m.Subject)
		}
	})
	if err != nil {
		return fmt.Errorf("listen for conversations: %w", err)
	}
	defer sub.Unsubscribe() //nolint:errcheck // the connection ends with the run
	random := rand.New(rand.NewPCG(w.cfg.Seed, 0x9015))
	for n := 0; sleep(ctx, poisonEvery); n++ {
		mu.Lock()
		subject := ""
		if len(subjects) > 0 {
			subject = subjects[random.IntN(len(subjects))]
		}
		mu.Unlock()
		if subject == "" {
			continue
		}
		m := check.Message{ID: fmt.Sprintf("poison.%d", n), Patient: subject[strings.LastIndexByte(subject, '.')+1:], Sort: check.Poison, Begun: time.Now()}
		if m.Seq = w.publishPoison(context.WithoutCancel(ctx), subject, m.ID, poisonous(n, m.ID)); m.Seq > 0 {
			m.Accepted = time.Now()
			sender.Add(m)
		}
		sender.Forge(ctx, fmt.Sprintf("1713556%04d", n), patient.Line{ID: fmt.Sprintf("forged.%d", n), Text: "STOP"})
	}
	return nil
}

// poisonous is what cannot be read: broken JSON, another version, an event of
// another conversation, none at all.
func poisonous(n int, id string) []byte {
	switch n % 4 {
	case 0:
		return []byte(`{"v":1,"id":"` + id + `","text":"half an`)
	case 1:
		return []byte(`{"v":99,"id":"` + id + `"}`)
	case 2:
		raw, err := json.Marshal(agent.Event{V: agent.Version, ID: id, Clinic: "elsewhere", Channel: agent.WhatsApp,
			Conversation: "somebody-elses-conversation", Kind: agent.KindText, Text: "hola", At: time.Now()})
		if err != nil {
			panic(err) // events can always be written
		}
		return raw
	}
	return nil
}

// publishPoison stores bytes in the input stream, once, and returns their
// place; 0 where the server does not take them in time.
func (w *world) publishPoison(ctx context.Context, subject, id string, data []byte) uint64 {
	late := time.Now().Add(30 * time.Second)
	for time.Now().Before(late) {
		short, cancel := context.WithTimeout(ctx, 2*time.Second)
		msg := nats.NewMsg(subject)
		msg.Data = data
		msg.Header.Set("Nats-Msg-Id", id) // again after a lost answer it is the same
		ack, err := w.js.PublishMsg(short, msg)
		cancel()
		if err == nil {
			return ack.Sequence
		}
		if !sleep(ctx, 200*time.Millisecond) {
			break
		}
	}
	return 0
}

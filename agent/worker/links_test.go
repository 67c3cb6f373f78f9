package worker

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"

	"recado/agent"
)

// plainLinks makes links that tests can read.
type plainLinks struct{}

func (plainLinks) Link(clinic, conversation, record string) string {
	return "https://private.example/p#" + clinic + "." + conversation + "." + record
}

// linked says the link that it was given.
type linked struct{ *fakeDecider }

func (l linked) Decide(ctx context.Context, t agent.Turn) (agent.Decision, error) {
	d, err := l.fakeDecider.Decide(ctx, t)
	for i := range d.Replies {
		d.Replies[i].Text += " " + t.Private
	}
	return d, err
}

func (l linked) Fallback(t agent.Turn) agent.Decision {
	d := l.fakeDecider.Fallback(t)
	d.Replies[0].Text += " " + t.Private
	return d
}

func TestAHandOffsLinkLeadsToItsRecordHoweverOftenItIsDecided(t *testing.T) {
	for _, text := range []string{"care", "care fail"} {
		r := setup(t)
		var mu sync.Mutex
		var given []string
		cfg := r.config()
		cfg.Links = plainLinks{}
		cfg.Decider = linked{&fakeDecider{before: func(_ context.Context, turn agent.Turn) error {
			mu.Lock()
			defer mu.Unlock()
			given = append(given, turn.Private)
			if len(given) == 1 {
				return errors.New("not yet")
			}
			return nil
		}}}
		r.start(t, cfg)
		r.publish(t, event(1, 1, text))
		r.settled(t, soon)
		p := r.read(t)
		if len(p.escs) != 1 {
			t.Fatalf("%s: %d records", text, len(p.escs))
		}
		want := plainLinks{}.Link("sunrise", p.escs[0].Conversation, p.escs[0].ID)
		if !bytes.Contains(bytes.Join(p.clear, nil), []byte(" "+want+`"`)) {
			t.Errorf("%s: the reply does not have the record's link %q", text, want)
		}
		for _, link := range given {
			if link != want {
				t.Errorf("%s: decided with %q", text, link)
			}
		}
		if len(given) < 2 {
			t.Errorf("%s: decided %d times", text, len(given))
		}
	}
}

package worker

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"recado/agent"
	"recado/agent/language"
)

// books decides as if "book" had booked a visit.
type books struct{ *fakeDecider }

func (d books) Decide(ctx context.Context, t agent.Turn) (agent.Decision, error) {
	decided, err := d.fakeDecider.Decide(ctx, t)
	if err == nil && strings.Contains(t.Events[0].Text, "book") {
		decided.Replies = []agent.Reply{{Key: "intro", Language: language.English, Text: "Hi."}, {Key: "booking.done", Language: language.Spanish, Text: "Listo."}}
	}
	return decided, err
}

// planned notes what reminders are set, and fails.
type planned struct {
	mu  sync.Mutex
	all []string
}

func (p *planned) Plan(_ context.Context, c agent.Conversation, lang language.Language, replyTo string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, c.String()+" "+string(lang)+" "+replyTo)
	return errors.New("the book is away")
}

func TestATurnThatBookedAVisitSetsAReminderAndNoOtherDoes(t *testing.T) {
	r := setup(t)
	cfg := r.config()
	set := &planned{}
	cfg.Decider, cfg.Reminders = books{&fakeDecider{}}, set
	r.start(t, cfg)
	r.publish(t, event(1, 1, "hola"), event(2, 1, "book"))
	r.settled(t, soon)
	if p := r.read(t); len(p.turns) != 2 || len(p.outs) != 2 {
		t.Errorf("%d turns and %d replies, want two each, whatever becomes of reminders", len(p.turns), len(p.outs))
	}
	e := event(2, 1, "book")
	if want := e.Of().String() + " es sealed-address"; len(set.all) != 1 || set.all[0] != want {
		t.Errorf("set %q, want %q", set.all, want)
	}
}

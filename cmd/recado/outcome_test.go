package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
)

// turns is what workers committed.
type turns struct {
	records []conversationTurn // in the order of the stream
	replies map[string][]bus.Outbound
	notices map[string]int // escalations by id
}

type conversationTurn struct {
	of     agent.Conversation
	record bus.TurnRecord
}

// faults holds what was committed against the promise: every event that was
// written is in one turn, in order, and every turn has what it decided on,
// once.
func (all turns) faults(written map[string][]string) []string {
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	settled := map[string][]string{}
	accounted := map[string]bool{}
	expect := func(id string, answers []string) {
		accounted[id] = true
		if got := all.replies[id]; len(got) != 1 || !slices.Equal(got[0].Answers, answers) {
			fault("reply %s is there %d times, want one that answers %v: %+v", id, len(got), answers, got)
		}
	}
	for _, turn := range all.records {
		r := turn.record
		settled[turn.of.ID] = append(settled[turn.of.ID], r.Events...)
		if len(r.Dead) > 0 || len(r.Events) == 0 {
			fault("turn %d of %s has events %v and dead letters %v", r.Cursor, turn.of.ID, r.Events, r.Dead)
		}
		var open []string
		for _, event := range r.Events {
			if slices.Contains(r.OnReceipt, event) {
				id := "e" + bus.EventKey(turn.of, event)
				expect(id, []string{event})
				if all.notices[id] != 1 {
					fault("emergency %s: %d escalations, want 1", event, all.notices[id])
				}
			} else {
				open = append(open, event)
			}
		}
		id := "t" + bus.EventKey(turn.of, strconv.FormatUint(r.Cursor, 10))
		d := r.Decision
		emergency := d.Disposition == agent.Emergency && len(r.OnReceipt) > 0 // the patient has that text
		switch {
		case len(open) == 0 || emergency:
		case d.Text() != "":
			expect(id, open)
		case d.Disposition != agent.Silent:
			fault("turn %d of %s is %s and says nothing", r.Cursor, turn.of.ID, d.Disposition)
		}
		if n := all.notices[id]; n > 1 || n == 0 && len(open) > 0 && d.Disposition == agent.Escalate {
			fault("turn %d of %s: %d escalations, want 1", r.Cursor, turn.of.ID, n)
		}
	}
	for conversation, want := range written {
		if got := settled[conversation]; !slices.Equal(got, want) {
			fault("%s: settled %v, want %v", conversation, got, want)
		}
	}
	for id, replies := range all.replies {
		if !accounted[id] {
			fault("reply %s belongs to no turn: %+v", id, replies)
		}
	}
	return faults
}

func TestLostAndDoubledOutcomesAreFaults(t *testing.T) {
	c := agent.Conversation{Clinic: "sunrise", Channel: agent.Web, ID: "conversation00"}
	says := agent.Decision{Disposition: agent.Answer, Replies: []agent.Reply{{Text: "We are open."}}}
	reply := bus.Outbound{ID: "t" + bus.EventKey(c, "2"), Answers: []string{"a", "b"}}
	whole := func() turns {
		return turns{
			records: []conversationTurn{{c, bus.TurnRecord{Cursor: 2, Events: []string{"a", "b"}, Decision: says}}},
			replies: map[string][]bus.Outbound{reply.ID: {reply}}, notices: map[string]int{},
		}
	}
	written := map[string][]string{c.ID: {"a", "b"}}
	if faults := whole().faults(written); len(faults) > 0 {
		t.Fatalf("a whole outcome has faults: %v", faults)
	}
	for name, spoil := range map[string]func(*turns){
		"no turn":             func(all *turns) { *all = turns{} },
		"no reply":            func(all *turns) { all.replies = nil },
		"a reply twice":       func(all *turns) { all.replies[reply.ID] = append(all.replies[reply.ID], reply) },
		"a reply of no turn":  func(all *turns) { all.replies["t0"] = []bus.Outbound{reply} },
		"an event in two":     func(all *turns) { all.records[0].record.Events = []string{"a", "b", "b"} },
		"another order":       func(all *turns) { all.records[0].record.Events = []string{"b", "a"} },
		"nothing said":        func(all *turns) { all.records[0].record.Decision.Replies = nil; all.replies = nil },
		"no emergency reply":  func(all *turns) { all.records[0].record.OnReceipt = []string{"a", "b"}; all.replies = nil },
		"no escalation":       func(all *turns) { all.records[0].record.Decision.Disposition = agent.Escalate },
		"an escalation twice": func(all *turns) { all.notices[reply.ID] = 2 },
	} {
		all := whole()
		spoil(&all)
		if len(all.faults(written)) == 0 {
			t.Errorf("%s is no fault", name)
		}
	}
}

// waitSettled returns once turn records settle want events.
func waitSettled(t *testing.T, js jetstream.JetStream, want int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	n := 0
	err := readTurns(ctx, js, func(m jetstream.Msg) (bool, error) {
		if _, err := bus.ParseTurn(m.Subject()); err != nil {
			return false, nil
		}
		var record bus.TurnRecord
		if err := json.Unmarshal(m.Data(), &record); err != nil {
			return false, err
		}
		n += len(record.Events)
		return n >= want, nil
	})
	if err != nil {
		t.Fatalf("%d of %d events have an outcome: %v", n, want, err)
	}
}

// allTurns reads everything that is committed.
func allTurns(t *testing.T, js jetstream.JetStream) turns {
	t.Helper()
	all := turns{replies: map[string][]bus.Outbound{}, notices: map[string]int{}}
	err := readTurns(t.Context(), js, func(m jetstream.Msg) (bool, error) {
		meta, err := m.Metadata()
		if err != nil {
			return false, err
		}
		if c, err := bus.ParseTurn(m.Subject()); err == nil {
			var record bus.TurnRecord
			if err := json.Unmarshal(m.Data(), &record); err != nil {
				return false, err
			}
			all.records = append(all.records, conversationTurn{c, record})
		}
		if _, err := bus.ParseReplies(m.Subject()); err == nil {
			out, ok, err := bus.ReplyIn(m.Subject(), m.Data())
			if err != nil {
				return false, err
			}
			if ok {
				all.replies[out.ID] = append(all.replies[out.ID], out)
			}
		}
		if strings.HasPrefix(m.Subject(), "recado.esc.") {
			var escalation bus.Escalation
			if err := json.Unmarshal(m.Data(), &escalation); err != nil {
				return false, err
			}
			all.notices[escalation.ID]++
		}
		return meta.NumPending == 0, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// readTurns calls each with every message of the turn stream, in order, until
// it returns true.
func readTurns(ctx context.Context, js jetstream.JetStream, each func(jetstream.Msg) (done bool, err error)) error {
	consumer, err := js.OrderedConsumer(ctx, bus.StreamTurn, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return err
	}
	messages, err := consumer.Messages()
	if err != nil {
		return err
	}
	defer messages.Stop()
	for {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		if done, err := each(m); done || err != nil {
			return err
		}
	}
}

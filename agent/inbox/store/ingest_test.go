package store

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/inbox"
	"recado/agent/vault"
)

func TestARecordDeliveredTenTimesIsOneRecordInOneCase(t *testing.T) {
	r := setup(t)
	s := r.store(t, func(c *Config) {
		var tries atomic.Int32
		c.steps = func(at step) error { // nine times it is filed and not acknowledged
			if at == stepAck && tries.Add(1) < 10 {
				return errors.New("the acknowledgement is lost")
			}
			return nil
		}
	})
	x := r.index(t, s)
	m := r.message(t, sun, 1, 1, agent.PriorityUrgent)
	for range 10 {
		r.publish(t, m)
	}
	r.ingest(t, s)
	r.settled(t)
	if keys := r.bucketKeys(t, bus.BucketRecord); len(keys) != 1 {
		t.Errorf("records: %v, want one", keys)
	}
	cases := x.List(inbox.Query{Clinics: []string{sun}}).Cases
	if len(cases) != 1 {
		t.Fatalf("%d cases, want one", len(cases))
	}
	if c := cases[0]; len(c.Arrivals) != 1 || c.Unseen != 1 || c.State != inbox.Open || c.Round.Priority != agent.PriorityUrgent ||
		c.Channel != agent.SMS || c.Language != "es" || c.Rules[0] != "gate.clinical" || c.Intents[0] != "symptom" || c.ReplyTo != "sealed-address" {
		t.Errorf("the case is %+v", c)
	}
	// one change of the case, whatever was repeated
	if changes, _, _ := x.Since([]string{sun}, 0); len(changes) != 1 || changes[0].ID != 1 {
		t.Errorf("the case changed: %v", changes)
	}
}

func TestARepeatAfterTheCaseWasResolvedOpensNothing(t *testing.T) {
	r := setup(t)
	late := time.Now
	s := r.store(t, func(c *Config) { c.Now = func() time.Time { return late() } })
	c := r.filed(t, s, 1)
	_, err := s.Resolve(t.Context(), sun, c.ID, inbox.Actor{Person: "ana"}, inbox.Called)
	must(t, err)
	for _, after := range []time.Duration{time.Hour, 100 * time.Hour} {
		late = func() time.Time { return time.Now().Add(after) }
		r.publish(t, r.message(t, sun, 1, 1, agent.PriorityRoutine))
		stop := r.ingest(t, s)
		r.settled(t)
		stop()
		got, err := s.Latest(t.Context(), sun, convID(1))
		must(t, err)
		if got.ID != c.ID || got.State != inbox.Resolved {
			t.Errorf("a repeat %s later: case %s is %s", after, got.ID, got.State)
		}
	}
}

func TestAConversationHasOneCaseAtATime(t *testing.T) {
	r := setup(t)
	later := time.Duration(0)
	s := r.store(t, func(c *Config) { c.Now = func() time.Time { return time.Now().Add(later) } })
	first := r.filed(t, s, 1)
	arrives := func(n int) inbox.Case {
		t.Helper()
		r.publish(t, r.message(t, sun, 1, n, agent.PriorityRoutine))
		stop := r.ingest(t, s)
		r.settled(t)
		stop()
		c, err := s.Latest(t.Context(), sun, convID(1))
		must(t, err)
		return c
	}
	ana := inbox.Actor{Person: "ana"}
	if c := arrives(2); c.ID != first.ID || len(c.Arrivals) != 2 {
		t.Errorf("a second record: %+v", c)
	}
	_, err := s.Resolve(t.Context(), sun, first.ID, ana, inbox.Called)
	must(t, err)
	if c := arrives(3); c.ID != first.ID || c.State != inbox.Open || len(c.Past) != 1 {
		t.Errorf("a record right after it was resolved: %+v", c)
	}
	_, err = s.Resolve(t.Context(), sun, first.ID, ana, inbox.Called)
	must(t, err)
	later = 25 * time.Hour
	second := arrives(4)
	if second.ID == first.ID || len(second.Arrivals) != 1 || second.Arrivals[0].ID != "t00000000000000010000000000000004" {
		t.Errorf("a record the day after: %+v", second)
	}
	if c, err := s.Current(t.Context(), sun, first.ID); err != nil || c.ID != second.ID {
		t.Errorf("the first case leads to %s, %v", c.ID, err)
	}
	if _, err := s.Reopen(t.Context(), sun, first.ID, ana); !errors.Is(err, inbox.ErrSuperseded) {
		t.Errorf("the first case is reopened beside the second: %v", err)
	}
	h, _, err := get[head](t.Context(), s.heads, key(sun, convID(1)))
	if err != nil || h.Case != second.ID {
		t.Errorf("the head is %s, %v", h.Case, err)
	}
}

// mortal runs one console until it is killed at some step: from there on
// nothing that it does reaches NATS, and another one begins.
func (r *rig) mortal(t *testing.T, ctx context.Context, deaths *atomic.Int32) {
	life, die := context.WithCancel(ctx)
	defer die()
	var dead atomic.Bool
	s := r.store(t, func(c *Config) {
		c.steps = func(step) error {
			if deaths.Load() < 60 && rand.IntN(50) == 0 && !dead.Swap(true) {
				deaths.Add(1)
				c.JetStream.Conn().Close()
				die()
			}
			if dead.Load() {
				return killed{errors.New("killed")}
			}
			return nil
		}
	})
	defer s.cfg.JetStream.Conn().Close()
	if err := s.Ingest(life, nil); err != nil && life.Err() == nil {
		t.Error(err)
	}
}

// Two consoles are killed at any step, again and again, and begin anew, while
// the burst goes on.
func TestABurstThroughKillsLosesAndDoublesNothing(t *testing.T) {
	const records, conversations = 1000, 200
	r := setup(t)
	// What the dead hold comes again soon, also while somebody works on it.
	_, err := bus.Provision(t.Context(), r.js, bus.Layout{AckWait: 150 * time.Millisecond})
	must(t, err)
	consoles, cancel := context.WithCancel(t.Context())
	defer cancel()
	var deaths atomic.Int32
	var running sync.WaitGroup
	for range 2 {
		running.Go(func() {
			for consoles.Err() == nil {
				r.mortal(t, consoles, &deaths)
			}
		})
	}
	for i := range records {
		r.publish(t, r.message(t, sun, i%conversations, i, agent.PriorityRoutine))
	}
	r.settled(t)
	cancel()
	running.Wait()
	if deaths.Load() < 30 {
		t.Errorf("only %d deaths", deaths.Load())
	}

	if keys := r.bucketKeys(t, bus.BucketRecord); len(keys) != records {
		t.Errorf("%d records, want %d", len(keys), records)
	}
	x := r.index(t, r.store(t))
	cases := x.List(inbox.Query{Clinics: []string{sun}}).Cases
	if len(cases) != conversations {
		t.Errorf("%d cases, want %d", len(cases), conversations)
	}
	seen := map[string]int{}
	for _, c := range cases {
		if len(c.Arrivals) != records/conversations || c.Unseen != len(c.Arrivals) {
			t.Errorf("case of %s has %d arrivals, %d unseen", c.Conversation, len(c.Arrivals), c.Unseen)
		}
		for _, a := range c.Arrivals {
			seen[a.ID]++
		}
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("record %s is in %d cases", id, n)
		}
	}
	if len(seen) != records {
		t.Errorf("%d records are in cases, want %d", len(seen), records)
	}
}

func TestWhatCannotBeReadIsTold(t *testing.T) {
	r := setup(t)
	s := r.store(t)
	good := r.message(t, sun, 1, 1, agent.PriorityRoutine)
	var e bus.Escalation
	must(t, json.Unmarshal(good.Data, &e))

	elsewhere := e // the envelope of one clinic under another
	elsewhere.Clinic = sunset
	renamed := e // and of one record under another id
	renamed.ID, renamed.Conversation = "t2", convID(2)
	broken := e
	broken.ID, broken.Conversation, broken.CT = "t3", convID(3), append([]byte{1}, e.CT...)
	unsigned := r.message(t, sun, 4, 1, agent.PriorityRoutine)
	stranger, err := vault.NewPrivateKey()
	must(t, err)
	foreign, err := vault.NewSealer(stranger.Public(), r.signing)
	must(t, err)
	lost := e
	lost.ID, lost.Conversation = "t5", convID(5)
	lost.Envelope, err = foreign.Seal(sun, "t5", []byte(canary))
	must(t, err)

	odd := e // what is inside names another record
	odd.ID = "t7"
	inside, err := r.keys.Open.Open(sun, e.ID, e.Envelope)
	must(t, err)
	odd.Envelope, err = r.sealer.Seal(sun, "t7", inside)
	must(t, err)

	data := func(v any) []byte {
		d, err := json.Marshal(v)
		must(t, err)
		return d
	}
	tests := map[string]struct {
		subject      string
		data         []byte
		clinic, conv string
		fault        string
		opens        error
	}{
		"moved to another clinic":       {bus.EscSubject(agent.Conversation{Clinic: sunset, ID: convID(1)}, agent.PriorityUrgent), data(elsewhere), sunset, convID(1), FaultSignature, vault.ErrSignature},
		"moved to another id":           {bus.EscSubject(agent.Conversation{Clinic: sun, ID: convID(2)}, agent.PriorityUrgent), data(renamed), sun, convID(2), FaultSignature, vault.ErrSignature},
		"changed on the way":            {bus.EscSubject(agent.Conversation{Clinic: sun, ID: convID(3)}, agent.PriorityUrgent), data(broken), sun, convID(3), FaultSignature, vault.ErrSignature},
		"of another subject":            {bus.EscSubject(agent.Conversation{Clinic: sun, ID: convID(40)}, agent.PriorityUrgent), unsigned.Data, sun, convID(40), FaultForm, nil},
		"sealed for a key that is lost": {bus.EscSubject(agent.Conversation{Clinic: sun, ID: convID(5)}, agent.PriorityUrgent), data(lost), sun, convID(5), FaultKey, vault.ErrUnknownKey},
		"one thing outside, one inside": {bus.EscSubject(agent.Conversation{Clinic: sun, ID: convID(1)}, agent.PriorityUrgent), data(odd), sun, convID(1), FaultForm, nil},
		"no JSON":                       {bus.DeadSubject(agent.Conversation{Clinic: sun, ID: convID(6)}), []byte(canary), sun, convID(6), FaultForm, nil},
		"on no conversation's subject":  {"recado.esc.lost", []byte(canary), inbox.NoClinic, "", FaultForm, nil},
	}
	for _, test := range tests {
		r.publish(t, bus.Message{Subject: test.subject, Data: test.data})
	}
	r.ingest(t, s)
	r.settled(t)
	x := r.index(t, s)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var found *inbox.Case
			for _, c := range x.List(inbox.Query{Clinics: []string{test.clinic}}).Cases {
				if test.conv == "" || c.Conversation == test.conv {
					found = &c
				}
			}
			if found == nil {
				t.Fatal("staff are told nothing of it")
			}
			a := found.Arrivals[0]
			if a.Fault != test.fault || found.Rules[0] != "fault."+test.fault {
				t.Errorf("fault is %q for %v, want %q", a.Fault, found.Rules, test.fault)
			}
			o, err := s.Unseal(t.Context(), test.clinic, a.ID)
			if test.opens != nil {
				if !errors.Is(err, test.opens) || o.Escalation != nil || o.Raw != nil {
					t.Errorf("opens as %+v, %v", o, err)
				}
			} else if want := test.data; err != nil || string(o.Raw) != string(want) && string(o.Raw) != string(inside) {
				t.Errorf("opens as %q, %v", o.Raw, err)
			}
		})
	}
}

func TestDeadLettersJoinTheEscalationAboutThem(t *testing.T) {
	r := setup(t)
	s := r.store(t)
	esc := r.message(t, sun, 1, 1, agent.PriorityUrgent)
	var e bus.Escalation
	must(t, json.Unmarshal(esc.Data, &e))
	sealed, err := r.sealer.Seal(sun, e.ID, []byte(canary+" raw"))
	must(t, err)
	dead, err := json.Marshal(bus.Dead{Envelope: sealed, ID: e.ID, Clinic: sun, Conversation: convID(1), Reason: bus.ReasonUnreadable, Seq: 7, At: time.Now()})
	must(t, err)
	r.publish(t, bus.Message{Subject: bus.DeadSubject(agent.Conversation{Clinic: sun, ID: convID(1)}), Data: dead}, esc)
	r.ingest(t, s)
	r.settled(t)
	c, err := s.Latest(t.Context(), sun, convID(1))
	must(t, err)
	if len(c.Arrivals) != 2 || c.Unseen != 1 || c.Round.Priority != agent.PriorityUrgent {
		t.Fatalf("the case is %+v", c)
	}
	letter, err := s.Unseal(t.Context(), sun, e.ID+deadSuffix)
	if err != nil || string(letter.Raw) != canary+" raw" || letter.Record.Reason != bus.ReasonUnreadable {
		t.Errorf("the dead letter is %+v, %v", letter, err)
	}
	about, err := s.Unseal(t.Context(), sun, e.ID)
	if err != nil || about.Escalation == nil || about.Escalation.Messages[0].Text != canary {
		t.Errorf("the escalation is %+v, %v", about, err)
	}
}

// At each step of one console another one does the same work, or the work on
// another record of the conversation, from end to end.
func TestTwoConsolesAtOneConversationEndWithOneCase(t *testing.T) {
	for _, at := range []step{stepHead, stepRecord, stepNext, stepCase} {
		for name, number := range map[string]int{"the same record": 1, "another record": 2} {
			t.Run(string(at)+", "+name, func(t *testing.T) {
				r := setup(t)
				later := time.Duration(0)
				now := func() time.Time { return time.Now().Add(later) }
				other := r.store(t, func(c *Config) { c.Now = now })
				old := ""
				if at == stepNext { // there is a case that was resolved long ago
					c := r.filed(t, other, 1)
					_, err := other.Resolve(t.Context(), sun, c.ID, ana, inbox.Called)
					must(t, err)
					later, old = 100*time.Hour, c.ID
				}
				file := func(s *Store, n int) {
					t.Helper()
					m := r.message(t, sun, 1, 10+n, agent.PriorityUrgent)
					rec, news, err := s.read(m.Subject, m.Data, &jetstream.MsgMetadata{Timestamp: now()})
					must(t, err)
					_, err = s.fileRecord(t.Context(), rec, news)
					must(t, err)
				}
				var once sync.Once
				reached := false
				s := r.store(t, func(c *Config) {
					c.Now = now
					c.steps = func(step step) error {
						if step == at {
							once.Do(func() { reached = true; file(other, number) })
						}
						return nil
					}
				})
				file(s, 1)
				if !reached {
					t.Fatal("the step was not reached")
				}
				x := r.index(t, s)
				p := x.List(inbox.Query{Clinics: []string{sun}, States: []inbox.State{inbox.Open}})
				if p.Total != 1 || len(p.Cases[0].Arrivals) != number || p.Cases[0].ID == old {
					t.Errorf("%d open cases, the first with %d arrivals, want one with %d", p.Total, len(p.Cases[0].Arrivals), number)
				}
				if latest, err := s.Latest(t.Context(), sun, convID(1)); err != nil || latest.ID != p.Cases[0].ID {
					t.Errorf("the latest case is %s, %v", latest.ID, err)
				}
			})
		}
	}
}

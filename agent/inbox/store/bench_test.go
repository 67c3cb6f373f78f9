package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/bus/embedded"
	"recado/agent/inbox"
)

// open is how many cases wait while times are taken.
const open = 10_000

// crowded is a console before 10,000 open cases, on a server that has every
// write on disk before it answers.
func crowded(b *testing.B) (*Store, *Index, []inbox.Case) {
	b.Helper()
	server, err := embedded.Start(embedded.Config{Dir: b.TempDir(), Key: "encrypted as in production"})
	must(b, err)
	b.Cleanup(server.Stop)
	r := &rig{server: server}
	r.js = r.connect(b)
	_, err = bus.Provision(b.Context(), r.js, bus.Layout{})
	must(b, err)
	s := r.store(b)
	priorities := []agent.Priority{agent.PriorityEmergency, agent.PriorityUrgent, agent.PriorityRoutine, agent.PriorityRequest}
	cases := make([]inbox.Case, open)
	now := time.Now().UTC()
	var writing sync.WaitGroup
	for part := range 64 { // writes that wait together share a sync
		writing.Go(func() {
			for i := part; i < open; i += 64 {
				n := inbox.News{
					Arrival: inbox.Arrival{ID: fmt.Sprintf("t%032d", i), Kind: inbox.Escalation, Priority: priorities[i%4], At: now.Add(-time.Duration(i) * time.Minute)},
					Clinic:  sun, Conversation: convID(i), Channel: agent.WhatsApp, Language: "es", ReplyTo: string(make([]byte, 160)),
					Rules: []string{"symptom.i_have", "gate.clinical"}, Intents: []string{"symptom", "booking"},
				}
				c := inbox.New(NewEntryID(), n, s.cfg.Policy(sun), now)
				for range 3 { // a conversation goes on
					n.ID += "+"
					c, _ = c.Receive(n, s.cfg.Policy(sun), now)
				}
				cases[i] = c
				if _, err := put(b.Context(), s.cases, key(sun, c.ID), c, 0); err != nil {
					b.Error(err)
				}
			}
		})
	}
	writing.Wait()
	x, err := s.Index(context.WithoutCancel(b.Context()))
	must(b, err)
	b.Cleanup(x.Close)
	return s, x, cases
}

// report tells the 95th percentile, which may not be above limit.
func report(b *testing.B, took []time.Duration, limit time.Duration) {
	b.Helper()
	slices.Sort(took)
	at := func(q float64) time.Duration { return took[min(int(q*float64(len(took))), len(took)-1)] }
	b.ReportMetric(float64(at(0.5).Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(at(0.95).Microseconds())/1000, "p95-ms")
	if at(0.95) > limit {
		b.Errorf("the 95th percentile is %s, over %s", at(0.95), limit)
	}
}

// BenchmarkListAmong10000 takes the first page of the whole queue, as JSON.
func BenchmarkListAmong10000(b *testing.B) {
	_, x, _ := crowded(b)
	q := inbox.Query{Clinics: []string{sun}, States: []inbox.State{inbox.Open, inbox.Claimed}, Limit: 100}
	var took []time.Duration
	for b.Loop() {
		begun := time.Now()
		p := x.List(q)
		if _, err := json.Marshal(p.Cases); err != nil || p.Total != open || len(p.Cases) != 100 {
			b.Fatalf("%d of %d cases, %v", len(p.Cases), p.Total, err)
		}
		took = append(took, time.Since(begun))
	}
	report(b, took, 200*time.Millisecond)
}

// BenchmarkClaimAmong10000 claims one case after the other, until workers and
// gateways can see it.
func BenchmarkClaimAmong10000(b *testing.B) {
	s, _, cases := crowded(b)
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		c := cases[i%open]
		begun := time.Now()
		_, err := s.Claim(b.Context(), sun, c.ID, inbox.Actor{Person: fmt.Sprint("person-", i/open), Force: true})
		took = append(took, time.Since(begun))
		must(b, err)
	}
	report(b, took, 50*time.Millisecond)
}

// BenchmarkChangesAmong10000 is what an open page costs at each change.
func BenchmarkChangesAmong10000(b *testing.B) {
	_, x, _ := crowded(b)
	last := x.Revision()
	var took []time.Duration
	for b.Loop() {
		begun := time.Now()
		if changes, _, known := x.Since([]string{sun}, last-1); len(changes) != 1 || !known {
			b.Fatalf("%d changes", len(changes))
		}
		took = append(took, time.Since(begun))
	}
	report(b, took, 10*time.Millisecond)
}

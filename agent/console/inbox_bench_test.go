package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/staff"
	"recado/agent/staff/stafftest"
)

// crowd is how many cases are open while times are taken.
const crowd = 10_000

// crowded is a desk before a crowd.
func crowded(b *testing.B) (*desk, *hand, []inbox.Case) {
	b.Helper()
	d := newDesk(b)
	ana := d.person(b, "Ana Ruiz", staff.Staff)
	kv, err := d.JS.KeyValue(b.Context(), bus.BucketCase)
	stafftest.Must(b, err)
	cases := make([]inbox.Case, crowd)
	now := time.Now().UTC()
	policy := inbox.NewPolicy(nil)
	var writing sync.WaitGroup
	for part := range 64 {
		writing.Go(func() {
			for i := part; i < crowd; i += 64 {
				n := inbox.News{
					Arrival: inbox.Arrival{ID: fmt.Sprintf("t%032d", i), Kind: inbox.Escalation, Priority: filterPriorities[i%4], At: now.Add(-time.Duration(i) * time.Minute)},
					Clinic:  deskClinic, Conversation: deskConversation(i), Channel: agent.WhatsApp, Language: "es", ReplyTo: string(make([]byte, 160)),
					Rules: []string{"symptom.i_have", "gate.clinical"}, Intents: []string{"symptom", "booking"},
				}
				c := inbox.New(store.NewEntryID(), n, policy, now)
				for range 3 {
					n.ID += "+"
					c, _ = c.Receive(n, policy, now)
				}
				cases[i] = c
				data, err := json.Marshal(c)
				if err == nil {
					_, err = kv.Put(b.Context(), deskClinic+"."+c.ID, data)
				}
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	writing.Wait()
	deskUntil(b, "the index has all", func() bool {
		return d.index.Count(inbox.Query{Clinics: []string{deskClinic}}) == crowd
	})
	return d, ana, cases
}

// percentiles reports how long requests took; the 95th percentile may not be
// above limit.
func percentiles(b *testing.B, took []time.Duration, limit time.Duration) {
	b.Helper()
	slices.Sort(took)
	at := func(q float64) time.Duration { return took[min(int(q*float64(len(took))), len(took)-1)] }
	b.ReportMetric(float64(at(0.5).Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(at(0.95).Microseconds())/1000, "p95-ms")
	if at(0.95) > limit {
		b.Errorf("the 95th percentile is %s, over %s", at(0.95), limit)
	}
}

func timed(b *testing.B, limit time.Duration, request func(i int) answer, want int) {
	b.Helper()
	request(0) // templates and connections are warm in a console that runs
	var took []time.Duration
	for i := 1; b.Loop(); i++ {
		begun := time.Now()
		a := request(i)
		took = append(took, time.Since(begun))
		if a.Status != want {
			b.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	percentiles(b, took, limit)
}

// BenchmarkQueuePageAmong10000 is the page of the queue over HTTP, with its
// session looked up.
func BenchmarkQueuePageAmong10000(b *testing.B) {
	_, ana, _ := crowded(b)
	timed(b, 200*time.Millisecond, func(int) answer { return ana.get("/staff/" + deskClinic) }, http.StatusOK)
}

// BenchmarkFilteredPageAmong10000 is a page far down a filtered list.
func BenchmarkFilteredPageAmong10000(b *testing.B) {
	_, ana, _ := crowded(b)
	timed(b, 200*time.Millisecond, func(int) answer {
		return ana.get("/staff/" + deskClinic + "?priority=routine&reason=symptom&late=1&page=30")
	}, http.StatusOK)
}

// BenchmarkCasePageAmong10000 is the page of a case.
func BenchmarkCasePageAmong10000(b *testing.B) {
	_, ana, cases := crowded(b)
	timed(b, 200*time.Millisecond, func(i int) answer { return ana.get(casePath(deskClinic, cases[i%crowd].ID)) }, http.StatusOK)
}

// BenchmarkClaimPageAmong10000 claims over HTTP: in the audit, then atomically,
// then seen by workers and gateways.
func BenchmarkClaimPageAmong10000(b *testing.B) {
	_, ana, cases := crowded(b)
	timed(b, 50*time.Millisecond, func(i int) answer {
		return ana.do("POST", casePath(deskClinic, cases[i%crowd].ID)+"/claim", form(), "application/json")
	}, http.StatusOK)
}

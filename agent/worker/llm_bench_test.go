package worker_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/bus/embedded"
	"recado/agent/clinic"
	"recado/agent/llm"
	"recado/agent/session"
	"recado/agent/session/redistest"
	"recado/agent/vault"
	"recado/agent/worker"
)

// BenchmarkAModelOf800ms lets a worker with as many slots as the model's quota
// answer a stream of messages that each need the model, near its capacity,
// while emergencies arrive. It reports
//
//	emergency-*-ms   from publishing an emergency to its reply in the stream
//	added-*-µs       what Recado adds to a call: Understand less the server's own time
//	in-flight        calls that the model held at once, at most
//	turns/s          turns answered with the model's part
//
// Run it with: go test -run NONE -bench AModelOf800ms -benchtime 1x ./agent/worker
func BenchmarkAModelOf800ms(b *testing.B) {
	for _, slots := range []int{64, 256} {
		b.Run(fmt.Sprintf("slots=%d", slots), func(b *testing.B) {
			r := newModelRig(b, slots)
			r.load(b, 2*slots) // connections are open and caches filled
			r.forget()
			for b.Loop() {
				r.load(b, 6*slots)
			}
			r.report(b)
		})
	}
}

const modelLatency = 800 * time.Millisecond

// modelRig is a worker between a real NATS server, a real Redis and a
// stand-in for a model.
type modelRig struct {
	js      jetstream.JetStream
	clinic  *clinic.Profile
	slots   int
	serial  int
	replies sync.Map // event id -> chan time.Time

	inFlight, mostInFlight atomic.Int64
	mu                     sync.Mutex
	added, emergencies     []time.Duration
	answered               int
	took                   time.Duration
}

func newModelRig(b *testing.B, slots int) *modelRig {
	b.Helper()
	ctx := b.Context()
	r := &modelRig{clinic: clinic.Sample(), slots: slots}
	server, err := embedded.Start(embedded.Config{Dir: inMemory(b), Key: "a key for tests only", NoSync: true})
	fatal(b, err)
	b.Cleanup(server.Stop)
	nc, err := server.Connect(bus.RoleWorker)
	fatal(b, err)
	b.Cleanup(nc.Close)
	r.js, err = jetstream.New(nc)
	fatal(b, err)
	_, err = bus.Provision(ctx, r.js, bus.Layout{})
	fatal(b, err)
	events, err := bus.Open(ctx, nc)
	fatal(b, err)
	client := redis.NewClient(session.Options(redistest.Start(b).Addr))
	b.Cleanup(func() { client.Close() })
	box, err := vault.ParseBox(vault.NewBoxKey())
	fatal(b, err)
	private, err := vault.NewPrivateKey()
	fatal(b, err)
	signing, err := vault.NewSigningKey()
	fatal(b, err)
	sealer, err := vault.NewSealer(private.Public(), signing)
	fatal(b, err)
	one := oneClinic{r.clinic, sealer}
	w, err := worker.New(worker.Config{
		Bus: events, Store: session.NewRedis(client, box, 0), Decider: r.decider(b), Profiles: one, Sealers: one, Operator: sealer, Slots: slots,
	})
	fatal(b, err)
	r.watch(b)
	fatal(b, w.Start(ctx))
	b.Cleanup(func() { _ = w.Stop(context.WithoutCancel(ctx)) }) // the benchmark is over either way
	return r
}

// inMemory is a directory in memory where the system has one: a busy disk
// would be what is measured.
func inMemory(b *testing.B) string {
	b.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "recado-bench-")
	if err != nil {
		return b.TempDir()
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// decider asks the stand-in about every message that no detector speaks
// against.
func (r *modelRig) decider(b *testing.B) *agent.Agent {
	b.Helper()
	local, err := agent.New()
	fatal(b, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		began := time.Now()
		n := r.inFlight.Add(1)
		defer r.inFlight.Add(-1)
		for most := r.mostInFlight.Load(); n > most && !r.mostInFlight.CompareAndSwap(most, n); most = r.mostInFlight.Load() {
		}
		if _, err := io.Copy(io.Discard, q.Body); err != nil {
			return // the caller is gone
		}
		thinking := time.NewTimer(modelLatency)
		defer thinking.Stop()
		select {
		case <-thinking.C:
		case <-q.Context().Done():
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set(tookHeader, strconv.FormatInt(time.Since(began).Microseconds(), 10))
		_, _ = io.WriteString(w, thought) // a caller that is gone needs no answer
	}))
	b.Cleanup(server.Close)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 0, r.slots
	client, err := llm.New(llm.Config{Model: "stand-in", BaseURL: server.URL + "/v1", Intents: local.Intents(), MaxConcurrent: r.slots, Transport: served{transport}})
	fatal(b, err)
	thresholds := local.Thresholds()
	thresholds.AnswerSafe = 1.1
	return local.With(agent.WithThresholds(thresholds), agent.WithLLM(measured{client, r}))
}

// tookHeader carries the server's own time to the client, in microseconds.
const tookHeader = "X-Took-Micros"

// thought is what the model says to every message.
const thought = `{"choices":[{"finish_reason":"stop","message":{"role":"assistant","content":"{\"language\":\"en\",\"evidence\":[],\"risk\":\"none\",\"intents\":[{\"name\":\"hours\",\"confidence\":0.97}]}"}}],` +
	`"usage":{"prompt_tokens":5250,"completion_tokens":24,"total_tokens":5274,"prompt_tokens_details":{"cached_tokens":4864}}}`

type serverTime struct{}

// served keeps what the server says that it took.
type served struct{ http.RoundTripper }

func (s served) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := s.RoundTripper.RoundTrip(r)
	if took, ok := r.Context().Value(serverTime{}).(*time.Duration); ok && err == nil {
		if micros, err := strconv.ParseInt(res.Header.Get(tookHeader), 10, 64); err == nil {
			*took = time.Duration(micros) * time.Microsecond
		}
	}
	return res, err
}

// measured counts what its client adds to a call.
type measured struct {
	*llm.Client
	rig *modelRig
}

func (m measured) Understand(ctx context.Context, q agent.Query) (agent.Understanding, error) {
	var server time.Duration
	began := time.Now()
	u, err := m.Client.Understand(context.WithValue(ctx, serverTime{}, &server), q)
	added := time.Since(began) - server
	if err == nil && server > 0 {
		m.rig.mu.Lock()
		m.rig.added = append(m.rig.added, added)
		m.rig.mu.Unlock()
	}
	return u, err
}

// watch tells when each event's reply is in the stream.
func (r *modelRig) watch(b *testing.B) {
	b.Helper()
	consumer, err := r.js.OrderedConsumer(b.Context(), bus.StreamTurn, jetstream.OrderedConsumerConfig{FilterSubjects: bus.AllReplies()})
	fatal(b, err)
	running, err := consumer.Consume(func(m jetstream.Msg) {
		now := time.Now()
		out, ok, err := bus.ReplyIn(m.Subject(), m.Data())
		if err != nil || !ok {
			return
		}
		for _, id := range out.Answers {
			if waiting, ok := r.replies.LoadAndDelete(id); ok {
				waiting.(chan time.Time) <- now
			}
		}
	})
	fatal(b, err)
	b.Cleanup(running.Stop)
}

// emergencyEvery is how often one arrives.
const emergencyEvery = 20 * time.Millisecond

// load publishes messages at nine tenths of what the slots can answer, with
// emergencies between them, and waits for all replies.
func (r *modelRig) load(b *testing.B, messages int) {
	b.Helper()
	began := time.Now()
	var waits sync.WaitGroup
	every := time.Duration(float64(modelLatency) / float64(r.slots) / 0.9)
	tick, emergency := time.NewTicker(every), time.NewTicker(emergencyEvery)
	defer tick.Stop()
	defer emergency.Stop()
	for sent := 0; sent < messages; {
		select {
		case <-tick.C:
			sent++
			r.send(b, &waits, "what time do you close tomorrow?", nil)
		case <-emergency.C:
			r.send(b, &waits, "my dad has crushing chest pain", &r.emergencies)
		}
	}
	waits.Wait()
	r.answered += messages
	r.took += time.Since(began)
}

// send publishes a message in a conversation of its own. The time until its
// reply goes into took, if there is one.
func (r *modelRig) send(b *testing.B, waits *sync.WaitGroup, text string, took *[]time.Duration) {
	r.serial++
	e := agent.Event{
		V: agent.Version, ID: "m" + strconv.Itoa(r.serial), Clinic: r.clinic.ID, Channel: agent.SMS, Conversation: fmt.Sprintf("%032d", r.serial),
		At: time.Now(), Kind: agent.KindText, Text: text, ReplyTo: "sealed-address",
	}
	reply := make(chan time.Time, 1)
	r.replies.Store(e.ID, reply)
	waits.Go(func() {
		began := time.Now()
		if _, err := bus.PublishEvent(b.Context(), r.js, e); err != nil {
			b.Errorf("publish: %v", err)
			return
		}
		select {
		case at := <-reply:
			if took != nil {
				r.mu.Lock()
				*took = append(*took, at.Sub(began))
				r.mu.Unlock()
			}
		case <-time.After(20 * time.Second):
			b.Errorf("no reply within a minute to %q", text)
		}
	})
}

// forget begins to measure anew.
func (r *modelRig) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.added, r.emergencies, r.answered, r.took = nil, nil, 0, 0
	r.mostInFlight.Store(0)
}

func (r *modelRig) report(b *testing.B) {
	b.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.added) < r.answered {
		b.Errorf("the model was asked about %d of %d messages", len(r.added), r.answered)
	}
	for _, m := range []struct {
		name string
		all  []time.Duration
		unit time.Duration
	}{{"emergency-%s-ms", r.emergencies, time.Millisecond}, {"added-%s-µs", r.added, time.Microsecond}} {
		sort.Slice(m.all, func(i, j int) bool { return m.all[i] < m.all[j] })
		for _, p := range []struct {
			name string
			at   int
		}{{"p50", len(m.all) / 2}, {"p99", len(m.all) * 99 / 100}, {"max", len(m.all) - 1}} {
			b.ReportMetric(float64(m.all[p.at])/float64(m.unit), strings.Replace(m.name, "%s", p.name, 1))
		}
	}
	b.ReportMetric(float64(r.mostInFlight.Load()), "in-flight")
	b.ReportMetric(float64(len(r.emergencies)), "emergencies")
	b.ReportMetric(float64(r.answered)/r.took.Seconds(), "turns/s")
	b.ReportMetric(0, "ns/op") // the time of the load says nothing
}

// oneClinic is the only clinic that there is, with the key of its staff.
type oneClinic struct {
	profile *clinic.Profile
	sealer  *vault.Sealer
}

func (c oneClinic) Profile(string) (*clinic.Profile, error)       { return c.profile, nil }
func (c oneClinic) Sealer(string) (sealer *vault.Sealer, ok bool) { return c.sealer, true }

func fatal(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

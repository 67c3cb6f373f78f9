package quota_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"recado/agent"
	"recado/agent/llm"
	"recado/agent/llm/quota"
	"recado/agent/llm/standin"
	"recado/agent/session"
	"recado/agent/session/redistest"
	"recado/intents"
)

var closed = []intents.Intent{{Name: "hours", Kind: "factual"}}

// vendor counts what reaches it.
type vendor struct {
	in   *standin.StandIn
	mu   sync.Mutex
	at   []time.Time
	now  int
	most int
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	v.at = append(v.at, time.Now())
	v.now++
	v.most = max(v.most, v.now)
	v.mu.Unlock()
	v.in.ServeHTTP(w, r)
	v.mu.Lock()
	v.now--
	v.mu.Unlock()
}

// busiest is the most requests that came in within a window.
func (v *vendor) busiest(window time.Duration) int {
	slices.SortFunc(v.at, time.Time.Compare)
	most, first := 0, 0
	for i, at := range v.at {
		for at.Sub(v.at[first]) >= window {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

func connect(t *testing.T, addr string) *redis.Client {
	client := redis.NewClient(session.Options(addr))
	t.Cleanup(func() { client.Close() })
	return client
}

// flood lets workers, each with a quota of its own, ask as much as they may
// for a while.
func flood(t *testing.T, v *vendor, workers int, limits llm.Limits, window, during time.Duration) {
	t.Helper()
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	addr := redistest.Start(t).Addr
	ctx, cancel := context.WithTimeout(t.Context(), during)
	defer cancel()
	var asking sync.WaitGroup
	for range workers {
		q, err := quota.New(quota.Config{Client: connect(t, addr), Limits: limits, Window: window, Patience: 2 * time.Second})
		must(t, err)
		client, err := llm.New(llm.Config{
			Model: "gpt-4o-mini", BaseURL: server.URL + "/v1", Policy: llm.Covered, Intents: closed,
			Shared: limits, Quota: q, ConversationCalls: -1, TurnTimeout: during, MaxAttempts: 1,
		})
		must(t, err)
		for range 8 {
			asking.Go(func() {
				for ctx.Err() == nil {
					_, _ = client.Understand(ctx, agent.Query{Text: "when are you open", Language: "en"})
				}
			})
		}
	}
	asking.Wait()
}

func TestFourWorkersTogetherKeepToTheRequestsOfAMinuteAndUseThem(t *testing.T) {
	t.Parallel()
	const limit, window, windows = 200, 4 * time.Second, 2
	const late = 200 * time.Millisecond // by which a request may come later than it was sent, where the machine is busy
	v := &vendor{in: standin.New(standin.Config{Kind: standin.NoRisk, Intents: closed, Forget: true})}
	flood(t, v, 4, llm.Limits{RequestsPerMinute: limit}, window, windows*window)
	if got := v.busiest(window - late); got > limit {
		t.Errorf("%d requests came within one window, the limit is %d", got, limit)
	}
	if got := len(v.at); got < windows*limit*9/10 {
		t.Errorf("%d requests in %d windows of %d each: more than a tenth is not used", got, windows, limit)
	}
}

func TestFourWorkersTogetherKeepToTheRequestsInFlightAndUseThem(t *testing.T) {
	t.Parallel()
	const limit, latency, during = 12, 150 * time.Millisecond, 3 * time.Second
	v := &vendor{in: standin.New(standin.Config{Kind: standin.NoRisk, Intents: closed, Forget: true, Latency: latency})}
	flood(t, v, 4, llm.Limits{Concurrent: limit}, 0, during)
	if v.most > limit {
		t.Errorf("%d requests were in flight, the limit is %d", v.most, limit)
	}
	// Even on a busy machine half of the time is enough to tell it from one
	// worker's share.
	if got, all := len(v.at), int(during/latency)*limit; v.most < limit || got < all/2 {
		t.Errorf("%d requests with at most %d in flight; without a pause between them there were %d", got, v.most, all)
	}
}

func TestTokensAreSharedAndWhatWasNotUsedComesBack(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	limits := llm.Limits{TokensPerMinute: 1000}
	one, err := quota.New(quota.Config{Client: connect(t, server.Addr()), Limits: limits})
	must(t, err)
	two, err := quota.New(quota.Config{Client: connect(t, server.Addr()), Limits: limits})
	must(t, err)
	short, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	done, err := one.Take(short, "vendor", 500)
	must(t, err)
	if _, err := two.Take(short, "vendor", 500); err == nil {
		t.Error("a thousand tokens went within a second of a minute's thousand")
	}
	if _, err := two.Take(short, "another", 500); err != nil {
		t.Errorf("another endpoint has limits of its own: %v", err)
	}
	done(0)
	if _, err := two.Take(short, "vendor", 500); err != nil {
		t.Errorf("after all of it came back: %v", err)
	}
}

func TestARefusalRestsAllWorkers(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	limits := llm.Limits{RequestsPerMinute: 6000}
	one, err := quota.New(quota.Config{Client: connect(t, server.Addr()), Limits: limits})
	must(t, err)
	two, err := quota.New(quota.Config{Client: connect(t, server.Addr()), Limits: limits})
	must(t, err)
	v := &vendor{in: standin.New(standin.Config{Kind: standin.RateLimited, RetryAfter: "7", Intents: closed})}
	api := httptest.NewServer(v)
	t.Cleanup(api.Close)
	client, err := llm.New(llm.Config{
		Model: "gpt-4o-mini", BaseURL: api.URL + "/v1", Policy: llm.Covered, Intents: closed, Quota: one, MaxAttempts: 1, TurnTimeout: time.Second,
	})
	must(t, err)
	_, _ = client.Understand(t.Context(), agent.Query{Text: "when are you open", Language: "en"})
	if len(v.at) != 1 {
		t.Fatalf("%d requests, want one that is refused", len(v.at))
	}
	short, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	name := api.Listener.Addr().String()
	if _, err := two.Take(short, name, 1); err == nil {
		t.Error("another worker asks an endpoint that wants to be left alone")
	}
	server.FastForward(8 * time.Second)
	if _, err := two.Take(short, name, 1); err != nil {
		t.Errorf("after the time was up: %v", err)
	}
}

func TestADeadWorkersRequestsInFlightAreGivenUp(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	server.SetTime(time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC))
	q, err := quota.New(quota.Config{Client: connect(t, server.Addr()), Limits: llm.Limits{Concurrent: 1}, Life: 20 * time.Second})
	must(t, err)
	_, err = q.Take(t.Context(), "vendor", 1) // and is never heard of again
	must(t, err)
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := q.Take(short, "vendor", 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second one in flight: %v", err)
	}
	server.SetTime(time.Date(2030, 1, 1, 12, 0, 21, 0, time.UTC))
	if _, err := q.Take(t.Context(), "vendor", 1); err != nil {
		t.Errorf("after its time: %v", err)
	}
}

func TestWithoutRedisEachWorkerKeepsToItsShare(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	limits := llm.Limits{Concurrent: 8}
	var workers []*quota.Redis
	for range 2 { // they see each other, then Redis is gone
		q, err := quota.New(quota.Config{Client: connect(t, server.Addr()), Limits: limits})
		must(t, err)
		workers = append(workers, q)
	}
	for range 2 {
		for _, q := range workers {
			done, err := q.Take(t.Context(), "vendor", 1)
			must(t, err)
			done(1)
		}
	}
	server.Close()
	for i, q := range workers {
		for n := range 4 {
			if _, err := q.Take(t.Context(), "vendor", 1); err != nil {
				t.Fatalf("worker %d may not ask for the %dth time without Redis: %v", i, n+1, err)
			}
		}
		short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if _, err := q.Take(short, "vendor", 1); err == nil {
			t.Errorf("worker %d takes more than half without Redis", i)
		}
		cancel()
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

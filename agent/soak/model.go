package soak

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"recado/agent/llm/standin"
	"recado/agent/soak/fault"
	"recado/intents"
)

// model is the language model's stand-in, whose temper can be changed.
type model struct {
	server *httptest.Server

	mu    sync.Mutex
	now   []*standin.StandIn // they take turns
	asked int
	kinds map[fault.Kind][]*standin.StandIn
	well  []*standin.StandIn
}

func newModel(all []intents.Intent, seed uint64) *model {
	of := func(latency time.Duration, kinds ...standin.Kind) []*standin.StandIn {
		var made []*standin.StandIn
		for _, k := range kinds {
			made = append(made, standin.New(standin.Config{Kind: k, Intents: all, Seed: seed, Latency: latency, Forget: true}))
		}
		return made
	}
	m := &model{
		well: append(of(250*time.Millisecond, standin.NoRisk, standin.Plausible), of(900*time.Millisecond, standin.NoRisk)...),
		kinds: map[fault.Kind][]*standin.StandIn{
			fault.LLMSlow:    of(30*time.Second, standin.NoRisk),
			fault.LLMRate:    of(0, standin.RateLimited),
			fault.LLMError:   of(0, standin.ServerError, standin.Disconnect),
			fault.LLMGarbage: of(100*time.Millisecond, standin.Malformed, standin.Truncated, standin.Obeys, standin.Huge, standin.Wrong, standin.Random, standin.Refusal),
		},
	}
	m.kinds[fault.Dark] = m.kinds[fault.LLMError]
	m.now = m.well
	m.server = httptest.NewServer(m)
	return m
}

// ServeHTTP answers as the temper of now says.
func (m *model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	s := m.now[m.asked%len(m.now)]
	m.asked++
	m.mu.Unlock()
	s.ServeHTTP(w, r)
}

// fail changes the temper until heal.
func (m *model) fail(k fault.Kind) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.kinds[k]
}

func (m *model) heal() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.well
}

func (m *model) close() {
	m.server.CloseClientConnections()
	m.server.Close()
}

package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/bus/embedded"
	"recado/agent/clinic"
	"recado/agent/llm/standin"
	"recado/agent/session"
	"recado/agent/session/redistest"
)

// redisAddress is a real redis-server where one is installed, else the
// embedded one, with a clock that runs.
func redisAddress(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err == nil || os.Getenv(redistest.Require) == "1" {
		return redistest.Start(t).Addr
	}
	server := miniredis.RunT(t)
	const tick = 20 * time.Millisecond
	ticker, done := time.NewTicker(tick), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-t.Context().Done():
				return
			case <-ticker.C:
				server.FastForward(tick)
			}
		}
	}()
	t.Cleanup(func() { <-done; ticker.Stop() })
	return server.Addr()
}

// slowModel is a language model that takes its time, and that can be told to
// never answer one worker, which it knows by its API key.
type slowModel struct {
	answers *standin.StandIn
	mu      sync.Mutex
	victim  string
	held    chan struct{} // closed when the victim waits for an answer
}

// hold lets worker wait for its next answer for ever. The channel is closed
// once it does: then it is in the middle of a turn.
func (m *slowModel) hold(worker string) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.victim, m.held = worker, make(chan struct{})
	return m.held
}

func (m *slowModel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body) // else the server does not see the client die
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	m.mu.Lock()
	mine := m.victim != "" && r.Header.Get("Authorization") == "Bearer "+m.victim
	if mine {
		select {
		case <-m.held:
		default:
			close(m.held)
		}
	}
	m.mu.Unlock()
	var thinking <-chan time.Time // never, for the victim
	if !mine {
		thinking = time.After(100 * time.Millisecond)
	}
	select {
	case <-thinking:
		m.answers.ServeHTTP(w, r)
	case <-r.Context().Done():
	}
}

// fleet is the workers of a test, each a process.
type fleet struct {
	binary  string
	env     []string
	profile string
	started int
}

type workerProcess struct {
	name string
	cmd  *exec.Cmd
}

func (f *fleet) start(t *testing.T) workerProcess {
	t.Helper()
	f.started++
	name := fmt.Sprintf("worker-%d", f.started)
	cmd := exec.Command(f.binary, "worker", "--clinic", f.profile)
	cmd.Env, cmd.Stderr = append(slices.Clone(f.env), "OPENAI_API_KEY="+name), os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return workerProcess{name, cmd}
}

func TestAWorkerKilledInTheMiddleLosesAndDoublesNothing(t *testing.T) {
	binary := buildRecado(t)
	server, err := embedded.Start(embedded.Config{Dir: memoryDir(t), NoSync: true, Listen: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	nc, err := server.Connect(bus.RoleProvision)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bus.Provision(t.Context(), js, bus.Layout{AckWait: 2 * time.Second}); err != nil {
		t.Fatal(err)
	}
	keys, err := newDevKeys()
	if err != nil {
		t.Fatal(err)
	}
	model := &slowModel{answers: standin.New(standin.Config{Kind: standin.NoRisk})}
	endpoint := httptest.NewServer(model)
	t.Cleanup(endpoint.Close)
	profile := filepath.Join(t.TempDir(), "clinic.yaml")
	if err := os.WriteFile(profile, clinic.SampleYAML(), 0o600); err != nil {
		t.Fatal(err)
	}
	store := redisAddress(t)
	client := redis.NewClient(session.Options(store))
	t.Cleanup(func() { client.Close() })
	f := &fleet{binary: binary, profile: profile, env: append(os.Environ(),
		"RECADO_NATS_URL="+server.URL(), "RECADO_REDIS_ADDRESS="+store, "RECADO_LEASE_TTL=1s",
		"RECADO_SEAL_PUBLIC_KEY="+keys.Public, "RECADO_SEAL_SIGNING_KEY="+keys.Signing, "RECADO_SESSION_KEY="+keys.Session,
		"RECADO_LLM_MODEL=standin", "OPENAI_BASE_URL="+endpoint.URL+"/v1", "RECADO_LLM_POLICY=masked",
	)}
	workers := []workerProcess{f.start(t), f.start(t)}

	const conversations, perConversation, kills = 24, 8, 3
	sure := []string{"are you open today?", "¿aceptan Medicaid?", "me duele la panza", "my dad has chest pain", "gracias", "can I talk to a person"}
	unsure := unsureTexts(t, 6) // the model is asked
	random := rand.New(rand.NewPCG(7, uint64(time.Now().UnixNano())))
	written := map[string][]string{} // event ids by conversation
	total, id := 0, clinic.Sample().ID
	publish := func(texts []string) {
		t.Helper()
		event := agent.Event{
			V: agent.Version, ID: fmt.Sprintf("e%04d", total), Clinic: id, Channel: agent.Web,
			Conversation: fmt.Sprintf("conversation%02d", total%conversations), At: time.Now(), Kind: agent.KindText, Text: texts[random.IntN(len(texts))],
		}
		if _, err := bus.PublishEvent(t.Context(), js, event); err != nil {
			t.Fatal(err)
		}
		written[event.Conversation] = append(written[event.Conversation], event.ID)
		total++
	}
	either := slices.Concat(sure, unsure)
	// Nothing is written after the last kill: no later event of a conversation
	// can take along what was lost.
	for k := range kills {
		for range conversations * perConversation / kills {
			publish(either)
		}
		victim := k % len(workers)
		publishUntil(t, model.hold(workers[victim].name), func() { publish(unsure) })
		leases, err := client.Keys(t.Context(), "recado:{*}:lease").Result()
		if err != nil || len(leases) == 0 {
			t.Errorf("kill %d: nobody holds a lease (%v): it is in the middle of nothing", k, err)
		}
		workers[victim].cmd.Process.Kill() // SIGKILL
		workers[victim].cmd.Wait()
		workers[victim] = f.start(t)
	}
	waitSettled(t, js, total)
	for _, fault := range allTurns(t, js).faults(written) {
		t.Error(fault)
	}
}

// publishUntil publishes event after event until done is closed.
func publishUntil(t *testing.T, done <-chan struct{}, publish func()) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for {
		publish()
		select {
		case <-done:
			return
		case <-tick.C:
		case <-late:
			t.Fatal("the worker never asks the model: choose messages that the rules are unsure of")
		}
	}
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/bus/embedded"
	"recado/agent/clinic"
	"recado/agent/session/redistest"
)

// buildRecado returns the path of the command, built for this test.
func buildRecado(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "recado")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("build recado: %v\n%s", err, out)
	}
	return path
}

// redisAddress is a real redis-server where one is installed, else the
// embedded one.
func redisAddress(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil && os.Getenv(redistest.Require) != "1" {
		server := miniredis.RunT(t)
		return server.Addr()
	}
	return redistest.Start(t).Addr
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
	env := append(os.Environ(),
		"RECADO_NATS_URL="+server.URL(), "RECADO_REDIS_ADDRESS="+redisAddress(t), "RECADO_LEASE_TTL=1s",
		"RECADO_SEAL_PUBLIC_KEY="+keys.Public, "RECADO_SEAL_SIGNING_KEY="+keys.Signing, "RECADO_SESSION_KEY="+keys.Session,
	)
	startWorker := func() *exec.Cmd {
		cmd := exec.Command(binary, "worker")
		cmd.Env, cmd.Stderr = env, os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
		return cmd
	}
	workers := []*exec.Cmd{startWorker(), startWorker()}

	const conversations, perConversation, kills = 24, 8, 3
	texts := []string{"are you open today?", "¿aceptan Medicaid?", "me duele la panza", "my dad has chest pain", "gracias", "can I talk to a person"}
	rng := rand.New(rand.NewPCG(7, uint64(time.Now().UnixNano())))
	total := conversations * perConversation
	killAt := map[int]bool{}
	for len(killAt) < kills {
		killAt[total/4+rng.IntN(total/2)] = true
	}
	for n := range total {
		if killAt[n] {
			victim := rng.IntN(len(workers))
			workers[victim].Process.Kill() // SIGKILL
			workers[victim].Wait()
			workers[victim] = startWorker()
		}
		event := agent.Event{
			V: agent.Version, ID: fmt.Sprintf("e%04d", n), Clinic: clinic.Sample().ID, Channel: agent.Web,
			Conversation: fmt.Sprintf("conversation%02d", n%conversations), At: time.Now(), Kind: agent.KindText, Text: texts[rng.IntN(len(texts))],
		}
		if _, err := bus.PublishEvent(t.Context(), js, event); err != nil {
			t.Fatal(err)
		}
	}
	waitSettled(t, js, total)
	outcome := allTurns(t, js)
	for c := range conversations {
		var want []string
		for n := c; n < total; n += conversations {
			want = append(want, fmt.Sprintf("e%04d", n))
		}
		got := outcome.settled[fmt.Sprintf("conversation%02d", c)]
		if !slices.Equal(got, want) {
			t.Errorf("conversation %d: settled %v, want %v", c, got, want)
		}
	}
	for id, n := range outcome.replies {
		if n > 1 {
			t.Errorf("event %s was answered %d times", id, n)
		}
	}
}

// turns is what workers committed.
type turns struct {
	settled map[string][]string // by conversation, event ids in the order of their turns
	replies map[string]int      // by event id
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
	all := turns{settled: map[string][]string{}, replies: map[string]int{}}
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
			all.settled[c.ID] = append(all.settled[c.ID], record.Events...)
		}
		if _, err := bus.ParseOut(m.Subject()); err == nil {
			var out bus.Outbound
			if err := json.Unmarshal(m.Data(), &out); err != nil {
				return false, err
			}
			for _, id := range out.Answers {
				all.replies[id]++
			}
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

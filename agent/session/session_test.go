package session_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"recado/agent"
	"recado/agent/session"
	"recado/agent/session/redistest"
	"recado/agent/session/sessiontest"
	"recado/agent/vault"
)

func TestMemory(t *testing.T) {
	sessiontest.Run(t, func(t *testing.T) sessiontest.Subject {
		var mu sync.Mutex
		now := time.Now()
		store := session.NewMemory(func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return now
		})
		return sessiontest.Subject{
			Store: store,
			Elapse: func(_ *testing.T, d time.Duration) {
				mu.Lock()
				defer mu.Unlock()
				now = now.Add(d)
			},
			Wipe: func(*testing.T) { store.Wipe() },
		}
	})
}

func TestMiniredis(t *testing.T) {
	sessiontest.Run(t, func(t *testing.T) sessiontest.Subject {
		server := miniredis.RunT(t)
		return sessiontest.Subject{
			Store:  session.NewRedis(client(t, server.Addr()), box(t), 0),
			Elapse: func(_ *testing.T, d time.Duration) { server.FastForward(d) },
			Wipe:   func(*testing.T) { server.FlushAll() },
		}
	})
}

func TestRealRedis(t *testing.T) {
	server := redistest.Start(t)
	sessiontest.Run(t, func(t *testing.T) sessiontest.Subject {
		c := client(t, server.Addr)
		wipe := func(t *testing.T) {
			if err := c.FlushAll(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		}
		wipe(t)
		return sessiontest.Subject{
			Store: session.NewRedis(c, box(t), 0),
			// The server's own clock decides: wait on a list that stays empty.
			Elapse: func(t *testing.T, d time.Duration) {
				err := c.Do(t.Context(), "BLPOP", "nothing", d.Seconds()).Err()
				if !errors.Is(err, redis.Nil) {
					t.Fatal(err)
				}
			},
			Wipe: wipe,
		}
	})
}

func client(t *testing.T, addr string) *redis.Client {
	c := redis.NewClient(session.Options(addr))
	t.Cleanup(func() { c.Close() })
	return c
}

func box(t *testing.T) *vault.Box {
	b, err := vault.ParseBox(vault.NewBoxKey())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var conversation = agent.Conversation{Clinic: "sunrise", Channel: agent.SMS, ID: "0123456789abcdef"}

func TestADeadRedisIsUnavailableSoon(t *testing.T) {
	server := miniredis.RunT(t)
	store := session.NewRedis(client(t, server.Addr()), box(t), 0)
	server.Close()
	start := time.Now()
	_, err := store.Acquire(t.Context(), conversation, 1, "a", time.Second)
	if !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("error is %v, want ErrUnavailable", err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("it took %s to find out", took)
	}
}

func TestRedisHoldsNoWordsAndForgets(t *testing.T) {
	server := miniredis.RunT(t)
	c := client(t, server.Addr())
	store := session.NewRedis(c, box(t), time.Hour)
	if _, err := store.Acquire(t.Context(), conversation, 1, "a", time.Minute); err != nil {
		t.Fatal(err)
	}
	tail := []agent.Message{{From: agent.Patient, Text: "canary"}}
	// The session itself lies open: what is planted there shows that the
	// search below looks at whole values.
	open := agent.Session{V: 1, Seen: []string{"0123456789abcdef0123456789abcdef", "planted"}, Tail: tail}
	state := session.State{Cursor: 1, Turn: 1, Session: open}
	if _, err := store.Save(t.Context(), conversation, "a", state, time.Minute); err != nil {
		t.Fatal(err)
	}
	contents := redistest.Contents(t, c)
	if strings.Contains(contents, "canary") {
		t.Error("the tail is readable in Redis")
	}
	if !strings.Contains(contents, "planted") {
		t.Error("this test does not see what lies open in Redis")
	}
	keys := server.Keys()
	if len(keys) != 1 || keys[0] != "recado:{sunrise.sms.0123456789abcdef}:state" {
		t.Errorf("keys are %q", keys)
	}
	if ttl := server.TTL(keys[0]); ttl != time.Hour {
		t.Errorf("the session expires after %s, want 1h", ttl)
	}
}

func TestAChangedBoxKeyLosesOnlyTheTail(t *testing.T) {
	server := miniredis.RunT(t)
	before := session.NewRedis(client(t, server.Addr()), box(t), 0)
	after := session.NewRedis(client(t, server.Addr()), box(t), 0)
	if _, err := before.Acquire(t.Context(), conversation, 1, "a", time.Minute); err != nil {
		t.Fatal(err)
	}
	state := session.State{Cursor: 1, Turn: 1, Session: agent.Session{V: 1, Asked: "day", Tail: []agent.Message{{Text: "x"}}}}
	if _, err := before.Save(t.Context(), conversation, "a", state, time.Minute); err != nil {
		t.Fatal(err)
	}
	lease, err := after.Acquire(t.Context(), conversation, 2, "b", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if lease.Session.Asked != "day" || lease.Session.Tail != nil {
		t.Errorf("session is %+v", lease.Session)
	}
}

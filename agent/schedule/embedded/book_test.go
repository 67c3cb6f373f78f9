package embedded_test

import (
	"os"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"

	"recado/agent/bus"
	natsserver "recado/agent/bus/embedded"
	"recado/agent/schedule/embedded"
	"recado/agent/schedule/scheduletest"
	"recado/agent/session"
)

// openLog returns a log of bookings on a server of its own.
func openLog(t testing.TB) *bus.BookLog {
	t.Helper()
	server, err := natsserver.Start(natsserver.Config{Dir: memoryDir(t), NoSync: true})
	must(t, err)
	t.Cleanup(server.Stop)
	nc, err := server.Connect(bus.RoleProvision)
	must(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	must(t, err)
	_, err = bus.Provision(t.Context(), js, bus.Layout{})
	must(t, err)
	log, err := bus.OpenBookLog(t.Context(), nc)
	must(t, err)
	return log
}

// memoryDir is a folder in memory where there is one: a batch is many files.
func memoryDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "recado-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestItKeepsThePromisesOfABook(t *testing.T) {
	log := openLog(t)
	clinics := 0
	scheduletest.Run(t, func(t *testing.T) scheduletest.Rig {
		clinics++
		p := scheduletest.NewProfile(t)
		p.ID = "sol" + string(rune('a'+clinics)) // a log of its own for each test
		store := redis.NewClient(session.Options(miniredis.RunT(t).Addr()))
		t.Cleanup(func() { store.Close() })
		clock := scheduletest.NewClock()
		return scheduletest.Rig{Schedule: embedded.New(embedded.Config{Log: log, Redis: store, Now: clock.Now}, p), Profile: p, Clock: clock}
	})
}

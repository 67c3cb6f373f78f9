package store

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/bus/embedded"
)

// suite is what every States promises. open returns the same ones each time,
// by a connection of its own.
func suite(t *testing.T, open func(t *testing.T) States) {
	ctx := t.Context()
	now := time.Date(2030, 11, 4, 9, 0, 0, 123, time.UTC)
	full := State{
		V: Version, Alarm: "a1", Kind: "arrived", By: "me", Since: now, Sent: 3, Step: 1, Repeat: 2, At: now, Failures: 1, Missed: true,
		Ending: true, Served: []string{"s"}, Lost: []string{"l"}, Told: []string{"s", "t"}, Ended: now, Lease: Lease{By: "me", Until: now},
	}
	a, b := open(t), open(t)
	t.Run("what was never written is nothing", func(t *testing.T) {
		s, revision, err := a.Get(ctx, "sunrise.none.ack")
		if err != nil || revision != 0 || s.Active() {
			t.Errorf("%+v, %d, %v", s, revision, err)
		}
	})
	t.Run("what was written is read by others", func(t *testing.T) {
		revision, err := a.Put(ctx, "sunrise.c1.ack", full, 0)
		must(t, err)
		got, at, err := b.Get(ctx, "sunrise.c1.ack")
		must(t, err)
		if at != revision || !reflect.DeepEqual(got, full) {
			t.Errorf("revision %d, want %d\ngot  %+v\nwant %+v", at, revision, got, full)
		}
	})
	t.Run("who was overtaken writes nothing", func(t *testing.T) {
		first, err := a.Put(ctx, "sunrise.c2.ack", State{V: Version, Alarm: "a"}, 0)
		must(t, err)
		if _, err := b.Put(ctx, "sunrise.c2.ack", State{V: Version, Alarm: "b"}, 0); !errors.Is(err, ErrOvertaken) {
			t.Errorf("a second first write: %v", err)
		}
		second, err := b.Put(ctx, "sunrise.c2.ack", State{V: Version, Alarm: "c"}, first)
		must(t, err)
		if _, err := a.Put(ctx, "sunrise.c2.ack", State{V: Version, Alarm: "d"}, first); !errors.Is(err, ErrOvertaken) {
			t.Errorf("a write over what was not read: %v", err)
		}
		if s, at, _ := a.Get(ctx, "sunrise.c2.ack"); s.Alarm != "c" || at != second {
			t.Errorf("it says %q at %d", s.Alarm, at)
		}
	})
	t.Run("of many who write at once one does", func(t *testing.T) {
		var won atomic.Int32
		var writing sync.WaitGroup
		for i := range 20 {
			writing.Go(func() {
				from := []States{a, b}[i%2]
				_, err := from.Put(ctx, "sunrise.c3.ack", State{V: Version, Alarm: "x"}, 0)
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, ErrOvertaken):
					t.Error(err)
				}
			})
		}
		writing.Wait()
		if won.Load() != 1 {
			t.Errorf("%d won", won.Load())
		}
	})
	t.Run("what is removed is gone, unless it was changed", func(t *testing.T) {
		first, err := a.Put(ctx, "sunrise.c4.ack", State{V: Version, Alarm: "x"}, 0)
		must(t, err)
		second, err := b.Put(ctx, "sunrise.c4.ack", State{V: Version, Alarm: "y"}, first)
		must(t, err)
		must(t, a.Remove(ctx, "sunrise.c4.ack", first))
		if s, _, _ := b.Get(ctx, "sunrise.c4.ack"); s.Alarm != "y" {
			t.Error("a later state was removed")
		}
		must(t, a.Remove(ctx, "sunrise.c4.ack", second))
		if s, at, err := b.Get(ctx, "sunrise.c4.ack"); err != nil || at != 0 || s.Active() {
			t.Errorf("it is still there: %+v, %d, %v", s, at, err)
		}
		if _, err := b.Put(ctx, "sunrise.c4.ack", State{V: Version, Alarm: "z"}, 0); err != nil {
			t.Errorf("it cannot be written anew: %v", err)
		}
	})
	t.Run("all are all that are there", func(t *testing.T) {
		got, err := b.All(ctx)
		must(t, err)
		var alarms []string
		for _, key := range []string{"sunrise.c1.ack", "sunrise.c2.ack", "sunrise.c3.ack", "sunrise.c4.ack"} {
			alarms = append(alarms, got[key].Alarm)
		}
		if len(got) != 4 || !reflect.DeepEqual(alarms, []string{"a1", "c", "x", "z"}) {
			t.Errorf("%d: %v", len(got), alarms)
		}
	})
}

func TestMemory(t *testing.T) {
	var m Memory
	suite(t, func(*testing.T) States { return &m })
}

func TestBucket(t *testing.T) {
	server := start(t)
	_, err := bus.Provision(t.Context(), connect(t, server), bus.Layout{})
	must(t, err)
	suite(t, func(t *testing.T) States {
		b, err := Open(t.Context(), connect(t, server))
		must(t, err)
		return b
	})
	b, err := Open(t.Context(), connect(t, server))
	must(t, err)
	for name, content := range map[string]string{"broken": "{", "empty": "{}", "nothing": ""} {
		if _, err := b.kv.Put(t.Context(), "sunrise."+name+".ack", []byte(content)); err != nil {
			t.Fatal(err)
		}
		s, revision, err := b.Get(t.Context(), "sunrise."+name+".ack")
		if err != nil || revision == 0 || s.Active() {
			t.Errorf("what is %s makes an alarm silent: %+v, %d, %v", name, s, revision, err)
		}
		if _, err := b.Put(t.Context(), "sunrise."+name+".ack", State{Alarm: "a"}, revision); err != nil {
			t.Errorf("over what is %s nothing can be written: %v", name, err)
		}
	}
	later, _ := json.Marshal(State{V: Version + 1, Alarm: "a"})
	if _, err := b.kv.Put(t.Context(), "sunrise.later.ack", later); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Get(t.Context(), "sunrise.later.ack"); err == nil {
		t.Error("a state of a later build is taken for one of this")
	}
}

func TestWithoutTheBucketTheErrorSaysWhatToDo(t *testing.T) {
	_, err := Open(t.Context(), connect(t, start(t)))
	if err == nil || !errors.Is(err, jetstream.ErrBucketNotFound) {
		t.Errorf("error %v", err)
	}
}

func TestWhatIsNotFiledIsSeen(t *testing.T) {
	js := connect(t, start(t))
	_, err := bus.Provision(t.Context(), js, bus.Layout{})
	must(t, err)
	f := NewFiling(js)
	must(t, f.Ask(t.Context()))
	must(t, f.Ask(t.Context())) // nothing waits
	subject := bus.EscSubject(agent.Conversation{Clinic: "sunrise", ID: "0123456789abcdef0123456789abcdef"}, agent.PriorityEmergency)
	for range 2 {
		_, err = js.Publish(t.Context(), subject, []byte("{}"))
		must(t, err)
	}
	must(t, f.Ask(t.Context())) // it has just come
	if err := f.Ask(t.Context()); err == nil {
		t.Error("what waits is not seen")
	}
	consumer, err := js.Consumer(t.Context(), bus.StreamTurn, bus.ConsumerConsole)
	must(t, err)
	one, err := consumer.Next()
	must(t, err)
	must(t, one.DoubleAck(t.Context()))
	must(t, f.Ask(t.Context())) // one was filed, one waits
	two, err := consumer.Next()
	must(t, err)
	if err := f.Ask(t.Context()); err == nil {
		t.Error("what was taken and is not filed is not seen")
	}
	must(t, two.DoubleAck(t.Context()))
	must(t, f.Ask(t.Context()))
	must(t, f.Ask(t.Context()))
}

func start(t *testing.T) *embedded.Server {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "recado-test-")
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	server, err := embedded.Start(embedded.Config{Dir: dir, NoSync: true})
	must(t, err)
	t.Cleanup(server.Stop)
	return server
}

func connect(t *testing.T, server *embedded.Server) jetstream.JetStream {
	t.Helper()
	nc, err := server.Connect(bus.RoleConsole)
	must(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	must(t, err)
	return js
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

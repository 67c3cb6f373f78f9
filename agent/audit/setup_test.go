package audit

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/bus"
	"recado/agent/bus/embedded"
)

const (
	sunrise = "sunrise"
	sunset  = "sunset"
)

// rig is a real NATS server with the stream.
type rig struct {
	server *embedded.Server
	admin  jetstream.JetStream
}

func setup(t *testing.T) *rig {
	t.Helper()
	server, err := embedded.Start(embedded.Config{Dir: t.TempDir(), NoSync: true})
	must(t, err)
	t.Cleanup(server.Stop)
	r := &rig{server: server}
	r.admin = r.connect(t)
	_, err = bus.Provision(t.Context(), r.admin, bus.Layout{})
	must(t, err)
	return r
}

func (r *rig) connect(t *testing.T) jetstream.JetStream {
	t.Helper()
	nc, err := r.server.Connect(bus.RoleConsole, nats.ReconnectWait(5*time.Millisecond), nats.ReconnectJitter(0, 0),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})) // the server stops in tests
	must(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	must(t, err)
	return js
}

// log is a console's, with a connection of its own.
func (r *rig) log(t *testing.T, change ...func(*Config)) *Log {
	t.Helper()
	cfg := Config{JetStream: r.connect(t), Patience: 10 * time.Second} // a busy machine is not what is tested
	for _, f := range change {
		f(&cfg)
	}
	l, err := Open(t.Context(), cfg)
	must(t, err)
	return l
}

// put stores what no Log would.
func (r *rig) put(t *testing.T, clinic string, data []byte) {
	t.Helper()
	_, err := r.admin.Publish(t.Context(), subject(clinic), data)
	must(t, err)
}

func opened(clinic string, n int) Act {
	return Act{Clinic: clinic, Who: "person-1", Kind: RecordOpened, Case: "case-1", Record: fmt.Sprintf("record-%d", n)}
}

func fill(t *testing.T, l *Log, clinic string, n int) []Entry {
	t.Helper()
	var all []Entry
	for i := range n {
		e, err := l.Append(t.Context(), opened(clinic, i+1))
		must(t, err)
		all = append(all, e)
	}
	return all
}

// made is a chain without a server.
func made(clinic string, n int) []Entry {
	var all []Entry
	prev := ""
	for i := range n {
		e := Entry{
			V: Version, ID: fmt.Sprintf("id%d", i+1), Seq: uint64(i + 1), Prev: prev, Act: opened(clinic, i+1),
			At: time.Date(2026, 12, 1, 9, 0, i, 0, time.UTC),
		}
		e.Hash = e.sum()
		prev = e.Hash
		all = append(all, e)
	}
	return all
}

func encoded(t interface{ Fatal(...any) }, e Entry) []byte {
	data, err := e.encode()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// file is the export of lines and an end.
func file(lines [][]byte, end []byte) *bytes.Reader {
	var b bytes.Buffer
	for _, line := range lines {
		b.Write(append(bytes.Clone(line), '\n'))
	}
	if end != nil {
		b.Write(append(bytes.Clone(end), '\n'))
	}
	return bytes.NewReader(b.Bytes())
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

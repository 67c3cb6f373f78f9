package soak

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"

	"recado/agent/bus"
	"recado/agent/channel/whatsapp/graphtest"
	"recado/agent/soak/check"
	"recado/agent/soak/patient"
	"recado/agent/soak/proxy"
	"recado/intents"
)

// world is everything that runs.
type world struct {
	cfg     Config
	dir     string
	journal *journal
	started time.Time

	graph   *graphtest.Server
	model   *model
	account patient.Account
	webhook string
	gate    string // the gateway's address

	servers []*child // NATS
	routes  []*proxy.Proxy
	natsURL string // without a proxy between
	cache   []*child
	redis   []*redis.Client // of cache, without a proxy between
	workers []*child
	gateway *child
	console *child

	nc *nats.Conn
	js jetstream.JetStream

	// cluster is held while a server of a cluster is broken: with two of three
	// away there is no cluster.
	cluster sync.Mutex

	mu     sync.Mutex // also guards cache and redis, which a failover swaps
	ends   []check.End
	active []check.Active
}

// newWorld starts everything. What was started before an error is stopped.
func newWorld(ctx context.Context, cfg Config, dir string, j *journal) (w *world, err error) {
	w = &world{cfg: cfg, dir: dir, journal: j, started: j.started,
		account: patient.Account{NumberID: "555000111", Secret: "soak secret"}}
	defer func() {
		if err != nil {
			w.close()
			w = nil
		}
	}()
	set, err := intents.Load(intents.Shipped())
	if err != nil {
		return w, err
	}
	w.graph, w.model = graphtest.New(), newModel(set.Intents, cfg.Seed)
	if err := os.WriteFile(w.path("clinic.yaml"), cfg.Profile, 0o600); err != nil {
		return w, err
	}
	if err := errors.Join(w.startNATS(), w.startRedis()); err != nil {
		return w, err
	}
	if err := w.connect(ctx); err != nil {
		return w, err
	}
	if err := w.startParts(); err != nil {
		return w, err
	}
	return w, w.ready(ctx)
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

// child makes a process of this run. It does not start it.
func (w *world) child(name, path string, args, env []string) *child {
	return &child{
		name: name, path: path, args: args, log: logFile(w.dir, name), note: w.journal.note,
		env: slices.Concat(environment(), env, w.cfg.Environment),
		ended: func(e check.End) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.ends = append(w.ends, e)
		},
	}
}

// environment is this process's own, without what would configure Recado.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "RECADO_") || strings.HasPrefix(v, "OPENAI_") || strings.HasPrefix(v, "OTEL_")
	})
}

func (w *world) startNATS() error {
	n := 1
	if w.cfg.Cluster {
		n = 3
	}
	ports, err := freePorts(2 * n)
	if err != nil {
		return err
	}
	clients, peers := ports[:n], ports[n:]
	var urls []string
	for i := range n {
		urls = append(urls, "nats://127.0.0.1:"+clients[i])
		args := []string{"nats-server", "--dir", w.path("nats-" + strconv.Itoa(i+1)), "--port", clients[i]}
		if n > 1 {
			// Each server reaches each other one through a proxy of its own,
			// so that it can be cut off.
			var routes []string
			for other := range n {
				if other == i {
					continue
				}
				p, err := proxy.New("127.0.0.1:" + peers[other])
				if err != nil {
					return err
				}
				w.routes = append(w.routes, p)
				routes = append(routes, "nats://"+p.Addr())
			}
			args = append(args, "--name", "nats-"+strconv.Itoa(i+1), "--cluster-port", peers[i], "--routes", strings.Join(routes, ","))
		}
		c := w.child("nats-"+strconv.Itoa(i+1), w.cfg.Binary, args, nil)
		w.servers = append(w.servers, c)
		if err := c.start(); err != nil {
			return err
		}
	}
	w.natsURL = strings.Join(urls, ",")
	return nil
}

func (w *world) startRedis() error {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return fmt.Errorf("start Redis: %w: install redis-server", err)
	}
	n := 1
	if w.cfg.Cluster {
		n = 2
	}
	ports, err := freePorts(n)
	if err != nil {
		return err
	}
	for i, port := range ports {
		name := "redis-" + strconv.Itoa(i+1)
		args := []string{"--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", w.dir, "--repl-diskless-sync-delay", "0"}
		if i > 0 {
			args = append(args, "--replicaof", "127.0.0.1 "+ports[0])
		}
		c := w.child(name, program, args, nil)
		w.cache = append(w.cache, c)
		w.redis = append(w.redis, redis.NewClient(&redis.Options{
			Addr: "127.0.0.1:" + port, DialTimeout: time.Second, ReadTimeout: time.Second, MaxRetries: -1, PoolSize: 2,
		}))
		if err := c.start(); err != nil {
			return err
		}
	}
	return nil
}

// startWait bounds the start of the servers and of everything.
const startWait = 40 * time.Second

// connect waits for the servers, connects to NATS without a proxy between,
// and makes the streams.
func (w *world) connect(ctx context.Context) error {
	var err error
	if w.nc, err = bus.Connect(w.natsURL, bus.RoleProvision, nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})); err != nil {
		return err
	}
	if w.js, err = jetstream.New(w.nc); err != nil {
		return fmt.Errorf("open JetStream: %w", err)
	}
	layout := bus.Layout{AckWait: ackWait, MaxAckPending: w.cfg.Workers * 64 * 4}
	if w.cfg.Cluster {
		layout.Replicas = 3
	}
	var last error
	err = waitFor(ctx, startWait, func() bool {
		short, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		if last = w.nc.FlushWithContext(short); last != nil {
			return false
		}
		_, last = bus.Provision(short, w.js, layout) // a cluster needs time to choose its leaders
		return last == nil
	})
	if err != nil {
		return fmt.Errorf("start NATS and make the streams: %w; its log is in %s", errors.Join(err, last), w.dir)
	}
	for i, r := range w.redis {
		if err := waitFor(ctx, startWait, func() bool { return r.Ping(ctx).Err() == nil }); err != nil {
			return fmt.Errorf("start %s: %w; its log is in %s", w.cache[i].name, err, w.dir)
		}
	}
	return nil
}

// ready waits until the gateway answers and somebody pulls from each consumer.
func (w *world) ready(ctx context.Context) error {
	err := waitFor(ctx, startWait, func() bool {
		conn, err := net.DialTimeout("tcp", w.gate, time.Second)
		if err != nil {
			return false
		}
		conn.Close()
		for _, c := range w.consumers() {
			consumer, err := w.js.Consumer(ctx, c.stream, c.name)
			if err != nil || consumer.CachedInfo().NumWaiting < c.pulls {
				return false
			}
		}
		return true
	})
	if err != nil {
		return fmt.Errorf("start workers, gateway and console: %w; their logs are in %s", err, w.dir)
	}
	return nil
}

// pulled is a consumer with the number of processes that pull from it.
type pulled struct {
	stream, name string
	pulls        int
}

func (w *world) consumers() []pulled {
	return []pulled{
		{bus.StreamIn, bus.ConsumerWorker, w.cfg.Workers},
		{bus.StreamTurn, bus.ConsumerGateway, 1},
		{bus.StreamTurn, bus.ConsumerConsole, 1},
	}
}

// close ends everything.
func (w *world) close() {
	if w.nc != nil {
		w.nc.Close()
	}
	for _, r := range w.redis {
		r.Close()
	}
	var ending sync.WaitGroup
	for _, c := range w.children() {
		ending.Go(c.close)
	}
	ending.Wait()
	for _, c := range w.children() {
		for _, p := range append(slices.Clone(c.nats), c.redis) {
			if p != nil {
				p.Close()
			}
		}
	}
	for _, p := range w.routes {
		p.Close()
	}
	if w.graph != nil {
		w.graph.Close()
	}
	if w.model != nil {
		w.model.close()
	}
}

// children are all processes, those that use others first.
func (w *world) children() []*child {
	all := append(slices.Clone(w.workers), w.gateway, w.console)
	w.mu.Lock()
	all = slices.Concat(all, w.servers, w.cache)
	w.mu.Unlock()
	return slices.DeleteFunc(all, func(c *child) bool { return c == nil })
}

// waitFor asks until done says yes.
func waitFor(ctx context.Context, within time.Duration, done func() bool) error {
	late := time.Now().Add(within)
	for !done() {
		if time.Now().After(late) {
			return fmt.Errorf("not within %s", within)
		}
		if !sleep(ctx, 50*time.Millisecond) {
			return context.Cause(ctx)
		}
	}
	return nil
}

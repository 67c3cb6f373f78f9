package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"recado/agent/bench"
	"recado/agent/clinic"
)

type benchCommand struct {
	llmFlags
	Rounds        int           `default:"5" help:"How often worker and null worker take turns."`
	Conversations int           `default:"2000" help:"Conversations that get a message in each round."`
	Slots         int           `default:"64" help:"Turns decided at once."`
	Rates         []int         `default:"50,200" help:"Messages a second whose latency is measured."`
	Workers       []int         `default:"1,2,4" help:"Numbers of workers, at the last rate."`
	During        time.Duration `default:"10s" help:"How long each rate is kept up."`
	Thinks        time.Duration `default:"800ms" help:"How long a language model's stand-in thinks about every message; 0 leaves this out."`
	InFlight      int           `default:"1000" help:"Conversations in flight whose memory is weighed."`
	JSON          string        `name:"json" type:"path" help:"File for the figures as JSON." placeholder:"FILE"`
	Dir           string        `type:"path" help:"Folder for the NATS server's files. Defaults to the system's temporary one." placeholder:"DIR"`
	Memory        bool          `help:"Keep the files in memory and sync nothing, to see what processors cost without a disk."`
}

// Help says what is compared with what.
func (benchCommand) Help() string {
	return `Starts a NATS server and a Redis (redis-server has to be installed) as
processes on this machine, and compares a worker with a null worker in the same
binary: the same reading, writing and publishing, and no thought. They take
turns, so what else the machine does disturbs both. Every message is synced to
the disk before it counts, as on a single server in production; with --memory
there is no disk.`
}

// Run measures and prints.
func (c benchCommand) Run(ctx context.Context, std streams) error {
	collectSeldom()
	a, err := newAgent(c.llmFlags, nil)
	if err != nil {
		return err
	}
	servers, err := startServers(ctx, c.Dir, c.Memory)
	if err != nil {
		return err
	}
	defer servers.stop()
	rig, err := bench.NewRig(ctx, bench.Config{
		NATS: servers.nats, Redis: servers.redis, Clinic: clinic.Sample(), Decider: a,
		Slots: c.Slots, Conversations: c.Conversations, Rounds: c.Rounds, Processes: append(servers.pids(), os.Getpid()),
		Log: func(what string) { fmt.Fprintln(std.err, what) },
	})
	if err != nil {
		return err
	}
	defer rig.Close()
	report := bench.NewReport(time.Now())
	report.Synced = !c.Memory
	if report.Throughput, err = rig.Throughput(ctx); err != nil {
		return err
	}
	if report.Decision, err = rig.Decision(ctx, decisions); err != nil {
		return err
	}
	worker, ready, err := benchWorker(servers)
	if err != nil {
		return err
	}
	if report.Start, err = rig.Starts(ctx, worker, ready); err != nil {
		return err
	}
	for _, load := range c.loads() {
		l, err := rig.Latency(ctx, load.workers, load.rate, c.During)
		if err != nil {
			return err
		}
		report.Latency = append(report.Latency, l)
	}
	if c.Thinks > 0 {
		if report.Model, err = rig.Model(ctx, c.Thinks, c.During); err != nil {
			return err
		}
	}
	if c.InFlight > 0 {
		if report.Memory, err = rig.Memory(ctx, c.InFlight); err != nil {
			return err
		}
	}
	if c.JSON != "" {
		data, err := json.MarshalIndent(report, "", "  ")
		if err == nil {
			err = os.WriteFile(c.JSON, append(data, '\n'), 0o644)
		}
		if err != nil {
			return fmt.Errorf("write --json: %w", err)
		}
	}
	return report.Text(std.out)
}

// decisions is how often every message is decided, for what it takes.
const decisions = 100

type load struct{ workers, rate int }

// loads are every rate with one worker, and the last one with more.
func (c benchCommand) loads() []load {
	var all []load
	for _, rate := range c.Rates {
		all = append(all, load{1, rate})
	}
	for _, n := range c.Workers {
		if n > 1 && len(c.Rates) > 0 {
			all = append(all, load{n, c.Rates[len(c.Rates)-1]})
		}
	}
	return all
}

// servers are a NATS server and a Redis, each a process of its own.
type servers struct {
	nats, redis string
	processes   []*exec.Cmd
	dir         string
}

// inMemory is where Linux keeps files in memory.
const inMemory = "/dev/shm"

// startServers starts both with their files below dir, or in memory and
// without a sync.
func startServers(ctx context.Context, dir string, memory bool) (s *servers, err error) {
	if memory && dir == "" {
		dir = inMemory
	}
	s = &servers{}
	if s.dir, err = os.MkdirTemp(dir, "recado-servers-"); err != nil {
		return nil, fmt.Errorf("make a folder for the servers' files: %w: choose one with --dir", err)
	}
	if err = errors.Join(s.startNATS(ctx, memory), s.startRedis(ctx)); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *servers) startNATS(ctx context.Context, noSync bool) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("start NATS: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, "nats-server", "--dir", filepath.Join(s.dir, "nats"), fmt.Sprintf("--no-sync=%t", noSync))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return fmt.Errorf("start NATS: %w", err)
	}
	s.processes = append(s.processes, cmd)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("start NATS: it did not tell its address: %w", err)
	}
	s.nats = strings.TrimSpace(line)
	return nil
}

// redisStart is how long a Redis may take to answer.
const redisStart = 10 * time.Second

func (s *servers) startRedis(ctx context.Context) error {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return fmt.Errorf("start Redis: %w: install redis-server", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("find a port for Redis: %w", err)
	}
	s.redis = listener.Addr().String()
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		return fmt.Errorf("find a port for Redis: %w", err)
	}
	cmd := exec.CommandContext(ctx, program, "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", s.dir)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start Redis: %w", err)
	}
	s.processes = append(s.processes, cmd)
	for begun := time.Now(); time.Since(begun) < redisStart; {
		if conn, err := net.DialTimeout("tcp", s.redis, time.Second); err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return fmt.Errorf("start Redis: it does not answer on %s", s.redis)
}

func (s *servers) pids() []int {
	var all []int
	for _, p := range s.processes {
		all = append(all, p.Process.Pid)
	}
	return all
}

// stop ends both and removes their files.
func (s *servers) stop() {
	for _, p := range s.processes {
		_ = p.Process.Signal(syscall.SIGTERM) // it may be gone
		_ = p.Wait()
	}
	os.RemoveAll(s.dir)
}

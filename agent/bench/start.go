package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// Start is what a worker's own process takes before it has anything to do.
type Start struct {
	// Ready is from when the process was begun until it said that it is ready:
	// the best of some times, since the machine can only make it longer.
	Ready time.Duration `json:"ready_ns"`
	// Idle is its resident memory a while later; 0 where the system has no
	// /proc.
	Idle int64 `json:"idle_rss_bytes"`
	// Own is what of that is the process's own. The rest are pages of the
	// program's file, which all workers of a machine share and which the system
	// takes back when it needs memory.
	Own int64 `json:"idle_own_bytes"`
}

const (
	starts    = 3
	startWait = 30 * time.Second
	idleAfter = 2 * time.Second
)

// Starts begins a process some times and ends it. It says at ready, an
// address, whether it is ready.
func (r *Rig) Starts(ctx context.Context, command func() *exec.Cmd, ready string) (Start, error) {
	r.cfg.Log("start of a worker")
	var s Start
	var all []time.Duration
	for i := range starts {
		took, idle, own, err := startOnce(ctx, command(), ready, i == starts-1)
		if err != nil {
			return s, err
		}
		all = append(all, took)
		s.Idle, s.Own = idle, own
	}
	s.Ready = slices.Min(all)
	return s, nil
}

func startOnce(ctx context.Context, cmd *exec.Cmd, ready string, weigh bool) (took time.Duration, idle, own int64, err error) {
	var said bytes.Buffer
	cmd.Stderr = &said
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, 0, fmt.Errorf("start a worker: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may be gone
		select {
		case <-ended:
		case <-time.After(startWait):
			_ = cmd.Process.Kill()
		}
	}()
	for !answers(ctx, ready) {
		select {
		case <-ended:
			ended <- nil
			return 0, 0, 0, fmt.Errorf("start a worker: it ended: %s", lastLine(said.Bytes()))
		case <-ctx.Done():
			return 0, 0, 0, context.Cause(ctx)
		case <-time.After(2 * time.Millisecond):
		}
		if time.Since(begun) > startWait {
			return 0, 0, 0, errors.New("start a worker: it is not ready in time")
		}
	}
	took = time.Since(begun)
	if !weigh {
		return took, 0, 0, nil
	}
	select {
	case <-time.After(idleAfter):
	case <-ctx.Done():
		return 0, 0, 0, context.Cause(ctx)
	}
	idle, own, err = resident(cmd.Process.Pid)
	return took, idle, own, err
}

func answers(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// resident is a process's memory, and what of it is not a file's.
func resident(pid int) (all, own int64, err error) {
	statm, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if os.IsNotExist(err) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, fmt.Errorf("weigh a worker: %w", err)
	}
	var size, pages, shared int64
	if _, err := fmt.Sscan(string(statm), &size, &pages, &shared); err != nil {
		return 0, 0, fmt.Errorf("weigh a worker: %w", err)
	}
	page := int64(os.Getpagesize())
	return pages * page, (pages - shared) * page, nil
}

func lastLine(said []byte) []byte {
	lines := bytes.Split(bytes.TrimSpace(said), []byte("\n"))
	return lines[len(lines)-1]
}

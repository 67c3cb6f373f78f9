package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Spec says what is run.
type Spec struct {
	Name string   // for messages, e.g. "worker-2"
	Path string   // the program
	Args []string // without the program's name
	Env  []string // its whole environment
	// Log is a file that its output is added to.
	Log string
	// Ended is called, on another goroutine, when the program ended and
	// nobody had asked for it by Kill or Stop.
	Ended func(p *Process, state string)
}

// Process is a program that was started. It is safe for concurrent use.
type Process struct {
	Name string

	cmd  *exec.Cmd
	done chan struct{}

	mu    sync.Mutex
	asked bool // to end
}

// Start runs a program. On Linux the kernel kills it when the calling
// program dies, however that happens.
func Start(spec Spec) (*Process, error) {
	out, err := os.OpenFile(spec.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start %s: open its log: %w", spec.Name, err)
	}
	defer out.Close() // the program has its own copy
	cmd := exec.Command(spec.Path, spec.Args...)
	cmd.Env, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = spec.Env, out, out, attributes()
	if err := spawn(cmd.Start); err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Name, err)
	}
	p := &Process{Name: spec.Name, cmd: cmd, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended is in its state
		close(p.done)
		p.mu.Lock()
		asked := p.asked
		p.mu.Unlock()
		if !asked && spec.Ended != nil {
			spec.Ended(p, cmd.ProcessState.String())
		}
	}()
	return p, nil
}

// spawn runs start on one thread that lives as long as the program does: the
// kernel takes the death of the thread that started a child for the death of
// its parent.
func spawn(start func() error) error {
	once.Do(func() { go starter() })
	answer := make(chan error)
	requests <- request{start, answer}
	return <-answer
}

type request struct {
	start  func() error
	answer chan error
}

var (
	once     sync.Once
	requests = make(chan request)
)

func starter() {
	lockThread()
	for r := range requests {
		r.answer <- r.start()
	}
}

// PID is its process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Signal sends a signal. A program that has ended is no error.
func (p *Process) Signal(s syscall.Signal) error {
	err := p.cmd.Process.Signal(s)
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("send %s to %s: %w", s, p.Name, err)
	}
	return nil
}

// Kill ends the program at once and returns when it has ended.
func (p *Process) Kill() error {
	p.expect()
	if err := p.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-p.done
	return nil
}

// Stop asks the program to end, and kills it when it has not after within.
// It reports whether it ended by itself.
func (p *Process) Stop(within time.Duration) (bool, error) {
	p.expect()
	if err := errors.Join(p.Signal(syscall.SIGCONT), p.Signal(syscall.SIGTERM)); err != nil {
		return false, err
	}
	late := time.NewTimer(within)
	defer late.Stop()
	select {
	case <-p.done:
		return true, nil
	case <-late.C:
		return false, p.Kill()
	}
}

// expect notes that the program is about to be ended.
func (p *Process) expect() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = true
}

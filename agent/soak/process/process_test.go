package process_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"recado/agent/soak/process"
)

func start(t *testing.T, script string, ended func(*process.Process, string)) (*process.Process, string) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	p, err := process.Start(process.Spec{Name: "sh", Path: "/bin/sh", Args: []string{"-c", script}, Log: log, Ended: ended})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Kill(); err != nil {
			t.Error(err)
		}
	})
	return p, log
}

func TestOutputIsKeptAndAnEndIsTold(t *testing.T) {
	told := make(chan string, 1)
	p, log := start(t, "echo hello; exit 3", func(_ *process.Process, state string) { told <- state })
	<-p.Done()
	if state := <-told; !strings.Contains(state, "3") {
		t.Errorf("told %q", state)
	}
	if out, err := os.ReadFile(log); string(out) != "hello\n" || err != nil {
		t.Errorf("the log holds %q, %v", out, err)
	}
}

func TestAKilledProcessIsNotTold(t *testing.T) {
	p, _ := start(t, "exec sleep 60", func(*process.Process, string) { t.Error("told of an end that was asked for") })
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
}

func TestOneThatDoesNotStopIsKilled(t *testing.T) {
	p, log := start(t, "trap '' TERM; echo ready; while :; do sleep 0.05; done", nil)
	for { // it takes signals before it is ready
		if out, err := os.ReadFile(log); err == nil && len(out) > 0 {
			break
		}
		select {
		case <-p.Done():
			t.Fatal("it ended")
		case <-time.After(5 * time.Millisecond):
		}
	}
	if clean, err := p.Stop(50 * time.Millisecond); clean || err != nil {
		t.Errorf("clean is %v, %v", clean, err)
	}
	p2, _ := start(t, "exec sleep 60", nil)
	if clean, err := p2.Stop(10 * time.Second); !clean || err != nil {
		t.Errorf("clean is %v, %v", clean, err)
	}
}

func TestWritesFailWhileFilesAreLimited(t *testing.T) {
	if !process.CanLimitFiles {
		t.Skip("files are limited on Linux only")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	p, log := start(t, `trap '' XFSZ; while :; do if echo x >> `+file+`; then echo good; else echo bad; fi; sleep 0.02; done 2>/dev/null`, nil)
	last := func(want string) {
		t.Helper()
		late := time.Now().Add(10 * time.Second)
		for {
			out, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(string(out), want+"\n") {
				return
			}
			if time.Now().After(late) {
				t.Fatalf("the last line is not %q: %q", want, out)
			}
			select {
			case <-p.Done():
				t.Fatal("it ended")
			case <-time.After(5 * time.Millisecond):
			}
		}
	}
	last("good")
	if err := p.LimitFiles(1 << 20); err != nil { // its log may still grow
		t.Fatal(err)
	}
	last("bad")
	if err := p.LimitFiles(0); err != nil {
		t.Fatal(err)
	}
	last("good")
}

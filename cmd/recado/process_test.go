package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/agent/channel/whatsapp/graphtest"
	"recado/agent/clinic"
)

// patience is how long a test waits for something that must happen.
const patience = 60 * time.Second

// running is `recado dev` inside the test's process.
type running struct {
	base      string // http://host:port
	graph     *graphtest.Server
	appSecret string
	numberID  string
	data      string // its folder
	output    *safeBuffer
}

// safeBuffer is a buffer that a process writes and a test reads.
type safeBuffer struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.String()
}

var chatURL = regexp.MustCompile(`(http://[0-9.:]+)/chat`)

// startDev runs everything with a Graph API stand-in of the test's own, until
// the test ends.
func startDev(t *testing.T, more ...string) *running {
	t.Helper()
	r := &running{
		graph: graphtest.New(), appSecret: "end to end secret", numberID: "555000111", data: memoryDir(t), output: &safeBuffer{},
	}
	t.Cleanup(r.graph.Close)
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	errOut, errIn, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(r.output, errOut)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, append([]string{
			"dev", "--listen", "127.0.0.1:0", "--data", r.data,
			"--whatsapp-number-id", r.numberID, "--whatsapp-token", "token", "--whatsapp-app-secret", r.appSecret,
			"--whatsapp-verify-token", "verify me", "--whatsapp-base-url", r.graph.URL(),
		}, more...), streams{in: os.Stdin, out: in, err: errIn})
	}()
	t.Cleanup(func() {
		stop()
		select {
		case code := <-done:
			if code != 0 {
				t.Errorf("recado dev ended with code %d:\n%s", code, r.output)
			}
		case <-time.After(patience):
			t.Error("recado dev does not stop")
		}
		in.Close()
		errIn.Close()
	})
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if m := chatURL.FindStringSubmatch(lines.Text()); m != nil {
				found <- m[1]
			}
			r.output.Write(append(lines.Bytes(), '\n'))
		}
	}()
	select {
	case r.base = <-found:
	case code := <-done:
		done <- code
		t.Fatalf("recado dev ended with code %d before it served:\n%s", code, r.output)
	case <-time.After(patience):
		t.Fatalf("recado dev does not serve:\n%s", r.output)
	}
	return r
}

// memoryDir is a folder in memory where there is one: streams that sync each
// write are slow on a shared disk.
func memoryDir(t *testing.T) string {
	t.Helper()
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		if dir, err := os.MkdirTemp("/dev/shm", "recado-"); err == nil {
			t.Cleanup(func() { os.RemoveAll(dir) })
			return dir
		}
	}
	return t.TempDir()
}

// holds reports the files below dir that hold needle.
func holds(t *testing.T, dir, needle string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.Contains(path, needle) || bytes.Contains(raw, []byte(needle)) {
			found = append(found, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// freeAddress is a loopback address that nothing listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// sampleProfile is a file with the sample clinic's profile.
func sampleProfile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clinic.yaml")
	if err := os.WriteFile(path, clinic.SampleYAML(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// waitServing returns once url answers with 200.
func waitServing(t *testing.T, url string) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for {
		if resp, err := http.Get(url); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%s does not answer", url)
		}
	}
}

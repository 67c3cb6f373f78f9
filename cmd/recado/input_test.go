package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// startWaiting runs a command whose input stays open, until it has written
// what shows that it waits for more.
func startWaiting(t *testing.T, input, shows string, args ...string) (stop func(), ended <-chan int, errOut *safeBuffer) {
	t.Helper()
	pipe := func() (r, w *os.File) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Close(); w.Close() })
		return r, w
	}
	in, typed := pipe()
	out, written := pipe()
	said, saying := pipe()
	errOut = &safeBuffer{}
	go io.Copy(errOut, said)
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	code := make(chan int, 1)
	go func() { code <- run(ctx, args, streams{in, written, saying}) }()
	if _, err := typed.WriteString(input); err != nil {
		t.Fatal(err)
	}
	shown := make(chan struct{})
	go func() {
		var all strings.Builder
		r := bufio.NewReader(out)
		for {
			b, err := r.ReadByte()
			if err != nil {
				return
			}
			all.WriteByte(b)
			if b == shows[len(shows)-1] && strings.HasSuffix(all.String(), shows) {
				close(shown)
				break
			}
		}
		io.Copy(io.Discard, r)
	}()
	select {
	case <-shown:
	case n := <-code:
		t.Fatalf("ended with code %d before it waited: %s", n, errOut)
	case <-time.After(patience):
		t.Fatalf("nothing shows %q: %s", shows, errOut)
	}
	return stop, code, errOut
}

func TestAStopEndsACommandThatWaitsForInput(t *testing.T) {
	for name, c := range map[string]struct {
		args         []string
		input, shows string
		code         int
	}{
		"chat at its prompt":        {[]string{"chat"}, "", "> ", 0},
		"chat after a message":      {[]string{"chat"}, "hola\n", "]\n\n> ", 0},
		"decide between lines":      {[]string{"decide"}, `{"id":"1","text":"hola"}` + "\n", "}\n", 1},
		"decide in half of a line ": {[]string{"decide"}, `{"id":"1","text":"hola"}` + "\n" + `{"id":`, "}\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			stop, ended, errOut := startWaiting(t, c.input, c.shows, c.args...)
			stop()
			select {
			case code := <-ended:
				if code != c.code {
					t.Errorf("exit code %d, want %d: %s", code, c.code, errOut)
				}
			case <-time.After(patience):
				t.Fatal("it does not end")
			}
		})
	}
}

func TestALineThatIsTooLongIsNamed(t *testing.T) {
	in := readLines(t.Context(), strings.NewReader("short\n"+strings.Repeat("x", maxLine+1)))
	if line, err := in.next(t.Context()); string(line) != "short" || err != nil {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := in.next(t.Context()); err == nil || !strings.Contains(err.Error(), "line 2 ") {
		t.Errorf("error is %v", err)
	}
}

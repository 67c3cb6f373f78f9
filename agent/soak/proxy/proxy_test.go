package proxy_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"recado/agent/soak/proxy"
)

// echo answers each line with itself.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c) // until the other side ends
			}()
		}
	}()
	return l.Addr().String()
}

func start(t *testing.T) *proxy.Proxy {
	t.Helper()
	p, err := proxy.New(echo(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

type talk struct {
	net.Conn
	lines *bufio.Reader
}

func dial(t *testing.T, p *proxy.Proxy) talk {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return talk{c, bufio.NewReader(c)}
}

// say sends a line and reads what comes back within a time.
func (c talk) say(line string, within time.Duration) (string, error) {
	if err := c.SetDeadline(time.Now().Add(within)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(c, line+"\n"); err != nil {
		return "", err
	}
	return c.lines.ReadString('\n')
}

const soon = 10 * time.Second

func TestDataIsPassedOn(t *testing.T) {
	if got, err := dial(t, start(t)).say("hello", soon); got != "hello\n" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestACutEndsConnectionsAndTakesNewOnes(t *testing.T) {
	p := start(t)
	c := dial(t, p)
	if _, err := c.say("hello", soon); err != nil {
		t.Fatal(err)
	}
	p.Cut()
	if _, err := c.say("hello", soon); err == nil || errors.Is(err, net.ErrClosed) {
		t.Errorf("after a cut: %v", err)
	}
	if _, err := dial(t, p).say("hello", soon); err != nil {
		t.Errorf("a new connection: %v", err)
	}
}

func TestARefusingProxyTakesNothing(t *testing.T) {
	p := start(t)
	p.Refuse(true)
	if c, err := net.Dial("tcp", p.Addr()); err == nil { // it may be cut as soon as this
		defer c.Close()
		if got, err := (talk{c, bufio.NewReader(c)}).say("hello", soon); err == nil {
			t.Errorf("got %q through a proxy that refuses", got)
		}
	}
	p.Refuse(false)
	if _, err := dial(t, p).say("hello", soon); err != nil {
		t.Errorf("when healed: %v", err)
	}
}

func TestWhatIsHeldBackArrivesLater(t *testing.T) {
	p := start(t)
	c := dial(t, p)
	p.Hold(true)
	if got, err := c.say("hello", 100*time.Millisecond); err == nil {
		t.Errorf("got %q through a proxy that holds everything back", got)
	}
	p.Heal()
	if got, err := c.say("again", soon); got != "hello\n" || err != nil {
		t.Errorf("got %q, %v: want what was held back", got, err)
	}
}

func TestADelayIsThatLong(t *testing.T) {
	p := start(t)
	c := dial(t, p)
	const delay = 60 * time.Millisecond
	p.Delay(delay)
	begun := time.Now()
	if _, err := c.say("hello", soon); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took < 2*delay { // there and back
		t.Errorf("took %s, want %s at least", took, 2*delay)
	}
}

func TestARedirectedProxyTalksToTheOtherServer(t *testing.T) {
	p := start(t)
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	p.Redirect(other.Addr().String())
	go dial(t, p).say("hello", soon) //nolint:errcheck // the other side is looked at
	c, err := other.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got, err := bufio.NewReader(c).ReadString('\n'); got != "hello\n" || err != nil {
		t.Errorf("the other server got %q, %v", got, err)
	}
}

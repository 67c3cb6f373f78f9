package main

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"recado/agent/bus"
)

func macOf(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

// slow is a request whose body is being waited for by its handler.
type slow struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	body string
}

// begin sends a request's head and returns once its handler reads the body:
// that is when a server asks for it.
func begin(t *testing.T, address, path, body string, header ...string) *slow {
	t.Helper()
	conn, err := net.DialTimeout("tcp", address, patience)
	must(t, err)
	t.Cleanup(func() { conn.Close() })
	must(t, conn.SetDeadline(time.Now().Add(patience)))
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost:8081\r\nContent-Length: %d\r\nExpect: 100-continue\r\n%s\r\n\r\n", path, len(body), strings.Join(header, "\r\n"))
	must(t, err)
	s := &slow{t, conn, bufio.NewReader(conn), body}
	if line, err := s.in.ReadString('\n'); err != nil || !strings.Contains(line, "100") {
		t.Fatalf("%s: the handler does not read: %q, %v", path, line, err)
	}
	return s
}

// finish sends the body and returns the status.
func (s *slow) finish() int {
	s.t.Helper()
	_, err := s.conn.Write([]byte(s.body))
	must(s.t, err)
	if _, err := s.in.ReadString('\n'); err != nil { // the empty line after 100
		s.t.Fatal(err)
	}
	resp, err := http.ReadResponse(s.in, nil)
	if err != nil {
		s.t.Errorf("no answer: %v", err)
		return 0
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestGatewayAndConsoleFinishWhatTheyBeganBeforeTheyStop(t *testing.T) {
	f := startTrio(t)
	message := string(whatsAppText("1", "17135550142", "wamid.slow", "What are your hours?"))
	for part, in := range map[string]struct {
		flight *slow
		served func(status int) bool
	}{
		"gateway": {begin(t, f.gateway, "/webhooks/whatsapp", message, "X-Hub-Signature-256: sha256="+macOf("s", message)), func(s int) bool { return s == http.StatusOK }},
		"console": {begin(t, f.console, "/staff/sign-in/password", "email=x%40example.org&password=p", "Content-Type: application/x-www-form-urlencoded", "Origin: http://localhost:8081"),
			func(s int) bool { return s > 0 && s < 500 }},
	} {
		stopped := make(chan int, 1)
		go func() { stopped <- f.stop[part]() }()
		// It says that it drains, while the request goes on.
		tick := time.NewTicker(20 * time.Millisecond)
		draining := false
		for range 300 {
			if status, text := f.get("http://" + f.health[part] + "/readyz"); status == http.StatusServiceUnavailable && strings.Contains(text, "draining") {
				draining = true
				break
			}
			<-tick.C
		}
		tick.Stop()
		if !draining {
			t.Errorf("%s: it does not say that it drains", part)
		}
		select {
		case code := <-stopped:
			t.Errorf("%s: it stopped with %d in the middle of a request", part, code)
			stopped <- code
		default:
		}
		if status := in.flight.finish(); !in.served(status) {
			t.Errorf("%s: the request in flight got %d", part, status)
		}
		if code := <-stopped; code != 0 {
			t.Errorf("%s: exit code %d", part, code)
		}
	}
	// What was taken in while the gateway drained is there.
	nc, err := f.nats.Connect(bus.RoleProvision)
	must(t, err)
	defer nc.Close()
	js, err := openJetStream(nc)
	must(t, err)
	in, err := js.Stream(t.Context(), bus.StreamIn)
	must(t, err)
	if n := in.CachedInfo().State.Msgs; n != 1 {
		t.Errorf("%d events are stored, want 1", n)
	}
}

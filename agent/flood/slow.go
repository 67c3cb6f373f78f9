package flood

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// holder keeps connections open with as little as it can.
type holder struct {
	name string
	// first is sent at once and then a byte each second.
	first func(u *url.URL) string
	drip  byte
}

var slow = []holder{
	{"slow headers", func(u *url.URL) string { return "POST " + u.Path + " HTTP/1.1\r\nHost: " + u.Host + "\r\nX-Slow: " }, 'a'},
	{"slow body", func(u *url.URL) string {
		return "POST " + u.Path + " HTTP/1.1\r\nHost: " + u.Host + "\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n{"
	}, ' '},
	{"silent", func(*url.URL) string { return "" }, 0},
	{"no HTTP", func(*url.URL) string { return "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n" }, 0},
}

// hold opens a connection, drips into it until the server ends it, and opens
// the next.
func (h holder) hold(ctx context.Context, cfg Config, t *tally) {
	u, err := url.Parse(cfg.URL)
	if err != nil {
		return
	}
	for ctx.Err() == nil {
		status, err := h.once(ctx, u)
		if ctx.Err() != nil {
			return
		}
		t.count(status)
		if err != nil && !sleep(ctx, 100*time.Millisecond) {
			return
		}
	}
}

func (h holder) once(ctx context.Context, u *url.URL) (int, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return 0, fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if _, err := conn.Write([]byte(h.first(u))); err != nil {
		return 0, err
	}
	answered := make(chan int, 1)
	go func() {
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			answered <- 0
			return
		}
		answer.Body.Close()
		answered <- answer.StatusCode
	}()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case status := <-answered:
			return status, nil
		case <-ticker.C:
			if h.drip == 0 {
				continue
			}
			if _, err := conn.Write([]byte{h.drip}); err != nil {
				return <-answered, nil
			}
		}
	}
}

// sleep lets time pass; false when ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Package proxy is a TCP proxy on the loopback interface that cuts, delays
// and holds back what goes through it.
package proxy

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Proxy passes connections on to one address. Its faults hold for the
// connections that are open and for new ones. It is safe for concurrent use.
type Proxy struct {
	listener net.Listener
	running  sync.WaitGroup

	mu      sync.Mutex
	to      string
	closed  bool
	refuse  bool
	delay   time.Duration
	held    bool
	changed chan struct{} // closed, and made anew, at each change
	open    map[net.Conn]struct{}
}

// New starts a proxy to an address such as 127.0.0.1:6379. Nothing has to
// listen there yet.
func New(to string) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start a proxy: %w", err)
	}
	p := &Proxy{listener: l, to: to, changed: make(chan struct{}), open: map[net.Conn]struct{}{}}
	p.running.Go(p.accept)
	return p, nil
}

// Addr is where to connect to.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Cut ends every connection that is open. New ones are passed on.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		reset(c)
	}
}

// Refuse cuts what is open and ends each new connection at once, until it is
// called with false.
func (p *Proxy) Refuse(yes bool) {
	p.change(func() { p.refuse = yes })
	if yes {
		p.Cut()
	}
}

// Delay lets each piece of data wait for so long, in both directions; 0 ends
// it.
func (p *Proxy) Delay(d time.Duration) { p.change(func() { p.delay = d }) }

// Hold keeps everything back without ending a connection, until it is called
// with false: then it goes on where it was. Nothing is lost.
func (p *Proxy) Hold(yes bool) { p.change(func() { p.held = yes }) }

// Redirect passes new connections on to another address, and cuts those that
// are open.
func (p *Proxy) Redirect(to string) {
	p.change(func() { p.to = to })
	p.Cut()
}

// Heal ends all faults.
func (p *Proxy) Heal() {
	p.change(func() { p.refuse, p.delay, p.held = false, 0, false })
}

// Close ends the proxy and its connections, and returns when nothing of it
// runs.
func (p *Proxy) Close() {
	p.change(func() { p.closed, p.held = true, false })
	p.listener.Close()
	p.Cut()
	p.running.Wait()
}

func (p *Proxy) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // too many open files: they end again
		}
		p.running.Go(func() { p.pass(client) })
	}
}

func (p *Proxy) pass(client net.Conn) {
	if !p.enter(client) {
		return
	}
	defer p.leave(client)
	p.mu.Lock()
	to := p.to
	p.mu.Unlock()
	server, err := net.DialTimeout("tcp", to, 2*time.Second)
	if err != nil {
		reset(client)
		return
	}
	if !p.enter(server) {
		reset(client)
		return
	}
	defer p.leave(server)
	var both sync.WaitGroup
	both.Go(func() { p.copy(server, client) })
	both.Go(func() { p.copy(client, server) })
	both.Wait()
}

// enter notes an open connection; false, and it is ended, where none may be.
func (p *Proxy) enter(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.refuse {
		reset(c)
		return false
	}
	p.open[c] = struct{}{}
	return true
}

func (p *Proxy) leave(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c)
	c.Close()
}

// copy passes data on until one side ends, and then ends the other.
func (p *Proxy) copy(to, from net.Conn) {
	defer reset(to)
	defer reset(from)
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			p.wait()
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if errors.Is(err, io.EOF) || err != nil {
			return
		}
	}
}

// wait lets the faults of now take effect.
func (p *Proxy) wait() {
	begun := time.Now()
	for {
		p.mu.Lock()
		held, delay, changed := p.held, p.delay, p.changed
		p.mu.Unlock()
		left := delay - time.Since(begun)
		if !held && left <= 0 {
			return
		}
		var late <-chan time.Time
		if !held {
			late = time.After(left)
		}
		select {
		case <-changed:
		case <-late:
			return
		}
	}
}

// reset ends a connection without the farewell that a healthy peer sends.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // it may be closed
	}
	c.Close()
}

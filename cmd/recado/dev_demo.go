package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"recado/agent/channel/webchat"
	"recado/agent/channel/webchat/demo"
	"recado/agent/clinic"
)

// demoSite is the website of the first clinic of a development run, on a port
// of its own: another origin than the chat's, as a clinic's website is.
type demoSite struct {
	listener net.Listener
	port     string
}

// openDemo takes the port after the chat's where it is free.
func openDemo(chat net.Listener) (*demoSite, error) {
	host, port, err := net.SplitHostPort(chat.Addr().String())
	if err != nil {
		return nil, fmt.Errorf("listen for the demo website: %w", err)
	}
	next := "0"
	if n, err := strconv.Atoi(port); err == nil && n < 65535 {
		next = strconv.Itoa(n + 1)
	}
	d := &demoSite{}
	if d.listener, err = net.Listen("tcp", net.JoinHostPort(host, next)); err != nil {
		if d.listener, err = net.Listen("tcp", net.JoinHostPort(host, "0")); err != nil {
			return nil, fmt.Errorf("listen for the demo website: %w", err)
		}
	}
	if _, d.port, err = net.SplitHostPort(d.listener.Addr().String()); err != nil {
		return nil, fmt.Errorf("listen for the demo website: %w", err)
	}
	return d, nil
}

// address has a name, as the chat's has there: cookies need both to be of one
// host without https.
func (d *demoSite) address() string { return "http://localhost:" + d.port + "/demo" }

// show lets the website show a clinic's chat.
func (d *demoSite) show(c webchat.Clinic) webchat.Clinic {
	c.Origins = append([]string{"http://localhost:" + d.port, "http://127.0.0.1:" + d.port}, c.Origins...)
	return c
}

// serve ends with ctx.
func (d *demoSite) serve(ctx context.Context, chat string, profile func() *clinic.Profile) (wait func() error, err error) {
	handler, err := demo.New(demo.Config{Chat: chat, Profile: profile})
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(d.listener) }()
	stop := context.AfterFunc(ctx, func() { server.Close() })
	return func() error {
		stop()
		server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve the demo website: %w", err)
		}
		return nil
	}, nil
}

package main

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"recado/agent/bus"
	"recado/agent/bus/embedded"
	"recado/agent/channel/whatsapp/graphtest"
)

// trio is a worker, a gateway and a console, each as its own process would be.
type trio struct {
	t       *testing.T
	nats    *embedded.Server
	at      string // its address
	graph   *graphtest.Server
	gateway string            // its address
	console string            //
	health  map[string]string // by part
	stop    map[string]func() int
}

// startProvisioned starts a NATS server with all streams, for any user.
func startProvisioned(t *testing.T) (*embedded.Server, *nats.Conn) {
	t.Helper()
	server, err := embedded.Start(embedded.Config{Dir: memoryDir(t), Listen: true, NoSync: true})
	must(t, err)
	t.Cleanup(server.Stop)
	nc, err := server.Connect(bus.RoleProvision)
	must(t, err)
	t.Cleanup(nc.Close)
	js, err := openJetStream(nc)
	must(t, err)
	_, err = bus.Provision(t.Context(), js, bus.Layout{})
	must(t, err)
	return server, nc
}

func startTrio(t *testing.T) *trio {
	t.Helper()
	clean(t)
	server, _ := startProvisioned(t)
	keys, err := newDevKeys()
	must(t, err)
	f := &trio{
		t: t, nats: server, at: server.URL(), graph: graphtest.New(), gateway: freeAddress(t), console: freeAddress(t),
		health: map[string]string{"worker": freeAddress(t), "gateway": freeAddress(t), "console": freeAddress(t)}, stop: map[string]func() int{},
	}
	t.Cleanup(f.graph.Close)
	profile, redis := sampleProfile(t), redisAddress(t)
	links := []string{"--link-key", keys.Link, "--private-url", "http://localhost:9"}
	f.start("worker", append(links, "--clinic", profile, "--redis-address", redis, "--seal-public-key", keys.Public, "--seal-signing-key", keys.Signing, "--session-key", keys.Session)...)
	f.start("gateway", "--clinic", profile, "--listen", f.gateway, "--address-key", keys.Address, "--seal-public-key", keys.Public, "--seal-signing-key", keys.Signing,
		"--whatsapp-number-id", "1", "--whatsapp-token", "t", "--whatsapp-app-secret", "s", "--whatsapp-verify-token", "v", "--whatsapp-base-url", f.graph.URL())
	f.start("console", append(links, "--clinic", profile, "--listen", f.console, "--redis-address", redis, "--public-url", "http://localhost:8081",
		"--seal-private-key", keys.Private, "--seal-verify-key", onePublic(t, keys), "--staff-key", keys.Staff)...)
	for _, address := range f.health {
		waitServing(t, "http://"+address+"/readyz")
	}
	return f
}

func (f *trio) start(part string, args ...string) {
	f.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	must(f.t, err)
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{part, "--health", f.health[part], "--nats-url", f.at}, args...), streams{null, null, os.Stderr})
	}()
	stopped := false
	code := 0
	f.stop[part] = func() int {
		cancel()
		if stopped {
			return code
		}
		select {
		case code = <-ended:
			stopped = true
		case <-time.After(patience):
			f.t.Fatalf("%s does not stop", part)
		}
		return code
	}
	f.t.Cleanup(func() { f.stop[part]() })
}

func (f *trio) get(url string) (int, string) {
	f.t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(f.t, err)
	return resp.StatusCode, string(body)
}

// chat sends one message by the chat page.
func (f *trio) chat(text string) {
	f.t.Helper()
	jar, err := cookiejar.New(nil)
	must(f.t, err)
	client := &http.Client{Jar: jar}
	for _, step := range []struct{ path, body string }{
		{"/chat/start", "{}"}, {"/chat/messages", `{"id":"00000000-0000-4000-8000-000000000001","text":"` + text + `"}`},
	} {
		req, err := http.NewRequest(http.MethodPost, "http://"+f.gateway+step.path, strings.NewReader(step.body))
		must(f.t, err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Origin", "http://"+f.gateway)
		resp, err := client.Do(req)
		must(f.t, err)
		resp.Body.Close()
		if resp.StatusCode >= 300 {
			f.t.Fatalf("%s answers %d", step.path, resp.StatusCode)
		}
	}
}

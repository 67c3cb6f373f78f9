package soak

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"recado/agent/soak/proxy"
	"recado/agent/vault"
)

// startParts starts workers, gateway and console, each with proxies of its
// own between itself and its servers.
func (w *world) startParts() error {
	ports, err := freePorts(2)
	if err != nil {
		return err
	}
	keys := []string{"RECADO_SEAL_PUBLIC_KEY=" + w.cfg.Keys.Seal, "RECADO_SEAL_SIGNING_KEY=" + w.cfg.Keys.Signing, "RECADO_CLINIC=" + w.path("clinic.yaml")}
	for i := range w.cfg.Workers {
		name := "worker-" + strconv.Itoa(i+1)
		c := w.child(name, w.cfg.Binary, []string{"worker", "--lease-ttl", leaseTTL.String(), "--clock-file", w.path(name + ".clock")}, append(keys,
			"RECADO_SESSION_KEY="+w.cfg.Keys.Session,
			"RECADO_LLM_MODEL=standin", "OPENAI_BASE_URL="+w.model.server.URL+"/v1", "OPENAI_API_KEY="+name, "RECADO_LLM_POLICY=masked"))
		c.clock = w.path(name + ".clock")
		if err := os.WriteFile(c.clock, []byte("0s"), 0o600); err != nil {
			return err
		}
		w.workers = append(w.workers, c)
		if err := w.join(c, true); err != nil {
			return err
		}
	}
	w.gate = "127.0.0.1:" + ports[0]
	w.webhook = "http://" + w.gate + "/webhooks/whatsapp"
	w.gateway = w.child("gateway", w.cfg.Binary, []string{"gateway", "--send-timeout", sendTimeout.String(), "--confirm-wait", confirmWait.String()}, append(keys,
		"RECADO_ADDRESS_KEY="+w.cfg.Keys.Address, "RECADO_LISTEN="+w.gate,
		"RECADO_WHATSAPP_NUMBER_ID="+w.account.NumberID, "RECADO_WHATSAPP_TOKEN=token", "RECADO_WHATSAPP_APP_SECRET="+w.account.Secret,
		"RECADO_WHATSAPP_VERIFY_TOKEN=verify", "RECADO_WHATSAPP_BASE_URL="+w.graph.URL()))
	if err := w.join(w.gateway, false); err != nil {
		return err
	}
	signing, err := vault.ParseSigningKey(w.cfg.Keys.Signing)
	if err != nil {
		return err
	}
	listen := "127.0.0.1:" + ports[1]
	w.console = w.child("console", w.cfg.Binary, []string{"console"}, []string{
		"RECADO_CLINIC=" + w.path("clinic.yaml"), "RECADO_LISTEN=" + listen, "RECADO_PUBLIC_URL=http://" + strings.Replace(listen, "127.0.0.1", "localhost", 1),
		"RECADO_SEAL_PRIVATE_KEY=" + w.cfg.Keys.Open, "RECADO_SEAL_VERIFY_KEY=" + signing.Public().String(), "RECADO_STAFF_KEY=" + w.cfg.Keys.Staff, "RECADO_LINK_KEY=" + w.cfg.Keys.Link,
	})
	return w.join(w.console, true)
}

// join gives a process its ways to NATS and Redis and starts it.
func (w *world) join(c *child, usesRedis bool) error {
	var urls []string
	for _, url := range strings.Split(w.natsURL, ",") {
		p, err := proxy.New(strings.TrimPrefix(url, "nats://"))
		if err != nil {
			return err
		}
		c.nats = append(c.nats, p)
		urls = append(urls, "nats://"+p.Addr())
	}
	c.env = append(c.env, "RECADO_NATS_URL="+strings.Join(urls, ","))
	if usesRedis {
		var err error
		if c.redis, err = proxy.New(w.redis[0].Options().Addr); err != nil {
			return err
		}
		c.env = append(c.env, "RECADO_REDIS_ADDRESS="+c.redis.Addr())
	}
	if err := c.start(); err != nil {
		return fmt.Errorf("start %s: %w", c.name, err)
	}
	return nil
}

// drainWait is how long a worker that is asked to end may take.
const drainWait = 15 * time.Second

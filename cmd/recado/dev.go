package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"recado/agent/bus"
	"recado/agent/bus/embedded"
	"recado/agent/channel/whatsapp/graphtest"
	"recado/agent/session"
	"recado/agent/telemetry"
	"recado/agent/vault"
	"recado/agent/worker"
)

type devCommand struct {
	clinicFlag
	llmFlags
	whatsAppFlags
	Listen string `env:"RECADO_LISTEN" default:"127.0.0.1:8080" help:"Address for the chat page and the webhook."`
	Data   string `env:"RECADO_DATA" type:"path" help:"Folder for streams and keys, to go on where the last run stopped. Defaults to a temporary one." placeholder:"DIR"`
}

// Help says what runs.
func (devCommand) Help() string {
	return `A real NATS server with encrypted file storage and a Redis run inside the
process, beside a gateway and a worker. No key and no network are needed.
Without a WhatsApp number a stand-in for Meta's Graph API takes the replies.`
}

// Run serves everything until it is told to stop.
func (c devCommand) Run(ctx context.Context, std streams) error {
	log := telemetry.NewLogger(std.err).WithOptions(zap.IncreaseLevel(zap.WarnLevel))
	defer log.Sync() //nolint:errcheck // a terminal cannot be synced
	if err := c.check(); err != nil {
		return err
	}
	profile, err := c.profile()
	if err != nil {
		return err
	}
	dir, keys, cleanup, err := c.home()
	if err != nil {
		return err
	}
	defer cleanup()
	a, err := newAgent(c.llmFlags, nil)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w: choose another --listen", err)
	}
	defer listener.Close()

	server, err := embedded.Start(embedded.Config{Dir: filepath.Join(dir, "nats"), Key: keys.Store})
	if err != nil {
		return fmt.Errorf("start the embedded NATS server: %w", err)
	}
	defer server.Stop()
	cache, err := miniredis.Run()
	if err != nil {
		return fmt.Errorf("start the embedded Redis: %w", err)
	}
	defer cache.Close()
	nc, err := server.Connect(bus.RoleProvision)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := openJetStream(nc)
	if err != nil {
		return err
	}
	if _, err := bus.Provision(ctx, js, bus.Layout{}); err != nil {
		return err
	}

	standIn := ""
	if c.WhatsAppNumberID == "" {
		graph := graphtest.New()
		defer graph.Close()
		c.whatsAppFlags = whatsAppFlags{
			WhatsAppNumberID: "100000000000001", WhatsAppToken: "stand-in", WhatsAppAppSecret: keys.AppSecret,
			WhatsAppVerifyToken: keys.VerifyToken, WhatsAppBaseURL: graph.URL(),
		}
		standIn = fmt.Sprintf("\n  replies go to a stand-in for Meta; sign webhooks for number id %s with app secret %s", c.WhatsAppNumberID, keys.AppSecret)
	}
	sealer, err := keys.sealer()
	if err != nil {
		return err
	}
	gatewayConn, err := server.Connect(bus.RoleGateway)
	if err != nil {
		return err
	}
	defer gatewayConn.Close()
	g, err := newGateway(ctx, gatewayConfig{
		nc: gatewayConn, profile: profile, sealer: sealer, addressKey: keys.Address, whatsApp: c.whatsAppFlags, log: log,
	})
	if err != nil {
		return err
	}
	workerConn, err := server.Connect(bus.RoleWorker)
	if err != nil {
		return err
	}
	defer workerConn.Close()
	b, err := bus.Open(ctx, workerConn)
	if err != nil {
		return err
	}
	box, err := vault.ParseBox(keys.Session)
	if err != nil {
		return err
	}
	client := redis.NewClient(session.Options(cache.Addr()))
	defer client.Close()
	owners, err := openOwners(ctx, workerConn)
	if err != nil {
		return err
	}
	one := oneClinic{profile, sealer}
	w, err := worker.New(worker.Config{
		Bus: b, Owners: owners, Store: session.NewRedis(client, box, 0), Decider: a, Profiles: one, Sealers: one, Operator: sealer, Log: log,
	})
	if err != nil {
		return err
	}
	if err := w.Start(ctx); err != nil {
		return err
	}
	base := "http://" + listener.Addr().String()
	fmt.Fprintf(std.out, "Recado answers for %s\n\n  chat     %s/chat\n  webhook  %s/webhooks/whatsapp%s\n\nCtrl-C stops it.\n",
		profile.Name, base, base, standIn)
	served := g.run(ctx, listener)
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainLimit)
	defer cancel()
	return errors.Join(served, w.Stop(stop))
}

// home is the folder of this run and its keys; cleanup removes a temporary
// one.
func (c devCommand) home() (dir string, keys devKeys, cleanup func(), err error) {
	if c.Data == "" {
		if dir, err = os.MkdirTemp("", "recado-dev-"); err != nil {
			return "", keys, nil, fmt.Errorf("make a temporary folder: %w: choose one with --data", err)
		}
		keys, err = newDevKeys()
		return dir, keys, func() { os.RemoveAll(dir) }, err
	}
	if err = os.MkdirAll(c.Data, 0o700); err != nil {
		return "", keys, nil, fmt.Errorf("make the folder of --data: %w", err)
	}
	keys, err = loadDevKeys(filepath.Join(c.Data, "keys.json"))
	return c.Data, keys, func() {}, err
}

// secretText returns a random text for secrets of a development run.
func secretText() string { return rand.Text() }

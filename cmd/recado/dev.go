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
	"recado/agent/clinic"
	"recado/agent/session"
	"recado/agent/telemetry"
	"recado/agent/vault"
	"recado/agent/worker"
)

type devCommand struct {
	clinicFlag
	llmFlags
	whatsAppFlags
	smsFlags
	Listen string `env:"RECADO_LISTEN" default:"127.0.0.1:8080" help:"Address for the chat page and the webhook."`
	Data   string `env:"RECADO_DATA" type:"path" help:"Folder for streams and keys, to go on where the last run stopped. Defaults to a temporary one." placeholder:"DIR"`
	// WebRate is for tests, which write faster than people.
	WebRate float64 `hidden:"" help:"Messages a second that a visitor of the web chat may write. Defaults to one in 2 s."`
}

// Help says what runs.
func (devCommand) Help() string {
	return `A real NATS server with encrypted file storage and a Redis run inside the
process, beside a gateway, a worker and the staff's console. No key and no
network are needed. Without a WhatsApp number a stand-in for Meta's Graph API
takes the replies, and without an SMS number one for Twilio, which has phones
to write from and to read: the printed curl command is one. Pages to staff are
printed as lines.

The website is that of the first clinic, with the chat on it as a clinic's own
website has it. The printed staff link opens the inbox as a demo admin: whoever has it is in,
so keep --listen to this machine.`
}

// Run serves everything until it is told to stop.
func (c devCommand) Run(ctx context.Context, std streams) error {
	log := telemetry.NewLogger(std.err).WithOptions(zap.IncreaseLevel(zap.WarnLevel))
	defer log.Sync() //nolint:errcheck // a terminal cannot be synced
	if err := c.whatsAppFlags.check(); err != nil {
		return err
	}
	if err := c.smsFlags.check(); err != nil {
		return err
	}
	clinics, err := tryClinics(log, c.Clinic)
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
	// Browsers let no address but a name, such as localhost, have passkeys.
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	public := "http://localhost:" + port
	site, err := openDemo(listener)
	if err != nil {
		return err
	}
	defer site.listener.Close()

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
			WhatsAppNumberID: numberIDFor(clinics.Now()), WhatsAppToken: "stand-in", WhatsAppAppSecret: keys.AppSecret,
			WhatsAppVerifyToken: keys.VerifyToken, WhatsAppBaseURL: graph.URL(),
		}
		standIn = fmt.Sprintf("\n  replies go to a stand-in for Meta; sign webhooks for number id %s with app secret %s", c.WhatsAppNumberID, keys.AppSecret)
	}
	phones := ""
	if c.SMSNumber == "" {
		twilio := c.smsStandIn("http://"+listener.Addr().String(), clinics.Now())
		defer twilio.Close()
		phones = fmt.Sprintf("\n  texts go to a stand-in for Twilio; write one, and read the phone, with\n    curl -d 'do you take Medicaid?' %s/phones/17135550001", twilio.URL())
	}
	sealer, err := keys.sealer()
	if err != nil {
		return err
	}
	clinics.common = sealer
	gatewayConn, err := server.Connect(bus.RoleGateway)
	if err != nil {
		return err
	}
	defer gatewayConn.Close()
	g, err := newGateway(ctx, gatewayConfig{
		nc: gatewayConn, clinics: clinics, addressKey: keys.Address, whatsApp: c.whatsAppFlags, sms: c.smsFlags, webRate: c.WebRate, log: log, demo: site,
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
	links, err := privateFlags{LinkKey: []string{keys.Link}, PrivateURL: public}.links()
	if err != nil {
		return err
	}
	books, err := bookFlags{}.books(ctx, workerConn, client, nil)
	if err != nil {
		return err
	}
	reminders, err := openReminders(ctx, workerConn, books, clinics, nil, log)
	if err != nil {
		return err
	}
	defer reminders.begin(ctx)()
	w, err := worker.New(worker.Config{
		Bus: b, Books: books, Reminders: reminders, Owners: owners, Links: links, Store: session.NewRedis(client, box, 0), Decider: a, Profiles: clinics, Sealers: clinics, Operator: sealer, Log: log,
	})
	if err != nil {
		return err
	}
	if err := w.Start(ctx); err != nil {
		return err
	}
	go clinics.follow(ctx)
	staffConn, err := server.Connect(bus.RoleConsole)
	if err != nil {
		return err
	}
	defer staffConn.Close()
	ctx, cancelAll := context.WithCancel(ctx)
	defer cancelAll()
	translate, err := c.translator(nil)
	if err != nil {
		return errors.Join(err, stopWorker(ctx, w))
	}
	desk, err := newDevConsole(ctx, devConsole{
		nc: staffConn, redis: client, clinics: clinics, keys: &keys, links: links, public: public, out: std.out, translator: translate, log: log,
		save: func() error { return c.keep(keys) },
	})
	if err != nil {
		return errors.Join(err, stopWorker(ctx, w))
	}
	end := desk.begin(ctx, cancelAll)
	g.join(desk.handler, desk.close)
	base := "http://" + listener.Addr().String()
	siteDone, err := site.serve(ctx, public, func() *clinic.Profile { return clinics.Now().Profiles()[0] })
	if err != nil {
		return errors.Join(err, end(), stopWorker(ctx, w))
	}
	fmt.Fprintf(std.out, "Recado answers for %s\n\n  chat     %s/chat\n  website  %s\n  staff    %s%s\n  webhook  %s/webhooks/whatsapp%s\n  webhook  %s%s\n\nCtrl-C stops it.\n",
		clinicNames(clinics.Now().Profiles()), base, site.address(), public, desk.demoPath, base, standIn, c.webhook(), phones)
	served := g.run(ctx, listener)
	return errors.Join(served, siteDone(), end(), stopWorker(ctx, w))
}

// stopWorker lets turns in flight finish.
func stopWorker(ctx context.Context, w *worker.Worker) error {
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainLimit)
	defer cancel()
	return w.Stop(stop)
}

// keep writes what the keys of --data became.
func (c devCommand) keep(keys devKeys) error {
	if c.Data == "" {
		return nil
	}
	return keys.save(filepath.Join(c.Data, "keys.json"))
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

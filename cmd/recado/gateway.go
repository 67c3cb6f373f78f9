package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/channel/dispatch"
	"recado/agent/channel/sms"
	"recado/agent/channel/webchat"
	"recado/agent/channel/whatsapp"
	"recado/agent/telemetry"
	"recado/agent/telemetry/red"
	"recado/agent/vault"
)

type gatewayCommand struct {
	servedClinicFlag
	natsFlags
	whatsAppFlags
	smsFlags
	healthFlag
	Listen         string         `env:"RECADO_LISTEN" default:"127.0.0.1:8080" help:"Address for the webhook and the chat page."`
	Secure         bool           `env:"RECADO_SECURE" help:"Patients reach the page over https (a proxy in front ends TLS): mark the cookie so. The chat on a clinic's own website needs it."`
	TrustedProxies []netip.Prefix `name:"trusted-proxies" env:"RECADO_TRUSTED_PROXIES" help:"Networks of proxies whose X-Forwarded-For is believed, e.g. 172.16.0.0/12. Without it nobody behind a proxy is slowed down by address." placeholder:"CIDR"`
	AddressKey     string         `env:"RECADO_ADDRESS_KEY" required:"" help:"Seals patients' addresses and makes conversation ids (recado keys); the same for all gateways." placeholder:"KEY"`
	SealPublicKey  string         `env:"RECADO_SEAL_PUBLIC_KEY" required:"" help:"The clinic's public key, for records of replies that were not delivered." placeholder:"KEY"`
	SealSigningKey string         `env:"RECADO_SEAL_SIGNING_KEY" required:"" help:"This gateway's signing key." placeholder:"KEY"`

	SendTimeout time.Duration `hidden:"" help:"Bounds one call to the channel."`
	ConfirmWait time.Duration `hidden:"" help:"How long a status is waited for where it is not known whether a message was taken."`
}

// Help says what is served where.
func (gatewayCommand) Help() string {
	return `Serves /chat, /webhooks/whatsapp where a WhatsApp number is configured, and
/webhooks/sms where a Twilio number is. A webhook is answered with 200 only
once its messages are stored. Put a proxy that ends TLS in front, and set
--secure.

At Twilio enter https://HOST/webhooks/sms as the number's webhook for messages,
with HTTP POST, and once more as its fallback; --sms-public-url is https://HOST.
Delivery statuses come to /webhooks/sms/status by themselves.

A clinic's own website shows the chat with one tag,
  <script src="https://HOST/widget.js" data-clinic="KEY" async></script>
where its profile names the website: channels, web, key and origins. data-lang
is en, es or auto, the page's own language; data-color is the button's colour.
A strict policy of the website needs script-src and frame-src https://HOST.
Where no script may run, link to https://HOST/chat?clinic=KEY.`
}

// whatsAppFlags join a WhatsApp number. Without a number id the gateway
// serves the chat page alone.
type whatsAppFlags struct {
	WhatsAppNumberID    string  `name:"whatsapp-number-id" env:"RECADO_WHATSAPP_NUMBER_ID" help:"Phone number id of the clinic's WhatsApp number." placeholder:"ID"`
	WhatsAppToken       string  `name:"whatsapp-token" env:"RECADO_WHATSAPP_TOKEN" help:"Access token of a system user." placeholder:"SECRET"`
	WhatsAppAppSecret   string  `name:"whatsapp-app-secret" env:"RECADO_WHATSAPP_APP_SECRET" help:"App secret, which webhooks are signed with." placeholder:"SECRET"`
	WhatsAppVerifyToken string  `name:"whatsapp-verify-token" env:"RECADO_WHATSAPP_VERIFY_TOKEN" help:"Token that Meta shows when the webhook is set up." placeholder:"SECRET"`
	WhatsAppRate        float64 `name:"whatsapp-rate" env:"RECADO_WHATSAPP_RATE" default:"80" help:"Messages a second that a number may send; with several gateways, each one's share."`
	WhatsAppBaseURL     string  `name:"whatsapp-base-url" env:"RECADO_WHATSAPP_BASE_URL" help:"Graph API. Defaults to Meta's." placeholder:"URL"`
}

// none reports whether nothing is set.
func (f whatsAppFlags) none() bool {
	return f.WhatsAppNumberID+f.WhatsAppToken+f.WhatsAppAppSecret+f.WhatsAppVerifyToken == ""
}

func (f whatsAppFlags) check() error { return f.checkFor(f.WhatsAppNumberID != "") }

// checkFor returns what is missing or wrong; needed is true where numbers are
// named, here or in profiles.
func (f whatsAppFlags) checkFor(needed bool) error {
	if !needed {
		if f.WhatsAppToken != "" || f.WhatsAppAppSecret != "" {
			return exit{2, errors.New("WhatsApp is half configured: set --whatsapp-number-id as well, or none of its settings")}
		}
		return nil
	}
	for name, value := range map[string]string{
		"--whatsapp-token": f.WhatsAppToken, "--whatsapp-app-secret": f.WhatsAppAppSecret, "--whatsapp-verify-token": f.WhatsAppVerifyToken,
	} {
		if value == "" {
			return exit{2, fmt.Errorf("WhatsApp is half configured: %s is missing", name)}
		}
	}
	return nil
}

// Run serves until it is told to stop.
func (c gatewayCommand) Run(ctx context.Context, std streams) error {
	log := telemetry.NewLogger(std.err)
	defer log.Sync() //nolint:errcheck // a terminal cannot be synced
	seen, err := observe(ctx, log)
	if err != nil {
		return err
	}
	defer seen.stop(ctx)
	clinics, err := c.open(log, seen.metrics.Provider(), false)
	if err != nil {
		return err
	}
	if clinics.folder != nil { // those in the bucket are checked once they are known
		if _, err := newAccounts(clinics, c.whatsAppFlags, c.smsFlags, nil); err != nil {
			return err
		}
	}
	if err := clinics.sealWith(c.SealPublicKey, c.SealSigningKey); err != nil {
		return err
	}
	nc, err := c.connect(ctx, bus.RoleGateway)
	if err != nil {
		return err
	}
	defer nc.Close()
	if err := clinics.connect(ctx, nc); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w: is another gateway running? choose another --listen", err)
	}
	defer listener.Close()
	g, err := newGateway(ctx, gatewayConfig{
		nc: nc, clinics: clinics, addressKey: c.AddressKey, secure: c.Secure, whatsApp: c.whatsAppFlags, sms: c.smsFlags, proxies: c.TrustedProxies, log: log, seen: seen,
		sendTimeout: c.SendTimeout, confirmWait: c.ConfirmWait,
	})
	if err != nil {
		return err
	}
	ready := newReadiness().need("nats", func(context.Context) error { return connected(nc) }).useClinics(clinics)
	if g.dispatcher != nil {
		replies, err := seen.watch(ctx, nc, bus.StreamTurn, bus.ConsumerGateway, log)
		if err != nil {
			return err
		}
		ready.need("replies", func(context.Context) error { return replies.Ready() })
	}
	defer ready.drainWith(ctx)()
	if err := ready.meter(seen.metrics.Provider(), red.Gateway); err != nil {
		return err
	}
	go clinics.follow(ctx)
	health := c.serve(log, seen.metrics.Handler(), ready)
	defer health.Close()
	go settle()
	return g.run(ctx, listener)
}

// gatewayConfig is what a gateway is made of.
type gatewayConfig struct {
	nc         *nats.Conn
	clinics    *servedClinics
	addressKey string
	secure     bool
	whatsApp   whatsAppFlags
	sms        smsFlags
	webRate    float64   // of the web chat's visitors; 0 for its default
	demo       *demoSite // a website of a development run; nil without
	proxies    []netip.Prefix
	log        *zap.Logger
	seen       *observed // nil where nobody measures

	sendTimeout, confirmWait time.Duration // the dispatcher's; 0 for its defaults
}

// gateway joins webhook, chat page and dispatcher behind one listener.
type gateway struct {
	handler    http.Handler
	chat       *webchat.Handler
	dispatcher *dispatch.Dispatcher // nil without a channel to send on
	close      []func()             // ends open event streams
	log        *zap.Logger
}

// join serves the staff's and the private pages as well, in a process of all
// parts; closing ends their open event streams.
func (g *gateway) join(pages http.Handler, closing func()) {
	mux := http.NewServeMux()
	for _, path := range []string{"/staff", "/staff/", "/p", "/p/"} {
		mux.Handle(path, pages)
	}
	mux.Handle("/", g.handler)
	g.handler = mux
	g.close = append(g.close, closing)
}

func newGateway(ctx context.Context, c gatewayConfig) (*gateway, error) {
	js, err := openJetStream(c.nc)
	if err != nil {
		return nil, err
	}
	box, err := vault.ParseBox(c.addressKey)
	if err != nil {
		return nil, fmt.Errorf("--address-key: %w", err)
	}
	key, err := hkdf.Key(sha256.New, []byte(c.addressKey), nil, "recado conversation ids", 32)
	if err != nil {
		return nil, fmt.Errorf("derive the key of conversation ids: %w", err)
	}
	b, err := bus.Open(ctx, c.nc)
	if err != nil {
		return nil, err
	}
	owners, err := openOwners(ctx, c.nc)
	if err != nil {
		return nil, err
	}
	var meters metric.MeterProvider
	if c.seen != nil {
		meters = c.seen.metrics.Provider()
	}
	accounts, err := newAccounts(c.clinics, c.whatsApp, c.sms, meters)
	if err != nil {
		return nil, err
	}
	accounts.warn(c.clinics.Now())
	c.clinics.OnChange(accounts.warn)
	c.clinics.useSecrets = accounts.checkOwn
	c.clinics.onSecrets = func() { accounts.warn(c.clinics.Now()) }
	tellStaff := dispatch.TellStaff(b, c.clinics.sealer)
	g := &gateway{log: c.log}
	mux := http.NewServeMux()
	chat, byKey := webchat.Clinic{}, accounts.web // chat is that of addresses that name none
	if p, ok := c.clinics.Now().Profile(accounts.only); ok {
		chat = chatOf(p)
	}
	if c.demo != nil {
		chat = c.demo.show(chat)
		byKey = func(key string) (webchat.Clinic, bool) {
			found, ok := accounts.web(key)
			return c.demo.show(found), ok
		}
	}
	g.chat, err = webchat.New(webchat.Config{
		JetStream: js, ConversationKey: key, Secure: c.secure, Log: c.log, Consent: b, Owners: owners, Undelivered: tellStaff,
		Clinic: chat, Clinics: byKey, Proxies: c.proxies, Rate: rate.Limit(c.webRate),
	})
	if err != nil {
		return nil, err
	}
	mux.Handle("/", g.chat)
	g.close = append(g.close, g.chat.Close)
	if accounts.hasWhatsApp() || accounts.hasSMS() {
		if err := g.joinChannels(ctx, c, joined{accounts: accounts, js: js, bus: b, owners: owners, box: box, key: key, tellStaff: tellStaff}, mux); err != nil {
			return nil, err
		}
	}
	g.handler = mux
	if c.seen != nil {
		g.handler = c.seen.http(red.Gateway, gatewayRoutes).Handler(mux)
	}
	return g, nil
}

// joined is what the channels of a gateway share.
type joined struct {
	accounts  *accounts
	js        jetstream.JetStream
	bus       *bus.Bus
	owners    channel.OwnerChecker
	box       *vault.Box
	key       []byte // of conversation ids
	tellStaff channel.Undelivered

	deliveries *dispatch.Deliveries
	aliases    whatsapp.Aliases
	intake     channel.Intake
	strays     channel.Strays
	consents   *channel.Consents
	windows    channel.Windows
	blocks     sms.Blocks
	meters     metric.MeterProvider // nil where nobody measures
}

// joinChannels serves the webhooks that are configured and sends on their
// channels.
func (g *gateway) joinChannels(ctx context.Context, c gatewayConfig, j joined, mux *http.ServeMux) error {
	seen, err := j.js.KeyValue(ctx, bus.BucketSeen)
	if err != nil {
		return fmt.Errorf("open bucket %s (run recado streams first): %w", bus.BucketSeen, err)
	}
	aliases, err := j.js.KeyValue(ctx, bus.BucketAlias)
	if err != nil {
		return fmt.Errorf("open bucket %s (run recado streams first): %w", bus.BucketAlias, err)
	}
	if j.deliveries, err = dispatch.OpenDeliveries(ctx, j.js, j.tellStaff); err != nil {
		return err
	}
	j.aliases, j.intake = whatsapp.NewAliases(aliases, j.key), channel.NewIntake(j.js, seen)
	j.windows, j.blocks = channel.NewWindows(seen), sms.NewBlocks(aliases, j.key)
	if c.seen != nil {
		j.meters = c.seen.metrics.Provider()
	}
	j.strays = channel.NewStrays(j.bus, c.clinics.sealer)
	if j.consents, err = channel.OpenConsents(ctx, j.js, j.intake, j.box, sameAddress(j.aliases, j.key)); err != nil {
		return err
	}
	senders := map[agent.Channel]channel.Sender{}
	if j.accounts.hasWhatsApp() {
		var end func()
		if senders[agent.WhatsApp], end, err = joinWhatsApp(c, j, mux); err != nil {
			return err
		}
		g.close = append(g.close, end)
	}
	if j.accounts.hasSMS() {
		if senders[agent.SMS], err = joinSMS(c, j, mux); err != nil {
			return err
		}
	}
	config := dispatch.Config{
		JetStream: j.js, Senders: senders, Deliveries: j.deliveries,
		Consent: j.bus, Addresses: j.consents, Owners: j.owners, Box: j.box, Log: c.log,
		Windows: j.windows, Templates: whatsapp.ProfileTemplates(c.profile), Menu: c.menu,
		SendTimeout: c.sendTimeout, ConfirmWait: c.confirmWait,
	}
	if c.seen != nil {
		config.Meters, config.Tracers = c.seen.metrics.Provider(), c.seen.tracing.Provider()
	}
	g.dispatcher, err = dispatch.New(config)
	return err
}

// shutdownLimit is how long open requests may take after a stop.
const shutdownLimit = 10 * time.Second

// run serves and sends until ctx ends, then finishes what was begun.
func (g *gateway) run(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler: g.handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
	}
	failed := make(chan error, 2)
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("serve: %w", err)
		}
	}()
	sending := make(chan struct{})
	go func() {
		defer close(sending)
		if g.dispatcher != nil {
			if err := g.dispatcher.Run(ctx); err != nil {
				failed <- fmt.Errorf("send replies: %w", err)
			}
		}
	}()
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	for _, end := range g.close {
		end() // open event streams would hold the shutdown back
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownLimit)
	defer cancel()
	if shutdown := server.Shutdown(stop); shutdown != nil && err == nil {
		err = fmt.Errorf("stop serving: %w", shutdown)
	}
	if err == nil {
		<-sending
	}
	return err
}

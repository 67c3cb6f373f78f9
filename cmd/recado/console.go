package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"go.uber.org/zap"

	"recado/agent/bus"
	"recado/agent/inbox/store"
	"recado/agent/telemetry"
	"recado/agent/telemetry/red"
)

type consoleCommand struct {
	servedClinicFlag
	natsFlags
	redisFlags
	healthFlag
	privateFlags
	pagingFlags
	oidcFlags
	llmFlags
	Listen         string         `env:"RECADO_LISTEN" default:"127.0.0.1:8081" help:"Address for the staff's pages and the patients' private page."`
	PublicURL      string         `name:"public-url" env:"RECADO_PUBLIC_URL" required:"" help:"Address that the staff's browsers know this console by, e.g. https://staff.clinic.example. Passkeys are bound to its host." placeholder:"URL"`
	Secure         bool           `env:"RECADO_SECURE" help:"Browsers reach the console over https (a proxy in front ends TLS): mark cookies so, and ask browsers to stay with https."`
	TrustedProxies []netip.Prefix `name:"trusted-proxies" env:"RECADO_TRUSTED_PROXIES" help:"Networks of proxies whose X-Forwarded-For is believed, e.g. 172.16.0.0/12. Without it attempts to sign in are slowed down for all behind a proxy together." placeholder:"CIDR"`
	SealPrivateKey []string       `env:"RECADO_SEAL_PRIVATE_KEY" required:"" help:"The clinic's private keys, the newest first, from the staff side's file (recado keys)." placeholder:"KEY"`
	SealVerifyKey  []string       `env:"RECADO_SEAL_VERIFY_KEY" required:"" help:"Keys that workers' and gateways' signatures are checked with." placeholder:"KEY"`
	StaffKey       string         `env:"RECADO_STAFF_KEY" required:"" help:"Seals authenticator apps' secrets and sessions (recado keys); the same for all consoles." placeholder:"KEY"`
	Retention      time.Duration  `env:"RECADO_RETENTION" default:"8760h" help:"How long a case is kept after it was resolved, with its messages. The audit is kept for ever."`
	NewSetUpLink   bool           `name:"new-setup-link" help:"Print another first link where the one of the first start is lost. It has no effect once somebody has an account."`
}

// Help says what it needs and what it tells at its start.
func (consoleCommand) Help() string {
	return `Serves the staff's inbox at /staff, and the patients' private page at /p where
links are configured. Run as many as you like; they share the work. The first
start prints a link by which the first admin sets up an account: there is no
default password. Put a proxy that ends TLS in front, and set --secure.

It says at its start when nobody would be paged. With a language model whose
policy is covered, staff may have a message translated; the original stays
beside it. No other model sees what patients wrote for staff.`
}

// Run serves until it is told to stop.
func (c consoleCommand) Run(ctx context.Context, std streams) error {
	log := telemetry.NewLogger(std.err)
	defer log.Sync() //nolint:errcheck // a terminal cannot be synced
	if c.Retention < store.MinRetention {
		return exit{2, fmt.Errorf("--retention: %s is less than %s, for which a record may be delivered again", c.Retention, store.MinRetention)}
	}
	seen, err := observe(ctx, log)
	if err != nil {
		return err
	}
	defer seen.stop(ctx)
	clinics, err := c.open(log, seen.metrics.Provider(), true)
	if err != nil {
		return err
	}
	keys, err := openClinicsKeys(c.SealPrivateKey, c.SealVerifyKey, clinics.book())
	if err != nil {
		return exit{2, err}
	}
	clinics.useSecrets = keys.take
	links, err := c.links()
	if err != nil {
		return err
	}
	issuer, err := c.issuer(ctx, c.PublicURL)
	if err != nil {
		return err
	}
	nc, err := c.connect(ctx, bus.RoleConsole)
	if err != nil {
		return err
	}
	defer nc.Close()
	if err := clinics.connect(ctx, nc); err != nil {
		return err
	}
	client := c.client()
	defer client.Close()
	translate, err := c.translator(seen.onCall)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w: is another console running? choose another --listen", err)
	}
	defer listener.Close()
	s, err := newConsole(ctx, consoleConfig{
		nc: nc, redis: client, clinics: clinics, keys: keys, staffKey: c.StaffKey, links: links, issuer: issuer,
		paging: c.pager, public: c.PublicURL, secure: c.Secure, proxies: c.TrustedProxies, retention: c.Retention,
		translator: translate, metrics: seen.metrics, log: log,
	})
	if err != nil {
		return err
	}
	warnOfPaging(ctx, std.out, s.pager)
	if err := s.printFirstLink(ctx, std.out, c.NewSetUpLink); err != nil {
		return err
	}
	records, err := seen.watch(ctx, nc, bus.StreamTurn, bus.ConsumerConsole, log)
	if err != nil {
		return err
	}
	ready := newReadiness().
		need("nats", func(context.Context) error { return connected(nc) }).
		need("records", func(context.Context) error { return records.Ready() }).
		need("redis", func(ctx context.Context) error {
			if client.Ping(ctx).Err() != nil {
				return errors.New("no answer from Redis: nobody can sign in")
			}
			return nil
		}).
		need("cases", func(context.Context) error {
			if _, fresh := s.index.Fresh(); !fresh {
				return errors.New("the list of cases is stale")
			}
			return nil
		}).
		use("llm", seen.models.ask).
		useClinics(clinics)
	defer ready.drainWith(ctx)()
	if err := ready.meter(seen.metrics.Provider(), red.Console); err != nil {
		return err
	}
	go clinics.follow(ctx)
	health := c.serve(log, seen.metrics.Handler(), ready)
	defer health.Close()
	s.handler = seen.measureDesk(s.handler)
	log.Info("console is serving")
	go settle()
	return s.run(ctx, listener)
}

// printFirstLink prints the link for the first admin while there is none.
func (s *consoleServer) printFirstLink(ctx context.Context, out io.Writer, renew bool) error {
	token, err := s.staff.FirstLink(ctx, renew)
	if err != nil {
		return fmt.Errorf("make the first set-up link: %w", err)
	}
	if token == "" {
		return nil
	}
	_, err = fmt.Fprintf(out, `Nobody has an account yet. Set up the first admin with this link. It works once,
within 24 hours; recado console --new-setup-link prints another one:

  %s

`, s.pages.SetUpURL(token))
	return err
}

// noteHeads writes the ends of the audit's chains into the log now and then:
// kept away from NATS, they show whether a chain was cut off or made anew.
func (s *consoleServer) noteHeads(ctx context.Context) {
	s.audit.NoteHeads(ctx, time.Hour, func(h auditHead) {
		s.log.Info("end of an audit chain", zap.String("clinic", h.Clinic), zap.String("head", h.String()))
	})
}

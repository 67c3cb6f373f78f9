package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"recado/agent/bus"
	"recado/agent/session"
	"recado/agent/telemetry"
	"recado/agent/telemetry/red"
	"recado/agent/vault"
	"recado/agent/worker"
)

type workerCommand struct {
	servedClinicFlag
	natsFlags
	redisFlags
	llmFlags
	healthFlag
	privateFlags
	bookFlags
	SealPublicKey  string        `env:"RECADO_SEAL_PUBLIC_KEY" required:"" help:"The clinic's public key, which escalations are sealed for (recado keys)." placeholder:"KEY"`
	SealSigningKey string        `env:"RECADO_SEAL_SIGNING_KEY" required:"" help:"This worker's signing key (recado keys)." placeholder:"KEY"`
	SessionKey     string        `env:"RECADO_SESSION_KEY" required:"" help:"Key that seals the short tail of a conversation in Redis; the same for all workers." placeholder:"KEY"`
	Slots          int           `default:"64" help:"Turns decided at once; with a language model, its quota."`
	ClockFile      string        `name:"clock-file" hidden:"" help:"For recado soak: a file with an offset such as -3h, by which the clock that turns are decided by is wrong." placeholder:"FILE"`
	LeaseTTL       time.Duration `name:"lease-ttl" env:"RECADO_LEASE_TTL" default:"15s" help:"How long a dead worker keeps its conversations from others; a living one renews."`
}

// Help says how it stops and what it survives.
func (workerCommand) Help() string {
	return `Run as many as you like; they share the work and need nothing of each other.
A stop signal drains: nothing new is taken, turns in flight are finished, the
rest is handed back. A killed worker loses nothing. With Redis down emergencies
are still answered and everything else waits.`
}

// redisFlags say where Redis is.
type redisFlags struct {
	RedisAddress  string `name:"redis-address" env:"RECADO_REDIS_ADDRESS" default:"127.0.0.1:6379" help:"Redis host and port."`
	RedisUser     string `name:"redis-user" env:"RECADO_REDIS_USER" help:"Redis user." placeholder:"NAME"`
	RedisPassword string `name:"redis-password" env:"RECADO_REDIS_PASSWORD" help:"Its password." placeholder:"SECRET"`
}

func (f redisFlags) client() *redis.Client {
	options := session.Options(f.RedisAddress)
	options.Username, options.Password = f.RedisUser, f.RedisPassword
	return redis.NewClient(options)
}

// drainLimit is how long a stopping worker may take altogether.
const drainLimit = 40 * time.Second

// Run serves until it is told to stop, then drains.
func (c workerCommand) Run(ctx context.Context, std streams) error {
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
	if err := clinics.sealWith(c.SealPublicKey, c.SealSigningKey); err != nil {
		return err
	}
	box, err := vault.ParseBox(c.SessionKey)
	if err != nil {
		return fmt.Errorf("--session-key: %w", err)
	}
	links, err := c.links()
	if err != nil {
		return err
	}
	client := c.client()
	defer client.Close()
	c.quotas = client
	a, err := newAgent(c.llmFlags, seen.onCall)
	if err != nil {
		return err
	}
	nc, err := c.connect(ctx, bus.RoleWorker)
	if err != nil {
		return err
	}
	defer nc.Close()
	if err := clinics.connect(ctx, nc); err != nil {
		return err
	}
	b, err := bus.Open(ctx, nc)
	if err != nil {
		return err
	}
	owners, err := openOwners(ctx, nc)
	if err != nil {
		return err
	}
	config := worker.Config{
		Bus: b, Owners: owners, Store: session.NewRedis(client, box, 0), Decider: a,
		Profiles: clinics, Sealers: clinics, Operator: clinics.common, Log: log, Slots: c.Slots, LeaseTTL: c.LeaseTTL,
		Meters: seen.metrics.Provider(), Tracers: seen.tracing.Provider(),
	}
	if links != nil {
		config.Links = links
	}
	if c.ClockFile != "" {
		log.Warn("the clock is wrong on purpose: --clock-file is for recado soak alone")
		config.Now = clockBeside(c.ClockFile)
	}
	if config.Books, err = c.books(ctx, nc, client, config.Now); err != nil {
		return err
	}
	reminders, err := openReminders(ctx, nc, config.Books, clinics, config.Now, log)
	if err != nil {
		return err
	}
	config.Reminders = reminders
	w, err := worker.New(config)
	if err != nil {
		return err
	}
	defer reminders.begin(ctx)()
	go clinics.follow(ctx)
	if err := w.Start(ctx); err != nil {
		return err
	}
	events, err := seen.watch(ctx, nc, bus.StreamIn, bus.ConsumerWorker, log)
	if err != nil {
		return errors.Join(err, stopWorker(ctx, w))
	}
	ready := newReadiness().
		need("nats", func(context.Context) error { return connected(nc) }).
		need("events", func(context.Context) error { return events.Ready() }).
		need("redis", func(ctx context.Context) error {
			if client.Ping(ctx).Err() != nil {
				return errors.New("no answer from Redis: emergencies are still handled, and all else waits")
			}
			return nil
		}).
		use("llm", seen.models.ask).
		useClinics(clinics)
	defer ready.drainWith(ctx)()
	if err := ready.meter(seen.metrics.Provider(), red.Worker); err != nil {
		return errors.Join(err, stopWorker(ctx, w))
	}
	health := c.serve(log, seen.metrics.Handler(), ready)
	defer health.Close()
	go func() {
		settle()
		collectSeldom() // what only the start needed is gone by then
	}()
	<-ctx.Done()
	log.Info("worker is draining")
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainLimit)
	defer cancel()
	return w.Stop(stop)
}

func sealerOf(public, signing string) (*vault.Sealer, error) {
	to, err := vault.ParsePublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("--seal-public-key: %w", err)
	}
	as, err := vault.ParseSigningKey(signing)
	if err != nil {
		return nil, fmt.Errorf("--seal-signing-key: %w", err)
	}
	return vault.NewSealer(to, as)
}

package main

import (
	"context"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/pquerna/otp/totp"
	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/paging"
	"recado/agent/private"
	"recado/agent/staff"
	"recado/agent/telemetry"
)

// demoStaff is the admin of a development run, who signs in by a link alone.
// Underneath it is an account like any other, with a password and an
// authenticator app whose secret stays in this process, or with --data in its
// keys.json.
type demoStaff struct {
	keys  *devKeys
	token string // of the link of this run

	mu   sync.Mutex
	last int64 // time step of the last code
}

const (
	demoEmail  = "demo@recado.example"
	demoPeriod = 30 // seconds of a code
)

func newDemoStaff(keys *devKeys) *demoStaff { return &demoStaff{keys: keys, token: secretText()} }

// path is where the link leads; browsers send what follows # to nobody.
func (d *demoStaff) path() string { return "/staff/demo#" + d.token }

// setUp makes the account where there is none yet, and reports whether it
// did.
func (d *demoStaff) setUp(ctx context.Context, s *staff.Service) (bool, error) {
	link, err := s.FirstLink(ctx, true)
	if err != nil || link == "" {
		return false, err
	}
	t, err := s.BeginSetUpTOTP(ctx, link, demoEmail)
	if err != nil {
		return false, fmt.Errorf("set the demo account up: %w", err)
	}
	d.keys.DemoSecret, d.keys.DemoPassword = strings.ReplaceAll(t.Secret, " ", ""), secretText()
	code, err := d.code(ctx)
	if err != nil {
		return false, err
	}
	_, err = s.FinishSetUpPassword(ctx, link, t.Ticket, d.keys.DemoPassword, code, staff.Self{Name: "Demo Admin", Email: demoEmail})
	if err != nil {
		return false, fmt.Errorf("set the demo account up: %w", err)
	}
	return true, nil
}

// door signs in whoever shows the token of this run.
func (d *demoStaff) door(s *staff.Service) func(context.Context, string) (staff.SignIn, error) {
	return func(ctx context.Context, token string) (staff.SignIn, error) {
		if subtle.ConstantTimeCompare([]byte(token), []byte(d.token)) != 1 {
			return staff.SignIn{}, staff.ErrLink
		}
		code, err := d.code(ctx)
		if err != nil {
			return staff.SignIn{}, err
		}
		return s.PasswordAndTOTP(ctx, demoEmail, d.keys.DemoPassword, code, "demo")
	}
}

// code is one that was not used yet. A code of the next half minute is taken as
// well, for telephones whose clocks are wrong; the one after that has to wait.
func (d *demoStaff) code(ctx context.Context) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(d.keys.DemoSecret); err != nil || d.keys.DemoSecret == "" {
		return "", errors.New("demo account: its secret is not in keys.json: sign in at /staff, or remove the folder of --data to start afresh")
	}
	step := max(d.last+1, time.Now().Unix()/demoPeriod)
	if wait := time.Until(time.Unix((step-1)*demoPeriod, 0)); wait > 0 {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	d.last = step
	return totp.GenerateCode(d.keys.DemoSecret, time.Unix(step*demoPeriod, 0))
}

// devConsole is what the console of a development run is made of.
type devConsole struct {
	nc      *nats.Conn
	redis   *redis.Client
	clinics *servedClinics
	keys    *devKeys
	links   *private.Links
	public  string
	out     io.Writer
	save    func() error // what keys became
	// translator translates messages for staff; nil for none.
	translator agent.Translator
	log        *zap.Logger
}

// devDesk is a console with a demo account.
type devDesk struct {
	*consoleServer
	demoPath string
}

func newDevConsole(ctx context.Context, c devConsole) (*devDesk, error) {
	keys, err := c.keys.staffKeys()
	if err != nil {
		return nil, err
	}
	metrics, err := telemetry.NewMetrics(ctx)
	if err != nil {
		return nil, err
	}
	demo := newDemoStaff(c.keys)
	s, err := newConsole(ctx, consoleConfig{
		nc: c.nc, redis: c.redis, clinics: c.clinics, keys: keys, staffKey: c.keys.Staff, links: c.links,
		public: c.public, retention: devRetention, demo: demo.door, translator: c.translator, metrics: metrics, log: c.log,
		paging: func(ctx context.Context, setup pagingSetup) (*paging.Pager, error) {
			return printingPager(ctx, c.out, setup)
		},
	})
	if err != nil {
		return nil, err
	}
	made, err := demo.setUp(ctx, s.staff)
	if err == nil && made {
		err = c.save()
	}
	if err != nil {
		s.index.Close()
		return nil, err
	}
	return &devDesk{s, demo.path()}, nil
}

// begin does all but answering, until stop or end is called. Where it cannot
// go on it calls stop: nobody would see what is handed off. end returns why.
func (d *devDesk) begin(ctx context.Context, stop context.CancelFunc) (end func() error) {
	failed, why := make(chan error, 1), make(chan error, 1)
	wait := d.start(ctx, failed)
	go func() {
		select {
		case err := <-failed:
			why <- err
			stop()
		case <-ctx.Done():
			why <- nil
		}
	}()
	return func() error {
		stop()
		wait()
		d.index.Close()
		return <-why
	}
}

// devRetention is how long a development run keeps what was resolved.
const devRetention = 60 * 24 * time.Hour

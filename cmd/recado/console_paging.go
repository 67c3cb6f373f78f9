package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"recado/agent/clinic"
	"recado/agent/inbox/store"
	"recado/agent/paging"
	"recado/agent/paging/ladder"
	pagingsettings "recado/agent/paging/settings"
	"recado/agent/paging/smtp"
	pagingstore "recado/agent/paging/store"
	"recado/agent/paging/webhook"
)

// pagingFlags say whom to page, and through what.
type pagingFlags struct {
	Paging       string `env:"RECADO_PAGING" type:"existingfile" help:"Whom to page, step by step (YAML; recado page sample prints one). Without it an emergency wakes nobody." placeholder:"FILE"`
	PagingSecret string `name:"paging-secret" env:"RECADO_PAGING_SECRET" help:"Signs webhooks, 16 characters or more." placeholder:"SECRET"`
	SMTP         string `name:"smtp" env:"RECADO_SMTP" help:"Server that takes e-mail in, host:port: 587 for STARTTLS, 465 for TLS from the start." placeholder:"HOST:PORT"`
	SMTPUser     string `name:"smtp-user" env:"RECADO_SMTP_USER" help:"User at that server." placeholder:"NAME"`
	SMTPPassword string `name:"smtp-password" env:"RECADO_SMTP_PASSWORD" help:"Its password." placeholder:"SECRET"`
	SMTPFrom     string `name:"smtp-from" env:"RECADO_SMTP_FROM" help:"Sender of e-mails, e.g. Recado <recado@clinic.example>." placeholder:"ADDRESS"`
	SMTPCA       string `name:"smtp-ca" env:"RECADO_SMTP_CA" type:"existingfile" help:"CA certificate of that server, where it is a private one." placeholder:"FILE"`
}

// pagingSetup is what a pager needs of the console that it runs in.
type pagingSetup struct {
	js      jetstream.JetStream // as the console's user
	index   *store.Index
	cases   *store.Store
	clinics func() clinic.Directory // as they are now
	public  string                  // address that browsers know the console by
	meters  metric.MeterProvider
	log     *zap.Logger
	// audit returns nil while the audit can be written; may be nil.
	audit func(context.Context) error
}

// pager makes what pages by the file of the flags. Without a file nobody is
// paged, and its Warnings say so.
func (f pagingFlags) pager(ctx context.Context, s pagingSetup) (*paging.Pager, error) {
	plan, senders, err := f.plan()
	if err != nil {
		return nil, err
	}
	return s.pager(ctx, plan, senders)
}

// printingPager makes what prints pages as lines, for a development run.
func printingPager(ctx context.Context, out io.Writer, s pagingSetup) (*paging.Pager, error) {
	return s.pager(ctx, paging.PrinterPlan(), map[ladder.Via]paging.Sender{ladder.Terminal: paging.NewPrinter(out)})
}

func (s pagingSetup) pager(ctx context.Context, plan ladder.Plan, senders map[ladder.Via]paging.Sender) (*paging.Pager, error) {
	states, err := pagingstore.Open(ctx, s.js)
	if err != nil {
		return nil, err
	}
	checks := []paging.Check{{Kind: paging.Filing, Ask: pagingstore.NewFiling(s.js).Ask}}
	if s.audit != nil {
		checks = append(checks, paging.Check{Kind: paging.Audit, Ask: s.audit})
	}
	return paging.New(paging.Config{
		Plan: plan, Senders: senders, Clinics: s.clinics, List: s.index, Cases: s.cases, States: states,
		Public: s.public, Checks: checks, Meters: s.meters, Log: s.log,
	})
}

// warnOfPaging prints what stands in the way of pages, for the start.
func warnOfPaging(ctx context.Context, out io.Writer, p *paging.Pager) {
	for _, warning := range append(p.Warnings(), p.Reach(ctx)...) {
		fmt.Fprintln(out, "warning:", warning)
	}
}

// plan reads the file and makes the senders that it needs.
func (f pagingFlags) plan() (ladder.Plan, map[ladder.Via]paging.Sender, error) {
	if f.Paging == "" {
		return nil, nil, nil
	}
	plan, err := pagingsettings.Load(f.Paging, os.Getenv)
	if err != nil {
		return nil, nil, fmt.Errorf("--paging: %w", err)
	}
	senders := map[ladder.Via]paging.Sender{}
	for _, l := range plan {
		for _, to := range l.Contacts() {
			if senders[to.Via] != nil {
				continue
			}
			if senders[to.Via], err = f.sender(to.Via); err != nil {
				return nil, nil, err
			}
		}
	}
	return plan, senders, nil
}

func (f pagingFlags) sender(via ladder.Via) (paging.Sender, error) {
	switch via {
	case ladder.Webhook:
		if f.PagingSecret == "" {
			return nil, fmt.Errorf("%s names webhooks, and nothing signs them: set --paging-secret (RECADO_PAGING_SECRET)", f.Paging)
		}
		hook, err := webhook.New(webhook.Config{Secret: f.PagingSecret})
		if err != nil {
			return nil, fmt.Errorf("--paging-secret: %w", err)
		}
		return hook, nil
	case ladder.Email:
		switch {
		case f.SMTP == "":
			return nil, fmt.Errorf("%s names e-mail addresses, and no server takes them: set --smtp (RECADO_SMTP)", f.Paging)
		case f.SMTPFrom == "":
			return nil, errors.New("--smtp-from (RECADO_SMTP_FROM) is missing: e-mails need a sender")
		}
		roots, err := f.roots()
		if err != nil {
			return nil, err
		}
		mail, err := smtp.New(smtp.Config{Address: f.SMTP, User: f.SMTPUser, Password: f.SMTPPassword, From: f.SMTPFrom, RootCAs: roots})
		if err != nil {
			return nil, fmt.Errorf("--smtp: %w", err)
		}
		return mail, nil
	}
	return nil, fmt.Errorf("nothing sends pages by %s", via)
}

func (f pagingFlags) roots() (*x509.CertPool, error) {
	if f.SMTPCA == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(f.SMTPCA)
	if err != nil {
		return nil, fmt.Errorf("--smtp-ca: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(raw) {
		return nil, errors.New("--smtp-ca: the file holds no certificate in PEM")
	}
	return roots, nil
}

package main

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/audit"
	"recado/agent/console"
	"recado/agent/inbox"
	"recado/agent/inbox/metrics"
	"recado/agent/inbox/store"
	"recado/agent/language"
	"recado/agent/paging"
	"recado/agent/private"
	"recado/agent/staff"
	"recado/agent/staff/passkey"
	"recado/agent/staff/session"
	staffstore "recado/agent/staff/store"
	"recado/agent/telemetry"
	"recado/locales"
)

// consoleConfig is what a console is made of.
type consoleConfig struct {
	nc        *nats.Conn // as the console's user
	redis     *redis.Client
	clinics   *servedClinics
	keys      store.Keys
	staffKey  string
	links     *private.Links // nil for no private page
	issuer    staff.Issuer   // nil for none
	paging    func(context.Context, pagingSetup) (*paging.Pager, error)
	public    string
	secure    bool
	proxies   []netip.Prefix
	retention time.Duration
	demo      func(*staff.Service) func(context.Context, string) (staff.SignIn, error) // nil for no demo
	// translator translates messages for staff; nil for none.
	translator agent.Translator
	metrics    *telemetry.Metrics
	log        *zap.Logger
}

// consoleServer joins the inbox, staff, audit, paging and the pages.
type consoleServer struct {
	consoleConfig
	inbox    *store.Store
	index    *store.Index
	audit    *audit.Log
	staff    *staff.Service
	pager    *paging.Pager
	counters *metrics.Counters
	pages    *console.Server
	private  *private.Handler // nil without links
	handler  http.Handler
}

type auditHead = audit.Head

func newConsole(ctx context.Context, c consoleConfig) (*consoleServer, error) {
	s := &consoleServer{consoleConfig: c}
	js, err := openJetStream(c.nc)
	if err != nil {
		return nil, err
	}
	s.inbox, err = store.Open(ctx, store.Config{
		JetStream: js, Keys: c.keys, Log: c.log, Policy: func(id string) inbox.Policy {
			p, _ := c.clinics.Now().Profile(id) // without one every hour counts
			return inbox.NewPolicy(p)
		},
	})
	if err != nil {
		return nil, err
	}
	if s.index, err = s.inbox.Index(ctx); err != nil {
		return nil, err
	}
	if s.audit, err = audit.Open(ctx, audit.Config{JetStream: js}); err != nil {
		return nil, err
	}
	if err := s.openStaff(ctx); err != nil {
		return nil, err
	}
	s.pager, err = c.paging(ctx, pagingSetup{
		js: js, index: s.index, cases: s.inbox, clinics: c.clinics.directory, public: c.public, meters: c.metrics.Provider(), log: c.log,
		audit: func(ctx context.Context) error { _, err := s.audit.Head(ctx, audit.Common); return err },
	})
	if err != nil {
		return nil, err
	}
	s.counters = metrics.NewCounters(s.ids)
	figures, err := metrics.NewCollector(metrics.Config{Source: s.index, Clinics: s.ids})
	if err != nil {
		return nil, err
	}
	if err := c.metrics.Register(figures, s.counters); err != nil {
		return nil, err
	}
	if err := s.openPages(ctx); err != nil {
		return nil, err
	}
	c.clinics.OnChange(s.tellOfClinics())
	mux := http.NewServeMux()
	mux.Handle("/staff", s.pages)
	mux.Handle("/staff/", s.pages)
	mux.Handle("GET /{$}", http.RedirectHandler("/staff", http.StatusSeeOther))
	mux.Handle("/", s.pages) // says kindly that there is nothing
	if c.links != nil {
		screener, err := newAgent(llmFlags{}, nil)
		if err != nil {
			return nil, err
		}
		s.private, err = newPrivatePage(ctx, privateConfig{
			js: js, inbox: s.inbox, links: c.links, clinics: c.clinics.directory, screener: screener, audit: s.counters.Audit(s.audit),
			said: s.filed, proxies: c.proxies, secure: c.secure, retention: c.retention, log: c.log,
		})
		if err != nil {
			return nil, err
		}
		s.handler = apart(c.public, c.links.Base(), mux, s.private)
		return s, nil
	}
	s.handler = mux
	return s, nil
}

func (s *consoleServer) openStaff(ctx context.Context) error {
	js, err := openJetStream(s.nc)
	if err != nil {
		return err
	}
	accounts, err := staffstore.Open(ctx, js)
	if err != nil {
		return err
	}
	config := staff.Config{
		Key: s.staffKey, Accounts: accounts, Sessions: session.New(s.redis), Issuer: s.issuer, Log: s.log,
		OnSignedOut: func(ctx context.Context, person string) error {
			_, err := s.inbox.ReleaseAll(ctx, s.index, "", person)
			return err
		},
		OnBreakGlass: func(ctx context.Context, p staff.Person, _ staff.Session, g staff.Glass) error {
			e, err := s.audit.Append(ctx, audit.Act{Clinic: g.Clinic, Who: p.ID, Kind: audit.BrokeGlass, Why: g.Reason})
			if err != nil {
				return err
			}
			s.pager.Glass(ctx, g.Clinic, e.ID)
			return nil
		},
	}
	if config.Passkeys, err = passkey.New(passkey.Config{Origin: s.public}); err != nil {
		return fmt.Errorf("--public-url: %w", err)
	}
	s.staff, err = staff.New(config)
	return err
}

// countedAudit counts what is recorded.
type countedAudit struct {
	*audit.Log
	counted audit.Appender
}

// Append stores an act.
func (a countedAudit) Append(ctx context.Context, act audit.Act) (audit.Entry, error) {
	return a.counted.Append(ctx, act)
}

func (s *consoleServer) openPages(ctx context.Context) error {
	catalogue, err := locales.Default()
	if err != nil {
		return err
	}
	books, err := readBooks(ctx, s.nc)
	if err != nil {
		return err
	}
	config := console.Config{
		Staff: s.staff, Audit: countedAudit{s.audit, s.counters.Audit(s.audit)}, Inbox: s.inbox, Index: s.index, Catalogue: catalogue,
		Translator: s.translator, Public: s.public, Secure: s.secure, Proxies: s.proxies, Log: s.log,
		Clinics: s.clinics.directory, Books: books, Warning: func(id, lang string) string { return s.pager.Warning(id, language.Language(lang)) },
	}
	if s.demo != nil {
		config.Demo = s.demo(s.staff)
	}
	if s.links != nil {
		config.PrivateLink = s.links.Link
	}
	s.pages, err = console.New(config)
	return err
}

// filed is told of each case that got an arrival.
func (s *consoleServer) filed(c inbox.Case) {
	s.counters.Filed(c)
	s.pager.Filed(c)
}

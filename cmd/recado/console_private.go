package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"recado/agent/audit"
	"recado/agent/bus"
	"recado/agent/clinic"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/private"
	"recado/agent/vault"
)

// privateFlags say where the patients' private page is and what proves its
// links. Workers make the links and consoles know them, so both need the same.
type privateFlags struct {
	LinkKey    []string `name:"link-key" env:"RECADO_LINK_KEY" help:"Key of the links to patients' private pages (recado keys); the same for workers and consoles. While it is replaced: the new one, a comma, the old one." placeholder:"KEY"`
	PrivateURL string   `name:"private-url" env:"RECADO_PRIVATE_URL" help:"Address under which patients reach the console's private page, e.g. https://private.clinic.example. Defaults to none: patients get the profile's links.secure." placeholder:"URL"`
}

// links are the patients' own links; nil where there is no private page. A key
// alone makes none: recado keys prints one for everybody.
func (f privateFlags) links() (*private.Links, error) {
	if f.PrivateURL == "" {
		return nil, nil
	}
	var keys []vault.LinkKey
	for _, text := range f.LinkKey {
		if text == "" {
			continue // a variable that is set to nothing
		}
		key, err := vault.ParseLinkKey(text)
		if err != nil {
			return nil, exit{2, fmt.Errorf("--link-key: %w", err)}
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, exit{2, errors.New("private page is half configured: set --link-key beside --private-url (recado keys makes one)")}
	}
	links, err := private.NewLinks(keys, f.PrivateURL)
	if err != nil {
		return nil, exit{2, fmt.Errorf("--private-url: %w", err)}
	}
	return links, nil
}

// privateConfig is what the private page of a console is made of.
type privateConfig struct {
	js        jetstream.JetStream
	inbox     *store.Store
	links     *private.Links          // from privateFlags
	clinics   func() clinic.Directory // as they are now
	screener  private.Screener        // an agent without a language model
	audit     audit.Appender
	said      func(inbox.Case) // the same as of store.Ingest: an emergency on the page is paged too
	proxies   []netip.Prefix
	secure    bool
	retention time.Duration
	log       *zap.Logger
}

// newPrivatePage makes the handler of /p and everything below it. Run it
// beside the server, and close it before a shutdown.
func newPrivatePage(ctx context.Context, c privateConfig) (*private.Handler, error) {
	consents, err := bus.OpenConsents(ctx, c.js)
	if err != nil {
		return nil, err
	}
	return private.New(ctx, private.Config{
		JetStream: c.js, Inbox: c.inbox, Links: c.links, Clinics: c.clinics, Screener: c.screener, Consent: consents,
		Audit: c.audit, Said: c.said, Proxies: c.proxies, Secure: c.secure, Retention: c.retention, Log: c.log,
	})
}

package private

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"recado/agent/bus"
)

// Handler serves
//
//	GET  /p            the page, and its parts below /p/: the same for everybody
//	POST /p/open       a link's token: where the patient is on her way in
//	POST /p/code       a code, or a date of birth: begins a visit
//	POST /p/code/new   another code
//	POST /p/messages   a message: 202 once it is stored
//	POST /p/stay       the patient is still there
//	POST /p/leave      ends the visit
//	GET  /p/thread     what patient and staff wrote, for a visit
//	GET  /p/events     that there is something new, as server-sent events
//
// and nothing else. Mount it for /p and /p/. No GET changes anything.
type Handler struct {
	cfg     Config
	log     *zap.Logger
	page    *page
	visits  jetstream.KeyValue
	limits  *limits
	streams *streams
	news    *news
	serve   http.Handler

	closing   chan struct{}
	closeOnce sync.Once
}

// New returns the handler, or what is wrong with cfg. It looks up the bucket,
// which `recado streams` has made.
func New(ctx context.Context, cfg Config) (*Handler, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	p, err := newPage(cfg)
	if err != nil {
		return nil, err
	}
	h := &Handler{
		cfg: cfg, log: cfg.Log, page: p, limits: newLimits(cfg), news: newNews(),
		streams: &streams{most: cfg.MaxStreams, byPatient: map[string]int{}}, closing: make(chan struct{}),
	}
	if h.visits, err = cfg.JetStream.KeyValue(ctx, bus.BucketPrivate); err != nil {
		return nil, fmt.Errorf("open bucket %s (run recado streams first): %w", bus.BucketPrivate, err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /p", p.serveHTML)
	for name := range p.assets {
		mux.HandleFunc("GET /p/"+name, p.serveAsset)
	}
	mux.HandleFunc("GET /p/thread", h.thread)
	mux.HandleFunc("GET /p/events", h.events)
	for path, f := range map[string]http.HandlerFunc{
		"/p/open": h.open, "/p/code": h.code, "/p/code/new": h.newCode,
		"/p/messages": h.message, "/p/stay": h.stay, "/p/leave": h.leave,
	} {
		mux.Handle("POST "+path, h.limited(f))
	}
	h.serve = headers(http.NewCrossOriginProtection().Handler(mux))
	return h, nil
}

// limited refuses an address that posts too fast.
func (h *Handler) limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !h.limits.addresses.allow(h.address(r), h.cfg.Now()) {
			h.tooFast(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.serve.ServeHTTP(w, r) }

// Run tells open pages of new messages until ctx ends; without it they ask by
// themselves, now and then. It returns nil then, and an error only if it could
// not start.
func (h *Handler) Run(ctx context.Context) error {
	return h.cfg.Inbox.FollowPrivate(ctx, h.news.tell)
}

// Close ends the pages' waiting connections; browsers come back by
// themselves. Give it to http.Server.RegisterOnShutdown, or a shutdown waits
// for them. It may be called again.
func (h *Handler) Close() { h.closeOnce.Do(func() { close(h.closing) }) }

// policy allows what the page needs and nothing else: own script, style and
// icon, own requests.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		set := w.Header().Set
		set("Content-Security-Policy", policy)
		set("X-Content-Type-Options", "nosniff")
		set("X-Frame-Options", "DENY")
		set("X-Robots-Tag", "noindex, nofollow, noarchive")
		set("Referrer-Policy", "no-referrer")
		set("Cross-Origin-Opener-Policy", "same-origin")
		set("Cross-Origin-Resource-Policy", "same-origin")
		set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), interest-cohort=()")
		set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

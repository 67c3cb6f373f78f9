package webchat

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
//	GET  /chat           the page, and its parts below /chat/
//	GET  /chat/plain     the page for browsers without script; POST a form with a message
//	POST /chat/start     who I am, in a cookie: needed before a message
//	POST /chat/messages  a message: 202 once it is stored
//	POST /chat/new       forget who I am: the next message begins anew
//	GET  /chat/events    replies as server-sent events
//	GET  /widget.js      the script for the clinic's own website
//	GET  /widget         the page as that website shows it, and its parts below
//	     /widget/...     start, messages, new and events of it
//	GET  /livez          200 while the process runs
//
// and nothing else. ?clinic=KEY names the clinic, ?lang= a language, en or es.
type Handler struct {
	cfg     Config
	log     *zap.Logger
	pages   *pages
	limits  *limits
	streams *streams
	serve   http.Handler

	mu   sync.Mutex
	turn jetstream.Stream // looked up at the first use

	closing   chan struct{}
	closeOnce sync.Once
}

// New returns the handler, or what is wrong with cfg. It needs no connection
// to NATS yet.
func New(cfg Config) (*Handler, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	p, err := newPages()
	if err != nil {
		return nil, err
	}
	h := &Handler{
		cfg: cfg, log: cfg.Log, pages: p, limits: newLimits(cfg), streams: newStreams(cfg), closing: make(chan struct{}),
	}
	mux := http.NewServeMux()
	for path := range p.assets {
		mux.HandleFunc("GET "+path, p.serveAsset)
	}
	mux.Handle("GET /chat", h.at(h.chat))
	mux.Handle("GET /widget", h.at(h.framed))
	mux.Handle("GET /chat/plain", h.at(h.limited(h.plain)))
	mux.Handle("POST /chat/plain", h.at(h.limited(h.say)))
	for _, base := range []string{"/chat", "/widget"} {
		mux.Handle("POST "+base+"/start", h.at(h.limited(h.start)))
		mux.Handle("POST "+base+"/messages", h.at(h.limited(h.message)))
		mux.Handle("POST "+base+"/new", h.at(h.limited(h.forget)))
		mux.Handle("GET "+base+"/events", h.at(h.events))
	}
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, "ok")
	})
	h.serve = headers(http.NewCrossOriginProtection().Handler(mux))
	return h, nil
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.serve.ServeHTTP(w, r) }

// Close ends the pages' waiting connections; browsers come back by
// themselves, to another gateway. Give it to http.Server.RegisterOnShutdown,
// or a shutdown waits for them. It may be called again.
func (h *Handler) Close() { h.closeOnce.Do(func() { close(h.closing) }) }

// policyFor allows what the page needs and nothing else: own script, style and
// icon, own requests, and being shown by ancestors.
func policyFor(ancestors string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors " + ancestors + "; require-trusted-types-for 'script'; trusted-types 'none'"
}

var policy = policyFor("'none'")

func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		set := w.Header().Set
		set("Content-Security-Policy", policy)
		set("X-Content-Type-Options", "nosniff")
		set("X-Frame-Options", "DENY")
		set("Referrer-Policy", "no-referrer")
		set("Cross-Origin-Opener-Policy", "same-origin")
		set("Cross-Origin-Resource-Policy", "same-origin")
		set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), interest-cohort=()")
		set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func (h *Handler) replies(ctx context.Context) (jetstream.Stream, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.turn != nil {
		return h.turn, nil
	}
	turn, err := h.cfg.JetStream.Stream(ctx, bus.StreamTurn)
	if err != nil {
		return nil, fmt.Errorf("open stream %s (run recado streams first): %w", bus.StreamTurn, err)
	}
	h.turn = turn
	return turn, nil
}

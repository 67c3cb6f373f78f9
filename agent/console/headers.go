package console

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"go.uber.org/zap"
)

// policy allows what the pages need and nothing else: own scripts, styles,
// images, sounds and requests. Nothing inline runs or styles.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// headers are on every answer, also on errors and assets.
func (s *Server) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		set := w.Header().Set
		set("Content-Security-Policy", policy)
		set("X-Content-Type-Options", "nosniff")
		set("X-Frame-Options", "DENY")
		set("Referrer-Policy", "no-referrer")
		set("Cross-Origin-Opener-Policy", "same-origin")
		set("Cross-Origin-Resource-Policy", "same-origin")
		set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), interest-cohort=(), publickey-credentials-get=(self), publickey-credentials-create=(self)")
		set("Cache-Control", "no-store")
		set("X-Robots-Tag", "noindex, nofollow")
		if s.cfg.Secure {
			set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

// note is what the log says about a request.
type note struct {
	id    string
	route string // the pattern: a path has ids in it
	code  string // of a failure
	err   error
}

type noteKey struct{}

func noteOf(ctx context.Context) *note {
	if n, ok := ctx.Value(noteKey{}).(*note); ok {
		return n
	}
	return &note{}
}

// answered remembers the status, and whether anything was sent.
type answered struct {
	http.ResponseWriter
	status int
}

func (w *answered) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *answered) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController flush streams.
func (w *answered) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// observe gives each request an id, logs failures, and turns a panic into a
// page. The log has route patterns: no path, query or body.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := &note{id: rand.Text()[:12]}
		out := &answered{ResponseWriter: w}
		w.Header().Set("X-Request-Id", n.id)
		began := time.Now()
		r = r.WithContext(context.WithValue(r.Context(), noteKey{}, n))
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				// What panicked may hold anything; where it did does not.
				s.cfg.Log.Error("console panicked", zap.String("request", n.id), zap.String("route", n.route), zap.String("stack", string(debug.Stack())))
				if out.status != 0 {
					panic(http.ErrAbortHandler) // half an answer is none
				}
				req := &Request{Request: r, W: out, Server: s, ID: n.id, prefs: prefsOf(r)}
				req.Text = s.textsFor(req)
				req.fail(&Failure{Status: http.StatusInternalServerError, Text: "error.internal"})
				return
			}
			if out.status >= http.StatusInternalServerError && r.Context().Err() == nil { // who is gone needs no answer
				s.cfg.Log.Error("console answered with an error", zap.String("request", n.id), zap.String("route", n.route),
					zap.Int("status", out.status), zap.String("code", n.code), zap.String("error", kindOf(n.err)), zap.Duration("duration", time.Since(began)))
			}
		}()
		next.ServeHTTP(out, r)
	})
}

// kindOf is an error without its words, which may quote anything.
func kindOf(err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprintf("%T", err)
}

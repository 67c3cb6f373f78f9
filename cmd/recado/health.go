package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.uber.org/zap"
)

// healthFlag is where a process tells whether it lives and is ready.
type healthFlag struct {
	Health string `env:"RECADO_HEALTH" help:"Address for /livez, /readyz and /metrics, e.g. 127.0.0.1:9090. Defaults to none." placeholder:"ADDR"`
}

// healthTimeout bounds one question about readiness.
const healthTimeout = time.Second

// serve answers /livez while the process runs, and /readyz with 200 while it
// is ready and 503 while it is not; the reasons are in the body. /metrics is
// answered by metrics.
func (f healthFlag) serve(log *zap.Logger, metrics http.Handler, ready *readiness) *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), healthTimeout)
		defer cancel()
		is, body := ready.report(ctx)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		if !is {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = w.Write([]byte(body))
	})
	mux.Handle("GET /metrics", metrics)
	server := &http.Server{Addr: f.Health, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	if f.Health != "" {
		go func() {
			if err := server.ListenAndServe(); err != nil && !errors.Is(err, http.ErrServerClosed) {
				log.Error("health address cannot be served", zap.Error(err))
			}
		}()
	}
	return server
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"

	"recado/agent/audit"
	"recado/agent/inbox"
)

const (
	// keepEvery is how often the console makes sure that workers and gateways
	// see the holders that the cases name.
	keepEvery = 30 * time.Second
	// expireEvery is how often cases whose retention has passed are removed.
	expireEvery = time.Hour
)

// start begins what a console does besides answering: filing what comes in,
// keeping owners right, expiring, paging, signing people out. It ends with ctx;
// failed gets what cannot go on, and wait returns once all has ended.
func (s *consoleServer) start(ctx context.Context, failed chan<- error) (wait func()) {
	var running sync.WaitGroup
	begin := func(what string, f func(context.Context) error) {
		running.Go(func() {
			if err := f(ctx); err != nil && ctx.Err() == nil {
				select {
				case failed <- fmt.Errorf("%s: %w", what, err):
				default:
				}
			}
		})
	}
	quiet := func(f func(context.Context)) func(context.Context) error {
		return func(ctx context.Context) error { f(ctx); return nil }
	}
	begin("file what comes for staff", func(ctx context.Context) error { return s.inbox.Ingest(ctx, s.filed) })
	begin("keep owners", quiet(func(ctx context.Context) { s.inbox.Keep(ctx, s.index, keepEvery) }))
	begin("return cases", quiet(s.returnCases))
	begin("expire cases", quiet(s.expire))
	begin("page", s.pager.Run)
	begin("sign people out", quiet(s.staff.Run))
	begin("note the audit's ends", quiet(s.noteHeads))
	if s.private != nil {
		begin("tell private pages", s.private.Run)
	}
	return running.Wait
}

// expire removes cases whose retention has passed, until ctx ends.
func (s *consoleServer) expire(ctx context.Context) {
	tick := time.NewTicker(expireEvery)
	defer tick.Stop()
	for {
		before := time.Now().Add(-s.retention)
		for _, id := range append(s.ids(), inbox.NoClinic) { // of a clinic that is gone nothing is removed
			n, err := s.inbox.Expire(ctx, s.index, id, before)
			if n > 0 {
				_, noted := s.audit.Append(ctx, audit.Act{Clinic: id, Who: audit.Recado, Kind: audit.CaseRemoved, Subject: fmt.Sprint(n)})
				err = errors.Join(err, noted)
			}
			if err != nil && ctx.Err() == nil {
				s.log.Error("cases could not be expired, and will be later", zap.String("clinic", id), zap.Error(err))
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// run serves until ctx ends, then lets what was begun finish.
func (s *consoleServer) run(ctx context.Context, listener net.Listener) error {
	defer s.index.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	failed := make(chan error, 1)
	wait := s.start(ctx, failed)
	server := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 2 * time.Minute, // of pages: event streams bound each frame instead
		IdleTimeout:  2 * time.Minute, MaxHeaderBytes: 32 << 10,
	}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			select {
			case failed <- fmt.Errorf("serve: %w", err):
			default:
			}
		}
	}()
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	s.close() // open event streams would hold the shutdown back
	stop, done := context.WithTimeout(context.WithoutCancel(ctx), shutdownLimit)
	defer done()
	if shutdown := server.Shutdown(stop); shutdown != nil && err == nil {
		err = fmt.Errorf("stop serving: %w", shutdown)
	}
	cancel()
	wait()
	return err
}

// close ends open event streams.
func (s *consoleServer) close() {
	s.pages.Close()
	if s.private != nil {
		s.private.Close()
	}
}

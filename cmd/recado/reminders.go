package main

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"recado/agent/schedule"
	"recado/agent/schedule/remind"
	"recado/locales"
)

// reminders are those of visits, set and sent by workers.
type reminders struct {
	*remind.Reminder
	log *zap.Logger
}

// openReminders looks up what `recado streams` has made. now may be nil for
// the real clock.
func openReminders(ctx context.Context, nc *nats.Conn, books schedule.Books, profiles remind.Profiles, now func() time.Time, log *zap.Logger) (*reminders, error) {
	js, err := openJetStream(nc)
	if err != nil {
		return nil, err
	}
	catalogue, err := locales.Default()
	if err != nil {
		return nil, err
	}
	r, err := remind.Open(ctx, remind.Config{JetStream: js, Books: books, Profiles: profiles, Catalogue: catalogue, Now: now, Log: log})
	if err != nil {
		return nil, err
	}
	return &reminders{r, log}, nil
}

// begin sends what is due until ctx ends or the returned function is called,
// which waits for the one in flight.
func (r *reminders) begin(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := r.Run(ctx); err != nil {
			r.log.Error("reminders are sent no more by this process", zap.Error(err))
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

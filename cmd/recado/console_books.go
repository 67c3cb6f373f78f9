package main

import (
	"context"

	"github.com/nats-io/nats.go"

	"recado/agent/bus"
	"recado/agent/clinic"
	"recado/agent/schedule"
	"recado/agent/schedule/embedded"
	"recado/agent/schedule/link"
)

// readBooks are the appointment books as the console sees them: what is booked
// in Recado's own, and nothing of books elsewhere, whose keys workers have.
func readBooks(ctx context.Context, nc *nats.Conn) (schedule.Books, error) {
	log, err := bus.OpenBookLog(ctx, nc)
	if err != nil {
		return nil, err
	}
	elsewhere := func(p *clinic.Profile) (schedule.Schedule, error) { return link.New(p), nil }
	return schedule.NewShelf(schedule.Kinds{
		clinic.BookLink: elsewhere,
		clinic.BookFHIR: elsewhere,
		clinic.BookEmbedded: func(p *clinic.Profile) (schedule.Schedule, error) {
			return embedded.New(embedded.Config{Log: log}, p), nil
		},
	}), nil
}

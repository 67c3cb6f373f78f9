package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/redis/go-redis/v9"

	"recado/agent/bus"
	"recado/agent/clinic"
	"recado/agent/schedule"
	"recado/agent/schedule/embedded"
	"recado/agent/schedule/fhir"
	"recado/agent/schedule/link"
	"recado/agent/schedule/memory"
)

// bookFlags are what appointment books need beyond the clinics' profiles.
type bookFlags struct {
	FHIRKey string `name:"fhir-key" env:"RECADO_FHIR_KEY" help:"File with the key (PEM or JWK) that signs in at FHIR servers of clinics whose profile has booking.fhir.client_id." placeholder:"FILE"`
}

// books are the appointment books of all clinics that a process serves, each
// of the kind that its profile names. now may be nil for the real clock.
func (f bookFlags) books(ctx context.Context, nc *nats.Conn, client *redis.Client, now func() time.Time) (*schedule.Shelf, error) {
	log, err := bus.OpenBookLog(ctx, nc)
	if err != nil {
		return nil, err
	}
	key, err := f.key()
	if err != nil {
		return nil, exit{2, err}
	}
	return schedule.NewShelf(schedule.Kinds{
		clinic.BookLink: func(p *clinic.Profile) (schedule.Schedule, error) { return link.New(p), nil },
		clinic.BookEmbedded: func(p *clinic.Profile) (schedule.Schedule, error) {
			return embedded.New(embedded.Config{Log: log, Redis: client, Now: now}, p), nil
		},
		clinic.BookFHIR: func(p *clinic.Profile) (schedule.Schedule, error) {
			return fhirBook(p, key, now)
		},
	}), nil
}

// key is the private key of --fhir-key, nil where none is given.
func (f bookFlags) key() (*fhir.Key, error) {
	if f.FHIRKey == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(f.FHIRKey)
	if err != nil {
		return nil, fmt.Errorf("--fhir-key: %w", err)
	}
	key, err := fhir.ParseKey(raw)
	if err != nil {
		return nil, fmt.Errorf("--fhir-key: %w", err)
	}
	return key, nil
}

// fhirBook is a clinic's book on its FHIR server.
func fhirBook(p *clinic.Profile, key *fhir.Key, now func() time.Time) (*fhir.Book, error) {
	if p.Booking.FHIR.ClientID != "" && key == nil {
		return nil, errors.New("the FHIR server wants a sign-in: give this process --fhir-key")
	}
	return fhir.New(fhir.Config{Profile: p, Key: key, Now: now})
}

// triedBook is the book of a clinic that is tried out in one process: empty,
// and forgotten at the end. It is nil where the clinic has but a link.
func triedBook(p *clinic.Profile, now func() time.Time) schedule.Schedule {
	if kind := p.Booking.WithDefaults().Kind; kind == clinic.BookLink {
		return nil
	}
	return memory.New(p, now)
}

// bookableYAML is the sample clinic with a book of its own, so that booking by
// text can be tried without an appointment system.
func bookableYAML() []byte {
	return bytes.Replace(clinic.SampleYAML(), []byte("  kind: "+string(clinic.BookLink)+" "), []byte("  kind: "+string(clinic.BookEmbedded)+" "), 1)
}

// bookableSample is the profile of bookableYAML.
func bookableSample() *clinic.Profile {
	p := clinic.Sample()
	p.Booking.Kind = clinic.BookEmbedded
	return p
}

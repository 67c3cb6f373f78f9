package soak

import (
	"errors"
	"time"

	"recado/agent/soak/fault"
)

// Config is a run. Fields without a default are required.
type Config struct {
	// Binary is the recado command.
	Binary string
	// Keys are those of all parts.
	Keys Keys
	// Profile is the clinic's profile as YAML, Clinic its id.
	Profile []byte
	Clinic  string

	// Seed decides what is written and what is broken.
	Seed uint64
	// During is how long patients write and things break. Defaults to 60 s.
	During time.Duration
	// Patients is how many there are. Defaults to three for each second.
	Patients int
	// Messages is how many each of them writes, about. Defaults to 8.
	Messages int
	// Kinds are what is broken. Defaults to fault.Single(), or fault.Cluster().
	Kinds []fault.Kind
	// Workers is how many there are. Defaults to 3.
	Workers int
	// Cluster is three NATS servers and a Redis with a replica, in place of
	// one each.
	Cluster bool
	// Settle is how long all may take to come to rest at the end.
	// Defaults to 90 s.
	Settle time.Duration
	// EmergencyWithin is how long the answer to an emergency may take while
	// what it needs works. Defaults to 8 s, for a machine that does all of
	// this at once.
	EmergencyWithin time.Duration

	// Dir is where a folder for the run is made. Defaults to memory where the
	// system has it, else the system's folder for temporary files.
	Dir string
	// Keep keeps the folder of a good run as well.
	Keep bool
	// Environment is added to that of every process.
	Environment []string
	// Tell is called with what happens, a line each. Defaults to none.
	Tell func(line string)
}

// Keys are the secrets of a run, as texts.
type Keys struct {
	Seal, Open, Signing     string // of the staff: public, private; of workers and gateways
	Address, Session, Staff string
	Link                    string
}

func (c *Config) complete() error {
	if c.Binary == "" || c.Clinic == "" || len(c.Profile) == 0 || c.Keys.Seal == "" || c.Keys.Open == "" {
		return errors.New("soak config: Binary, Clinic, Profile and Keys are needed")
	}
	defaultTo(&c.During, time.Minute)
	defaultTo(&c.Patients, max(3*int(c.During/time.Second), 1))
	defaultTo(&c.Messages, 8)
	defaultTo(&c.Workers, 3)
	defaultTo(&c.Settle, 90*time.Second)
	defaultTo(&c.EmergencyWithin, 8*time.Second)
	if c.Kinds == nil {
		c.Kinds = fault.Single()
		if c.Cluster {
			c.Kinds = fault.Cluster()
		}
	}
	if c.Tell == nil {
		c.Tell = func(string) {}
	}
	return nil
}

func defaultTo[T int | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// Times that are shorter than in production, so that a short run outlasts
// them many times over. Their order is the same as there.
const (
	leaseTTL    = 2 * time.Second  // production: 15 s
	ackWait     = 3 * time.Second  // 30 s
	sendTimeout = 3 * time.Second  // 10 s
	confirmWait = 6 * time.Second  // 30 s
	recovery    = 12 * time.Second // connections, time-outs and retries after a fault
)

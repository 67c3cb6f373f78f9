package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"recado/agent/clinic"
	"recado/agent/soak"
	"recado/agent/soak/fault"
)

type soakCommand struct {
	Duration time.Duration `default:"60s" help:"How long patients write and things break; a run takes longer, until all has come to rest."`
	Seed     uint64        `help:"Decides what is written and what breaks. Defaults to one at random, which is printed."`
	Patients int           `help:"How many patients write. Defaults to three for each second." placeholder:"N"`
	Messages int           `default:"8" help:"How many messages each of them writes, about."`
	Workers  int           `default:"3" help:"How many workers run."`
	Cluster  bool          `help:"Three NATS servers and a Redis with a replica, in place of one each."`
	Faults   []string      `help:"What breaks: kinds, or parts such as redis or nats. none: nothing. Defaults to every kind." placeholder:"KIND"`
	JSON     string        `name:"json" type:"path" help:"File for the report as JSON." placeholder:"FILE"`
	Dir      string        `type:"path" help:"Folder for the run's files. Defaults to memory where the system has it." placeholder:"DIR"`
	Keep     bool          `help:"Keep the logs of a good run as well."`
	Settle   time.Duration `default:"90s" help:"How long all may take to come to rest at the end."`
	Within   time.Duration `default:"8s" help:"How long the answer to an emergency may take while what it needs works."`
	Quiet    bool          `short:"q" help:"Print the report alone."`
}

// Help says what is done and what is promised.
func (soakCommand) Help() string {
	return `Starts everything as processes of this machine (redis-server has to be
installed): NATS, Redis, workers, a gateway, a console, and stand-ins for
WhatsApp and for a language model. Plays patients in both languages to it, with
bursts, repeats, webhooks out of order and poison, and meanwhile breaks it:
processes are killed and stopped, servers lose their memory, their disk and
their connections, clocks jump. Afterwards it reads what was sent and received
and holds it against the promises: each message has one outcome, in order; no
reply comes twice; what is sensitive is in the staff's inbox once; a stop is
heeded; emergencies are answered at once, also while Redis is down.

Exit codes: 0 every promise was kept, 1 not, or it could not be found out,
2 wrong usage. Logs of a bad run are kept, and their place is printed. A seed
repeats what is written and what breaks; which process is at what then is up to
the machine.

Kinds: ` + kindNames(fault.Single()) + `
In a cluster: ` + kindNames(fault.Cluster())
}

func kindNames(kinds []fault.Kind) string {
	var names []string
	for _, k := range kinds {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// Run does a run and prints what came of it.
func (c soakCommand) Run(ctx context.Context, std streams) error {
	kinds, err := c.kinds()
	if err != nil {
		return exit{2, err}
	}
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	keys, err := newDevKeys()
	if err != nil {
		return err
	}
	if c.Seed == 0 {
		c.Seed = rand.Uint64N(1e9) + 1
	}
	config := soak.Config{
		Binary: binary, Profile: clinic.SampleYAML(), Clinic: clinic.Sample().ID, Seed: c.Seed, During: c.Duration,
		Keys: soak.Keys{Seal: keys.Public, Open: keys.Private, Signing: keys.Signing, Address: keys.Address,
			Session: keys.Session, Staff: keys.Staff, Link: keys.Link},
		Patients: c.Patients, Messages: c.Messages, Kinds: kinds, Workers: c.Workers, Cluster: c.Cluster, Settle: c.Settle,
		EmergencyWithin: c.Within, Dir: c.Dir, Keep: c.Keep, Environment: soakEnvironment(),
	}
	if !c.Quiet {
		config.Tell = func(line string) { fmt.Fprintln(std.err, line) }
		config.Tell(fmt.Sprintf("seed %d", c.Seed))
	}
	report, err := soak.Run(ctx, config)
	if ctx.Err() != nil {
		return errors.New("soak: interrupted; everything that it started is ended")
	}
	if err != nil {
		return err
	}
	if c.JSON != "" {
		data, err := json.MarshalIndent(report, "", "  ")
		if err == nil {
			err = os.WriteFile(c.JSON, append(data, '\n'), 0o644)
		}
		if err != nil {
			return fmt.Errorf("write --json: %w", err)
		}
	}
	if err := report.Text(std.out); err != nil {
		return err
	}
	if n := len(report.Violations); n > 0 {
		return fmt.Errorf("soak: %d promises were broken", n)
	}
	return nil
}

// kinds are what --faults names; nil for every kind.
func (c soakCommand) kinds() ([]fault.Kind, error) {
	all := fault.Single()
	if c.Cluster {
		all = fault.Cluster()
	}
	var chosen []fault.Kind
	for _, name := range c.Faults {
		if name == "none" {
			if len(c.Faults) > 1 {
				return nil, errors.New("--faults: none stands alone")
			}
			return []fault.Kind{}, nil
		}
		before := len(chosen)
		for _, k := range all {
			if (string(k) == name || k.Part() == name) && !slices.Contains(chosen, k) {
				chosen = append(chosen, k)
			}
		}
		if len(chosen) == before {
			return nil, fmt.Errorf("--faults: nothing is called %q; there are %s", name, kindNames(all))
		}
	}
	return chosen, nil
}

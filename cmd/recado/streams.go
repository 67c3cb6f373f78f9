package main

import (
	"context"
	"fmt"

	"recado/agent/bus"
)

type streamsCommand struct {
	natsFlags
	Replicas int `help:"Servers that hold each message: 1 for a single server, 3 for a cluster." default:"1"`
	Pending  int `help:"Conversations that may wait for an answer before the next event is shown to a worker." default:"131072"`
}

// Help says who may run it.
func (streamsCommand) Help() string {
	return `Prints what was created, updated or left as it is. It may be run again at any
time. It needs a NATS user that may manage streams; workers and gateways do not.`
}

// Run creates or updates the streams, buckets and consumers.
func (c streamsCommand) Run(ctx context.Context, std streams) error {
	if c.Replicas != 1 && c.Replicas != 3 && c.Replicas != 5 {
		return exit{2, fmt.Errorf("--replicas is %d: 1, 3 or 5", c.Replicas)}
	}
	nc, err := c.connect(ctx, bus.RoleProvision)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := openJetStream(nc)
	if err != nil {
		return err
	}
	report, err := bus.Provision(ctx, js, bus.Layout{Replicas: c.Replicas, MaxAckPending: c.Pending})
	for _, change := range report {
		fmt.Fprintln(std.out, change)
	}
	return err
}

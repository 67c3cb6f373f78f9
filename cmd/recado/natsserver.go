package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"recado/agent/bus/embedded"
)

// natsServerCommand is the embedded NATS server as a process of its own, for
// commands that measure or break things and must not share a process with it.
type natsServerCommand struct {
	Dir    string `required:"" type:"path" help:"Folder for its files."`
	Port   int    `help:"Port on the loopback interface. Defaults to a free one."`
	NoSync bool   `help:"Leave it to the operating system when written messages reach the disk."`
	Key    string `env:"RECADO_NATS_KEY" help:"Encrypts the files." placeholder:"KEY"`

	Name        string   `help:"Its name in a cluster." placeholder:"NAME"`
	ClusterPort int      `help:"Port on the loopback interface for the other servers of a cluster. Defaults to none: it stands alone."`
	Routes      []string `help:"All servers of the cluster." placeholder:"URL"`
}

// Run prints the server's address and serves until it is told to stop.
func (c natsServerCommand) Run(ctx context.Context, std streams) error {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of --dir: %w", err)
	}
	// A limit on the size of files then makes writes fail, as a full disk
	// does, and does not end the process.
	signal.Ignore(syscall.SIGXFSZ)
	config := embedded.Config{Dir: c.Dir, Key: c.Key, Listen: true, Port: c.Port, NoSync: c.NoSync}
	if c.ClusterPort != 0 {
		config.Cluster = &embedded.Cluster{Server: c.Name, Port: c.ClusterPort, Routes: c.Routes}
	}
	server, err := embedded.Start(config)
	if err != nil {
		return err
	}
	defer server.Stop()
	fmt.Fprintln(std.out, server.URL())
	<-ctx.Done()
	return nil
}

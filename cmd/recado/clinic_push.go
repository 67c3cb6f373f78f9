package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"

	"recado/agent/bus"
	"recado/agent/clinic/kv"
	"recado/agent/clinic/library"
)

type clinicPushCommand struct {
	natsFlags
	Path string `arg:"" type:"path" help:"Profile (YAML), or a folder of them."`
}

// Help says who may push.
func (clinicPushCommand) Help() string {
	return `Run it with the NATS user that manages streams. All are checked, also together with those
that are stored, before the first is stored. What is stored under an id is
replaced; the bucket keeps the last 16 of each.`
}

// Run checks all and then stores them.
func (c clinicPushCommand) Run(ctx context.Context, std streams) error {
	pushed, err := documents(c.Path)
	if err != nil {
		return fmt.Errorf("clinic profile: %w", err)
	}
	l, problems, err := checkDocuments(pushed)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return refusedPush(std, c.Path, problems)
	}
	nc, err := c.connect(ctx, bus.RoleProvision)
	if err != nil {
		return err
	}
	defer nc.Close()
	bucket, err := openProfiles(ctx, nc)
	if err != nil {
		return err
	}
	stored, err := bucket.All(ctx)
	if err != nil {
		return err
	}
	// Those that stay and those that come have to fit together.
	all := pushed
	for _, d := range stored {
		if _, replaced := l.Now().Profile(d.Name); !replaced {
			all = append(slices.Clip(all), d)
		}
	}
	if _, problems, err = checkDocuments(onlyTaken(all, pushed)); err != nil {
		return err
	}
	if len(problems) > 0 {
		return refusedPush(std, c.Path, problems)
	}
	for _, p := range l.Now().Profiles() {
		for _, d := range pushed {
			if d.Name != l.Now().Name(p.ID) {
				continue
			}
			if err := bucket.Push(ctx, p, d.Raw); err != nil {
				return err
			}
			fmt.Fprintf(std.out, "pushed %s: %s\n", p.ID, p.Name)
		}
	}
	return nil
}

// onlyTaken leaves out stored profiles that are refused by themselves: they are
// another's mistake.
func onlyTaken(all, pushed []library.Document) []library.Document {
	var kept []library.Document
	for i, d := range all {
		if i >= len(pushed) {
			if _, problems, err := checkDocuments([]library.Document{d}); err != nil || len(problems) > 0 {
				continue
			}
		}
		kept = append(kept, d)
	}
	return kept
}

func refusedPush(std streams, path string, problems []string) error {
	for _, line := range problems {
		fmt.Fprintln(std.out, line)
	}
	return fmt.Errorf("nothing is pushed: %s has %d problem(s), each with its line above", path, len(problems))
}

type clinicListCommand struct {
	natsFlags
}

// Run lists what is stored.
func (c clinicListCommand) Run(ctx context.Context, std streams) error {
	nc, err := c.connect(ctx, bus.RoleProvision)
	if err != nil {
		return err
	}
	defer nc.Close()
	bucket, err := openProfiles(ctx, nc)
	if err != nil {
		return err
	}
	all, err := bucket.All(ctx)
	if err != nil {
		return err
	}
	l, problems, err := checkDocuments(all)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tWHATSAPP\tSMS\tWEB")
	for _, p := range l.Now().Profiles() {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.ID, p.Name, dash(p.Channels.WhatsApp.NumberID), dash(p.Channels.SMS.Number), dash(p.Channels.Web.Key))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, line := range problems {
		fmt.Fprintln(std.out, "refused:", line)
	}
	if len(problems) > 0 {
		return fmt.Errorf("%d problem(s): a process that starts now does not serve these clinics", len(problems))
	}
	return nil
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

type clinicRmCommand struct {
	natsFlags
	ID string `arg:"" help:"Id of the clinic."`
}

// Run removes one profile.
func (c clinicRmCommand) Run(ctx context.Context, std streams) error {
	nc, err := c.connect(ctx, bus.RoleProvision)
	if err != nil {
		return err
	}
	defer nc.Close()
	bucket, err := openProfiles(ctx, nc)
	if err != nil {
		return err
	}
	if err := bucket.Remove(ctx, c.ID); errors.Is(err, kv.ErrNoProfile) {
		return fmt.Errorf("no profile %q is stored: recado clinic list shows those that are", c.ID)
	} else if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "removed %s: its clinic is unknown now, and what its patients write goes to staff\n", c.ID)
	return nil
}

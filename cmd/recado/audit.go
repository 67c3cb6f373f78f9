package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"recado/agent/audit"
	"recado/agent/bus"
)

type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Verify the chains of who saw and did what: any entry that was changed, taken out, moved or put in is named."`
	Export auditExportCommand `cmd:"" help:"Write a clinic's whole chain as JSON lines, which recado audit verify --file checks without NATS."`
	List   auditListCommand   `cmd:"" help:"List the chains, or a clinic's entries, newest first."`
}

// openAudit is the audit as the console's user sees it.
func (f natsFlags) openAudit(ctx context.Context) (log *audit.Log, done func(), err error) {
	nc, err := f.connect(ctx, bus.RoleConsole)
	if err != nil {
		return nil, nil, exit{2, err}
	}
	js, err := openJetStream(nc)
	if err == nil {
		// Somebody waits for a whole chain here, not for a page.
		log, err = audit.Open(ctx, audit.Config{JetStream: js, Patience: startWait})
	}
	if err != nil {
		nc.Close()
		return nil, nil, exit{2, err}
	}
	return log, nc.Close, nil
}

type auditExportCommand struct {
	natsFlags
	Clinic string `required:"" env:"-" help:"Whose chain: a clinic's id, or _common for sign-ins, people and keys." placeholder:"ID"`
	Out    string `env:"-" type:"path" help:"New file to write. Defaults to standard output." placeholder:"FILE"`
}

// Help says what an export is good for.
func (auditExportCommand) Help() string {
	return `Run it with the console's NATS user. A line is an entry; the last line names the
end. Entries hold ids, codes and the reasons that staff typed for break-glass.

Exit codes: 0 written, 1 written and the chain is broken, 2 wrong usage, or NATS
or the file cannot be used.`
}

// Run writes the export.
func (c auditExportCommand) Run(ctx context.Context, std streams) (err error) {
	log, done, err := c.openAudit(ctx)
	if err != nil {
		return err
	}
	defer done()
	var out io.Writer = std.out
	if c.Out != "" {
		file, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return exit{2, fmt.Errorf("write the export: %w", err)}
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		out = file
	}
	head, err := log.Export(ctx, c.Clinic, out)
	if err != nil {
		return exit{2, err}
	}
	report, err := log.Verify(ctx, c.Clinic, head)
	if err != nil {
		return exit{2, err}
	}
	fmt.Fprintf(std.err, "%d entries of %s are exported. The head is %s\n", head.Seq, c.Clinic, head)
	if !report.Intact() {
		showChain(std.err, c.Clinic, report)
		return exit{1, fmt.Errorf("the chain of %s is broken; it is exported as it is", c.Clinic)}
	}
	return nil
}

type auditListCommand struct {
	natsFlags
	Clinic string `env:"-" help:"Whose entries. Without it the chains are listed." placeholder:"ID"`
	Number int    `env:"-" short:"n" default:"50" help:"How many entries. Defaults to ${default}."`
	Before uint64 `env:"-" help:"Only entries before this one, for the next page." placeholder:"N"`
}

// Help says what it does not do.
func (auditListCommand) Help() string {
	return `Run it with the console's NATS user. Times are UTC. It lists what is there;
recado audit verify says whether that is true.

Exit codes: 0 listed, 2 wrong usage or NATS cannot be used.`
}

// Run lists chains or entries.
func (c auditListCommand) Run(ctx context.Context, std streams) error {
	if c.Number < 1 {
		return exit{2, fmt.Errorf("--number is %d: 1 or more", c.Number)}
	}
	log, done, err := c.openAudit(ctx)
	if err != nil {
		return err
	}
	defer done()
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	if c.Clinic == "" {
		clinics, err := log.Clinics(ctx)
		if err != nil {
			return exit{2, err}
		}
		for _, clinic := range clinics {
			head, err := log.Head(ctx, clinic)
			if err != nil {
				return exit{2, err}
			}
			fmt.Fprintf(table, "%s\t%d entries\thead %s\n", clinic, head.Seq, head)
		}
		if len(clinics) == 0 {
			fmt.Fprintln(table, "Nothing is recorded yet.")
		}
		return table.Flush()
	}
	entries, err := log.Read(ctx, c.Clinic, c.Before, c.Number)
	if err != nil {
		return exit{2, err}
	}
	for _, e := range entries {
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\n", e.Seq, e.At.UTC().Format(time.DateTime), e.Kind, onTerminal(e.Who), onTerminal(details(e)))
	}
	if len(entries) == 0 {
		fmt.Fprintf(table, "Nothing is recorded for %s.\n", onTerminal(c.Clinic))
	}
	return table.Flush()
}

// details are what an entry says besides who did what.
func details(e audit.Entry) string {
	var parts []string
	for _, p := range []struct{ name, value string }{{"case", e.Case}, {"record", e.Record}, {"subject", e.Subject}, {"why", e.Why}} {
		if p.value != "" {
			parts = append(parts, p.name+" "+p.value)
		}
	}
	return strings.Join(parts, ", ")
}

// onTerminal is text that a terminal shows and does not obey.
func onTerminal(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// Command recado is the bilingual receptionist for clinics: one binary, a
// subcommand for each part, and `recado dev` for all of them in one process.
// Only this package wires parts together.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

type cli struct {
	Dev     devCommand     `cmd:"" help:"Run everything in one process on this machine: chat page, webhook, worker, staff inbox, NATS and Redis."`
	Chat    chatCommand    `cmd:"" help:"Play the patient in the terminal; /why shows what was understood and which rule decided."`
	Decide  decideCommand  `cmd:"" help:"Decide messages from JSON lines on standard input, one decision a line on standard output."`
	Console consoleCommand `cmd:"" help:"Serve the staff inbox and the patients' private page; file and page what comes for staff."`
	Worker  workerCommand  `cmd:"" help:"Pull events from NATS, decide turns, publish replies and sealed escalations."`
	Gateway gatewayCommand `cmd:"" help:"Take webhooks in from WhatsApp, SMS and the chat page; send replies out."`
	Streams streamsCommand `cmd:"" help:"Create or update the NATS streams, consumers and buckets. Run it once before workers and gateways."`
	Clinic  clinicCommand  `cmd:"" help:"Work with clinic profiles."`
	LLM     llmCommand     `cmd:"" name:"llm" help:"Work with language models: sample settings, check them, reckon their cost."`
	Page    pageCommand    `cmd:"" help:"Work with whom staff's pages go to: sample settings, check them, send a test page."`
	Eval    evalCommand    `cmd:"" help:"Judge Recado by suites of labelled messages and conversations, in both languages, with numbers that tell the truth."`
	Audit   auditCommand   `cmd:"" help:"Verify, export and list the tamper-evident record of who of the staff saw and did what."`
	Dead    deadCommand    `cmd:"" help:"List, show and put back what could not be processed."`
	Doctor  doctorCommand  `cmd:"" help:"Look at a deployment and say what to fix; print its runbook, alert rules and dashboard."`
	Keys    keysCommand    `cmd:"" help:"Make a new set of keys: those of workers and gateways are printed, the staff side's go to a file."`
	Ready   readyCommand   `cmd:"" help:"Ask a worker or gateway on this host whether it is ready, for health checks."`
	Soak    soakCommand    `cmd:"" help:"Break a whole Recado on this machine on purpose, and find out whether anything was lost, doubled or reordered."`
	Bench   benchCommand   `cmd:"" help:"Measure a worker on this machine, beside a null worker that only reads and writes."`
	Flood   floodCommand   `cmd:"" help:"Attack a gateway on this machine as anybody on the internet can, and measure what good calls notice."`
	Version versionCommand `cmd:"" help:"Print the version."`

	NATSServer natsServerCommand `cmd:"" name:"nats-server" hidden:"" help:"Run the embedded NATS server as a process of its own."`
}

const description = `Recado answers a clinic's patients in English or Spanish: hours, insurance,
booking and the like at once; anything about a person's care is handed to
staff, sealed; emergencies get the 911 / 988 words immediately.

Start with:  recado dev     then open http://127.0.0.1:8080/chat
                            and the staff link that it prints

Every flag can be set by the environment variable that its help names; an
empty one counts as not set.`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second signal ends the process at once
	}()
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// streams are the process's standard streams, so that tests can hold them.
type streams struct {
	in       *os.File
	out, err *os.File
}

// exit is an error with an exit code of its own.
type exit struct {
	code int
	err  error
}

func (e exit) Error() string { return e.err.Error() }
func (e exit) Unwrap() error { return e.err }

// run parses and runs one command. Exit codes: 0 done, 1 failed, 2 wrong
// usage, and what a command's help names.
func run(ctx context.Context, args []string, std streams) int {
	var c cli
	code := -1
	parser, err := kong.New(&c,
		kong.Name("recado"), kong.Description(description), kong.UsageOnError(),
		kong.DefaultEnvars("RECADO"), kong.Writers(std.out, std.err),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}),
		kong.Exit(func(n int) { code = n }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(std),
	)
	if err == nil {
		err = unsetEmpty(parser.Model)
	}
	if err != nil {
		fmt.Fprintln(std.err, "recado:", err)
		return 2
	}
	command, err := parser.Parse(args)
	if code >= 0 {
		return code // --help was printed
	}
	if err != nil {
		fmt.Fprintf(std.err, "recado: %v\nRun \"recado --help\" for what there is.\n", err)
		return 2
	}
	if err := command.Run(); err != nil {
		fmt.Fprintln(std.err, "recado:", err)
		var e exit
		if errors.As(err, &e) {
			return e.code
		}
		return 1
	}
	return 0
}

// unsetEmpty removes the empty ones among the environment variables of flags.
// A compose file or a unit passes on what an operator left out as an empty
// value; that is to mean the default, and for a secret that it is missing.
func unsetEmpty(app *kong.Application) error {
	return kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			for _, name := range flag.Tag.Envs {
				if value, set := os.LookupEnv(name); set && value == "" {
					if err := os.Unsetenv(name); err != nil {
						return fmt.Errorf("unset the empty %s: %w", name, err)
					}
				}
			}
		}
		return next(nil)
	})
}

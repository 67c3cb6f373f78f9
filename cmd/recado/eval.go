package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"recado/evals/outcome"
	evalrun "recado/evals/run"
	"recado/evals/suite"
)

type evalCommand struct {
	Run   evalRunCommand   `cmd:"" default:"withargs" help:"Put suites to Recado and judge what it decides (what recado eval does without a further word)."`
	Diff  evalDiffCommand  `cmd:"" help:"Compare two runs case by case: what broke, what was mended, and what chance may have done."`
	Bless evalBlessCommand `cmd:"" help:"Make a run the baseline that later runs are compared with."`
	List  evalListCommand  `cmd:"" help:"List suites, their cases and the promises that these show."`
}

// Help shows the way into the subcommands.
func (evalCommand) Help() string {
	return `recado eval [SUITE...] [flags] runs suites; recado eval run --help lists the
flags. Without SUITE the shipped suites run, in seconds and without a network.

  recado eval --out run.jsonl --report html=run.html
  recado eval dev                      # the development set
  recado eval diff before.jsonl run.jsonl
  recado eval bless run.jsonl

Exit codes of a run:
    0  all gates pass
    1  a gate fails, a case fails that no gate counts, or one that is known to
       fail does not any more
    2  wrong usage, or a file that cannot be used
    3  cases were not judged, a budget stopped the run, or (--strict) a gate is inconclusive
  130  interrupted: the same command with the same --out goes on`
}

// evalRunCommand is recado eval without a further word. Its flags have no
// environment variables: what a run is belongs on its command line.
type evalRunCommand struct {
	Suites []string `arg:"" optional:"" name:"suite" help:"Suites (.yaml), labelled lines (.jsonl), folders of them, or names of what ships: dev is the development set. Defaults to the shipped suites, in modes local and adversarial."`

	Mode        []string `env:"-" placeholder:"MODE" help:"guard: rules alone. local: no model takes part. llm: a model does. adversarial: each hostile stand-in does. Repeatable. Defaults to local."`
	Filter      []string `env:"-" sep:"none" placeholder:"TERMS" help:"Only cases of which all terms hold: 'group=care lang=es tag!=burst id=cv-*'. Fields: suite, id, group, tag, lang, promise, pair, disposition. Repeatable: cases of any."`
	OnlyFailing string   `env:"-" type:"existingfile" placeholder:"RUN" help:"Only cases that failed or were not judged in this run."`
	Perturb     []string `env:"-" placeholder:"KIND" help:"Type messages anew as well: no_accents, typos, sms, code_switch. Repeatable; besides what suites say."`
	Repeat      int      `env:"-" default:"1" help:"Put each case to a model so many times, to see where it wavers."`
	Seed        uint64   `env:"-" default:"1" help:"Of typing anew and of the random stand-in."`

	evalModelFlags

	Concurrency int     `env:"-" placeholder:"N" help:"Cases decided at a time. Defaults to the number of cores, with a model to 8."`
	RPS         float64 `name:"rps" env:"-" placeholder:"N" help:"Questions a second to models at most. A 429 is waited out in any case."`
	MaxCalls    int     `env:"-" placeholder:"N" help:"Stop before so many calls are exceeded, with exit code 3; the same command goes on."`
	MaxCost     float64 `env:"-" placeholder:"USD" help:"Stop once so much is spent, with exit code 3; the same command goes on."`

	Out     string `env:"-" type:"path" placeholder:"FILE" help:"Keep the run in this file (JSON lines). A run that was interrupted goes on from it."`
	Fresh   bool   `env:"-" help:"Start the run of --out again."`
	NoTimes bool   `env:"-" help:"Leave times out of --out, so that equal runs are equal files."`

	Against  string   `env:"-" type:"path" placeholder:"RUN|DIR" help:"Compare with an earlier run, or with the baselines of a folder."`
	Strict   bool     `env:"-" help:"A gate that the cases are too few for counts as an error."`
	List     int      `env:"-" default:"10" help:"Cases of each kind of failure that the terminal and Markdown reports list."`
	Report   []string `env:"-" sep:"," placeholder:"KIND=FILE" help:"Write a report: json, junit, md or html, as in html=run.html. Repeatable."`
	ShowText bool     `env:"-" help:"Quote messages and replies in reports. Those of shipped suites, which are made up, always are."`
}

// Help tells what is run and what exit codes mean.
func (evalRunCommand) Help() string {
	return `Without SUITE all shipped suites run in modes local and adversarial, in seconds
and without a network. A folder stands for the suites in it. Files of labelled
lines run as they are:

  {"id":"1","text":"¿abren hoy?","disposition":"answer","intents":["hours"],"reply_lang":"es"}

Several --mode, --model, --llm-prompts and --llm-policy make a matrix; each
combination is a variant of the run:

  recado eval --mode llm --model gpt-5-mini --llm-prompts shipped --llm-prompts ./prompts --out run.jsonl

Exit codes:
    0  all gates pass
    1  a gate fails, a case fails that no gate counts, or one that is known to
       fail does not any more
    2  wrong usage, or a file that cannot be used
    3  cases were not judged, a budget stopped the run, or (--strict) a gate is inconclusive
  130  interrupted: the same command with the same --out goes on`
}

// evalGC makes the collector of an eval work twice as often: it runs beside an
// editor and a model's server on one machine, and most of its memory is what
// cases leave behind.
const evalGC = 50

// Run loads, runs, judges and reports.
func (c evalRunCommand) Run(ctx context.Context, std streams) error {
	reports, err := parseReports(c.Report)
	if err != nil {
		return exit{2, err}
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(evalGC)
	}
	config, err := c.config()
	if err != nil {
		return exit{2, err}
	}
	if config.Agent, err = shippedAgent(); err != nil {
		return err
	}
	chosen, err := suitesOf(config.Agent, c.Suites)
	if err != nil {
		return exit{2, err}
	}
	config.Suites = chosen.suites
	modes, err := c.modes()
	if err != nil {
		return exit{2, err}
	}
	var finish func() error
	if config.Columns, finish, err = c.columns(config.Agent, modes, c.concurrency()); err != nil {
		return exit{2, err}
	}
	bar := newEvalProgress(std.err)
	config.Progress = bar.tell
	runner, err := evalrun.New(config)
	if err != nil {
		return exit{2, err}
	}
	w, path, err := c.create(runner)
	if err != nil {
		return exit{2, err}
	}
	if c.Out == "" {
		defer func() { _ = os.Remove(path) }() // a file of the system's temporary folder
	}
	bar.begin()
	done, err := runner.Run(ctx, w)
	bar.end(done)
	closing := finish()
	if c.Replay == "" { // else it tells what the cassette does not hold
		err, closing = errors.Join(err, closing), nil
	}
	if err != nil {
		return c.ended(ctx, done, err)
	}
	if done.Ran == 0 && done.Before > 0 {
		fmt.Fprintf(std.err, "%s holds the whole run already: nothing was run. --fresh runs it again.\n", c.Out)
	}
	return missed(c.report(std, path, reports, c.ShowText || chosen.shipped), closing)
}

// missed adds to the end of a replayed run what its cassette does not hold.
func missed(report, misses error) error {
	if misses == nil {
		return report
	}
	all := []error{misses}
	if joined, ok := misses.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	err := fmt.Errorf("%d requests are not in the cassette, so that their cases were not judged. The first: %w", len(all), all[0])
	var end exit
	if errors.As(report, &end) && end.code == 1 {
		return exit{1, errors.Join(report, err)}
	}
	return exit{3, err}
}

// config turns the flags into a run, but for agent, suites and columns, which
// take a moment to load.
func (c evalRunCommand) config() (evalrun.Config, error) {
	config := evalrun.Config{
		Seed: c.Seed, Repeat: c.Repeat, Concurrency: c.Concurrency,
		Rate: c.RPS, MaxCalls: c.MaxCalls, MaxCost: c.MaxCost, Replayed: c.Replay != "",
	}
	modes, err := c.modes()
	if err != nil {
		return config, err
	}
	if config.Concurrency == 0 && slices.Contains(modes, outcome.LLM) {
		config.Concurrency = c.concurrency()
	}
	if config.Filter, err = suite.ParseFilter(c.Filter); err != nil {
		return config, fmt.Errorf("--filter: %w", err)
	}
	for _, f := range c.Filter {
		config.Chosen = append(config.Chosen, "filter "+f)
	}
	if c.OnlyFailing != "" {
		failing, err := failingIn(c.OnlyFailing)
		if err != nil {
			return config, fmt.Errorf("--only-failing: %w", err)
		}
		config.Only = failing.has
		config.Chosen = append(config.Chosen, failing.String())
	}
	for _, p := range c.Perturb {
		kind := suite.Perturbation(p)
		if err := knownPerturbation(kind); err != nil {
			return config, fmt.Errorf("--perturb: %w", err)
		}
		config.Perturb = append(config.Perturb, kind)
	}
	config.Clinic, err = clinicChecks()
	return config, err
}

// modelConcurrency is the default where a model is asked.
const modelConcurrency = 8

func (c evalRunCommand) concurrency() int {
	if c.Concurrency > 0 {
		return c.Concurrency
	}
	return modelConcurrency
}

func (c evalRunCommand) modes() ([]outcome.Mode, error) {
	var modes []outcome.Mode
	for _, m := range c.Mode {
		mode := outcome.Mode(m)
		switch mode {
		case outcome.Guard, outcome.Local, outcome.LLM, outcome.Adversarial:
		default:
			return nil, fmt.Errorf("--mode %q: write guard, local, llm or adversarial", m)
		}
		if !slices.Contains(modes, mode) {
			modes = append(modes, mode)
		}
	}
	switch {
	case len(modes) > 0:
	case c.asksModel():
		modes = []outcome.Mode{outcome.LLM}
	case len(c.Suites) == 0:
		modes = []outcome.Mode{outcome.Local, outcome.Adversarial}
	default:
		modes = []outcome.Mode{outcome.Local}
	}
	if !slices.Contains(modes, outcome.LLM) && c.asksModel() {
		return nil, errors.New("--model and --llm-config need --mode llm among the modes")
	}
	return modes, nil
}

// create opens the run's file, in the system's temporary folder where it is
// not kept.
func (c evalRunCommand) create(r *evalrun.Runner) (_ *outcome.Writer, path string, err error) {
	h, err := r.Header()
	if err != nil {
		return nil, "", err
	}
	h.Started, h.Recado = time.Now().UTC().Truncate(time.Second), versionOf()
	options := outcome.Options{Fresh: c.Fresh, NoTimes: c.NoTimes}
	if path = c.Out; path == "" {
		f, err := os.CreateTemp("", "recado-eval-*.jsonl")
		if err != nil {
			return nil, "", fmt.Errorf("create run: %w", err)
		}
		path, options.Fresh = f.Name(), true
		if err := f.Close(); err != nil {
			return nil, "", fmt.Errorf("create run: %w", err)
		}
	} else if h.Build, err = binaryHash(); err != nil {
		return nil, "", err
	}
	w, err := outcome.Create(path, h, options)
	return w, path, err
}

// ended tells why a run did not come to its end.
func (c evalRunCommand) ended(ctx context.Context, p evalrun.Progress, err error) error {
	kept := "Nothing of it is kept: give it --out FILE to be able to go on."
	if c.Out != "" {
		kept = fmt.Sprintf("%s holds them; the same command goes on from there.", c.Out)
	}
	var stopped *evalrun.StoppedError
	switch {
	case ctx.Err() != nil:
		return exit{130, fmt.Errorf("interrupted: %d of %d are done. %s", p.Before+p.Ran, p.Total, kept)}
	case errors.As(err, &stopped):
		return exit{3, fmt.Errorf("stopped: %s. %d of %d are done. %s", stopped.Reason, p.Before+p.Ran, p.Total, kept)}
	}
	return exit{3, err}
}

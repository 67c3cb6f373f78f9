package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"recado/agent/audit"
)

type auditVerifyCommand struct {
	natsFlags
	Clinic []string `env:"-" help:"Only this clinic's chain, or _common for sign-ins, people and keys; may be repeated. Defaults to all." placeholder:"ID"`
	File   []string `env:"-" type:"existingfile" help:"Verify an export in place of what is in NATS; may be repeated." placeholder:"FILE"`
	Head   []string `env:"-" help:"A head that was noted earlier, as this command prints it; may be repeated. It shows a cut-off end." placeholder:"HEAD"`
	Heads  string   `env:"-" type:"path" help:"File of noted heads, one a line. It is brought up to date when everything is intact. Keep it away from whoever may write to NATS." placeholder:"FILE"`
}

// Help tells what it can and cannot see.
func (auditVerifyCommand) Help() string {
	return `Run it with the console's NATS user, or with --file on any host. An entry that
was changed, taken out, moved or put in is named. Whoever may write to NATS
could make a whole chain anew, or cut off its end: that is seen by a head that
was noted elsewhere, so run it daily with --heads on another host:

  recado audit verify --heads /safe/recado.heads

Exit codes: 0 intact, 1 broken, 2 wrong usage, or NATS or a file cannot be used.`
}

// Run verifies chains.
func (c auditVerifyCommand) Run(ctx context.Context, std streams) error {
	heads, err := c.noted()
	if err != nil {
		return exit{2, err}
	}
	var found map[string]audit.Report // by clinic or file
	if len(c.File) > 0 {
		found, err = c.files(heads)
	} else {
		found, err = c.chains(ctx, heads)
	}
	if err != nil {
		return exit{2, err}
	}
	broken, anchored := 0, true
	var names []string
	for name := range found {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		showChain(std.out, name, found[name])
		if !found[name].Intact() {
			broken++
		}
		anchored = anchored && slices.ContainsFunc(heads, func(h audit.Head) bool { return h.Clinic == found[name].Clinic })
	}
	switch {
	case broken > 0:
		return exit{1, fmt.Errorf("%d of %d audit chains are broken", broken, len(found))}
	case len(found) == 0:
		fmt.Fprintln(std.out, "Nothing is recorded yet.")
	case !anchored && c.Heads == "":
		fmt.Fprintln(std.out, "Keep the heads elsewhere: only a noted head shows that an end was cut off (--head, --heads).")
	}
	if c.Heads != "" {
		if err := writeHeads(c.Heads, heads, found); err != nil {
			return exit{2, err}
		}
	}
	return nil
}

// chains verifies what is in NATS. A chain that was noted and is gone counts.
func (c auditVerifyCommand) chains(ctx context.Context, heads []audit.Head) (map[string]audit.Report, error) {
	log, done, err := c.openAudit(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	clinics := slices.Clone(c.Clinic)
	if len(clinics) == 0 {
		if clinics, err = log.Clinics(ctx); err != nil {
			return nil, err
		}
		for _, h := range heads {
			clinics = append(clinics, h.Clinic)
		}
	}
	found := map[string]audit.Report{}
	for _, clinic := range clinics {
		if _, ok := found[clinic]; ok {
			continue
		}
		if found[clinic], err = log.Verify(ctx, clinic, heads...); err != nil {
			return nil, fmt.Errorf("%s: %w", onTerminal(clinic), err)
		}
	}
	return found, nil
}

// files verifies exports.
func (c auditVerifyCommand) files(heads []audit.Head) (map[string]audit.Report, error) {
	found := map[string]audit.Report{}
	for _, name := range c.File {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		report, err := audit.VerifyExport(file, heads...)
		file.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if len(c.Clinic) > 0 && !slices.Contains(c.Clinic, report.Clinic) {
			return nil, fmt.Errorf("%s is the chain of %s, not of --clinic", name, report.Clinic)
		}
		found[name] = report
	}
	return found, nil
}

// showChain tells what was found about one chain.
func showChain(w io.Writer, name string, r audit.Report) {
	verdict := "intact"
	if !r.Intact() {
		verdict = "BROKEN"
	}
	if name != r.Clinic {
		name += " (" + r.Clinic + ")"
	}
	fmt.Fprintf(w, "%s: %s, %d entries", name, verdict, r.Entries)
	if !r.First.IsZero() {
		fmt.Fprintf(w, ", %s to %s UTC", r.First.UTC().Format(time.DateTime), r.Last.UTC().Format(time.DateTime))
	}
	fmt.Fprintln(w)
	for _, f := range r.Faults {
		fmt.Fprintf(w, "  %s: %s\n", f.Kind, f.Text)
	}
	if r.More > 0 {
		fmt.Fprintf(w, "  and %d more faults\n", r.More)
	}
	if r.Intact() {
		fmt.Fprintf(w, "  head %s\n", r.Head)
	}
}

// noted are the heads that were given.
func (c auditVerifyCommand) noted() ([]audit.Head, error) {
	var heads []audit.Head
	for _, text := range c.Head {
		h, err := audit.ParseHead(text)
		if err != nil {
			return nil, fmt.Errorf("--head: %w", err)
		}
		heads = append(heads, h)
	}
	if c.Heads == "" {
		return heads, nil
	}
	raw, err := os.ReadFile(c.Heads)
	if errors.Is(err, fs.ErrNotExist) {
		return heads, nil // the first time
	}
	if err != nil {
		return nil, err
	}
	n := 0
	for line := range strings.Lines(string(raw)) {
		n++
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		h, err := audit.ParseHead(line)
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", c.Heads, n, err)
		}
		heads = append(heads, h)
	}
	return heads, nil
}

// writeHeads brings the file of heads up to date, whole or not at all. Heads
// of chains that were not looked at stay.
func writeHeads(path string, noted []audit.Head, found map[string]audit.Report) error {
	latest := map[string]audit.Head{}
	for _, r := range found {
		noted = append(noted, r.Head)
	}
	for _, h := range noted {
		if h.Seq > latest[h.Clinic].Seq {
			latest[h.Clinic] = h
		}
	}
	lines := []string{"# Ends of the audit chains when they were last intact: recado audit verify --heads"}
	for _, h := range latest {
		lines = append(lines, h.String())
	}
	slices.Sort(lines) // # comes first
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write the heads: %w", err)
	}
	_, err = file.WriteString(strings.Join(lines, "\n") + "\n")
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return fmt.Errorf("write the heads: %w", err)
	}
	return nil
}

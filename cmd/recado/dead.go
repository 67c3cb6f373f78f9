package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"recado/agent/audit"
	"recado/agent/bus"
	"recado/agent/deadletter"
	"recado/agent/inbox/store"
)

type deadCommand struct {
	List  deadListCommand  `cmd:"" help:"List what could not be processed, the newest first: why, where and when, without a patient's words."`
	Show  deadShowCommand  `cmd:"" help:"Tell of one what its reason means and what to do; with the staff side's keys, on demand, what is in it."`
	Retry deadRetryCommand `cmd:"" help:"Put dead letters back, as they arrived, so that their conversations are decided anew."`
}

// openDead is the dead letters as the console's user sees them.
func (f natsFlags) openDead(ctx context.Context) (d *deadDesk, err error) {
	nc, err := f.connect(ctx, bus.RoleConsole)
	if err != nil {
		return nil, exit{2, err}
	}
	d = &deadDesk{close: nc.Close}
	js, err := openJetStream(nc)
	if err == nil {
		d.box, err = deadletter.Open(ctx, js)
	}
	if err == nil {
		d.log, err = audit.Open(ctx, audit.Config{JetStream: js, Patience: startWait})
	}
	if err != nil {
		nc.Close()
		return nil, exit{2, err}
	}
	return d, nil
}

// deadDesk is what the commands about dead letters work with.
type deadDesk struct {
	box   *deadletter.Box
	log   *audit.Log
	close func()
}

// open notes in the audit that somebody reads the letter, and then opens it.
func (d *deadDesk) open(ctx context.Context, l deadletter.Letter, keys store.OneKey, who, what string) ([]byte, error) {
	plain, err := l.Open(keys.Open)
	if err != nil {
		return nil, err
	}
	if _, err := d.log.Append(ctx, audit.Act{Clinic: l.Clinic, Who: who, Kind: audit.RecordOpened, Record: l.ID, Subject: what}); err != nil {
		return nil, fmt.Errorf("it stays closed, since the audit cannot note who opens it: %w", err)
	}
	return plain, nil
}

// staffKeysFlag is how commands come to what opens sealed records.
type staffKeysFlag struct {
	Staff string `env:"-" type:"existingfile" help:"The staff side's file that recado keys made: it opens what patients wrote." placeholder:"FILE"`
}

func (f staffKeysFlag) keys() (store.OneKey, error) {
	file, err := readStaffFile(f.Staff)
	if err != nil {
		return store.OneKey{}, err
	}
	var private []string
	for _, key := range file.keys {
		text, err := key.Text()
		if err != nil {
			return store.OneKey{}, err
		}
		private = append(private, text)
	}
	verify := file.setting(settingVerify)
	if len(verify) == 0 {
		return store.OneKey{}, fmt.Errorf("--staff: %s sets no %s: no letter could be trusted", f.Staff, settingVerify)
	}
	return openStaffKeys(private, verify)
}

type deadListCommand struct {
	natsFlags
	Clinic string        `env:"-" help:"Only this clinic's." placeholder:"ID"`
	Reason string        `env:"-" help:"Only these, e.g. undecided." placeholder:"REASON"`
	Since  time.Duration `env:"-" help:"Only what failed within this time, e.g. 24h." placeholder:"TIME"`
	JSON   bool          `name:"json" env:"-" help:"One JSON object a line."`
}

// Help says where else they are seen.
func (deadListCommand) Help() string {
	return `Run it with the console's NATS user. Times are UTC. Staff see each one as a case in
the inbox as well; this list is for whoever has to find the cause. It goes back
30 days.

Exit codes: 0 listed, 2 wrong usage or NATS cannot be used.`
}

// Run lists them.
func (c deadListCommand) Run(ctx context.Context, std streams) error {
	d, err := c.openDead(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	filter := deadletter.Filter{Clinic: c.Clinic, Reason: bus.Reason(c.Reason)}
	if c.Since > 0 {
		filter.Since = time.Now().Add(-c.Since)
	}
	letters, err := d.box.List(ctx, filter)
	if err != nil {
		return exit{2, err}
	}
	slices.Reverse(letters)
	if c.JSON {
		out := json.NewEncoder(std.out)
		for _, l := range letters {
			if err := out.Encode(l); err != nil {
				return err
			}
		}
		return nil
	}
	if len(letters) == 0 {
		fmt.Fprintln(std.out, "There are no dead letters.")
		return nil
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SEQ\tARRIVED\tREASON\tCLINIC\tCONVERSATION\tPUT BACK")
	for _, l := range letters {
		back := "-"
		if !l.Retried.IsZero() {
			back = l.Retried.UTC().Format(time.DateTime)
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\n", l.Seq, l.At.UTC().Format(time.DateTime), onTerminal(string(l.Reason)), l.Clinic, l.Conversation, back)
	}
	return table.Flush()
}

type deadShowCommand struct {
	natsFlags
	staffKeysFlag
	Letter  string `arg:"" help:"Its sequence or id, as recado dead list shows it."`
	Content bool   `env:"-" help:"Print what arrived, opened with --staff. It may be a patient's words: the audit notes it."`
	By      string `env:"-" default:"recado" help:"Id of the person who looks, for the audit." placeholder:"PERSON"`
}

// Help says what is shown.
func (deadShowCommand) Help() string {
	return `Run it with the console's NATS user. Without --content nothing that a patient
wrote is shown.

Exit codes: 0 shown, 1 it does not open, 2 wrong usage or NATS cannot be used.`
}

// Run shows one.
func (c deadShowCommand) Run(ctx context.Context, std streams) error {
	var keys store.OneKey
	if c.Content {
		if c.Staff == "" {
			return exit{2, errors.New("--content needs the key that opens it: name the staff side's file with --staff")}
		}
		var err error
		if keys, err = c.keys(); err != nil {
			return exit{2, err}
		}
	}
	d, err := c.openDead(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	l, err := d.box.Find(ctx, c.Letter)
	if err != nil {
		return exit{2, err}
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	row := func(name, value string) { fmt.Fprintf(table, "%s\t%s\n", name, onTerminal(value)) }
	advice := deadletter.AdviceFor(l.Reason)
	row("id", l.ID)
	row("sequence", fmt.Sprint(l.Seq))
	row("reason", string(l.Reason))
	row("clinic", l.Clinic)
	row("conversation", l.Conversation)
	row("arrived", l.At.UTC().Format(time.RFC3339))
	row("failed", l.Filed.UTC().Format(time.RFC3339))
	if l.EventSeq > 0 {
		row("event", fmt.Sprint(l.EventSeq))
	}
	if !l.Retried.IsZero() {
		row("put back", l.Retried.UTC().Format(time.RFC3339))
	}
	row("means", advice.Means)
	row("do", advice.Do)
	if err := table.Flush(); err != nil {
		return err
	}
	if !c.Content {
		return nil
	}
	plain, err := d.open(ctx, l, keys, c.By, "dead.shown")
	if err != nil {
		return err
	}
	fmt.Fprint(std.err, "\nWARNING: what follows may be a patient's words, and health information about a\nperson. Do not paste it into tickets, chats or mails. The audit has noted this.\n\n")
	_, err = fmt.Fprintln(std.out, onTerminal(string(plain)))
	return err
}

type deadRetryCommand struct {
	natsFlags
	staffKeysFlag
	Letters []string `arg:"" name:"letter" help:"Sequences or ids, as recado dead list shows them."`
	Late    bool     `env:"-" help:"Put back also what arrived more than a day ago, although its patient is answered out of the blue."`
	By      string   `env:"-" default:"recado" help:"Id of the person who decides this, for the audit." placeholder:"PERSON"`
}

// Help says what happens and what does not.
func (deadRetryCommand) Help() string {
	return `Do it once the cause is gone: a worker was updated, a profile is there. The bytes
that arrived are stored at the end of their conversation, and a worker decides
them as if they had come now: the patient gets an answer. Doing it twice does it
once. An emergency that was answered when it came is not answered again; while
staff hold the conversation nothing is said.

What no worker could read is refused, since it would only come back. Run it on the
staff side, with the console's NATS user: putting a letter back means opening it,
and the audit notes that.

Exit codes: 0 all are put back, 1 one was refused, 2 wrong usage or NATS cannot be
used.`
}

// Run puts letters back, each on its own.
func (c deadRetryCommand) Run(ctx context.Context, std streams) error {
	if c.Staff == "" {
		return exit{2, errors.New("--staff is missing: a letter is opened to put it back; name the staff side's file")}
	}
	keys, err := c.keys()
	if err != nil {
		return exit{2, err}
	}
	d, err := c.openDead(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	refused := 0
	for _, name := range c.Letters {
		err := d.retry(ctx, std.out, name, keys, c.By, c.Late)
		var why *deadletter.RefusedError
		switch {
		case errors.As(err, &why):
			fmt.Fprintln(std.out, err)
			refused++
		case errors.Is(err, deadletter.ErrNotFound):
			return exit{2, err}
		case err != nil:
			return err
		}
	}
	if refused > 0 {
		return exit{1, fmt.Errorf("%d of %d letters are not put back", refused, len(c.Letters))}
	}
	return nil
}

func (d *deadDesk) retry(ctx context.Context, out *os.File, name string, keys store.OneKey, who string, late bool) error {
	l, err := d.box.Find(ctx, name)
	if err != nil {
		return err
	}
	plain, err := d.open(ctx, l, keys, who, "dead.retried")
	if err != nil {
		return err
	}
	r, err := d.box.Retry(ctx, l, plain, deadletter.Options{Late: late})
	if err != nil {
		return err
	}
	if r.Stored {
		_, err = fmt.Fprintf(out, "%d is put back: event %d of its conversation's clinic %s.\n", l.Seq, r.Seq, l.Clinic)
	} else {
		_, err = fmt.Fprintf(out, "%d was put back at %s already; nothing is done.\n", l.Seq, r.Before.UTC().Format(time.RFC3339))
	}
	return err
}

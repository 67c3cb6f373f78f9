package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"recado/agent"
	"recado/agent/channel"
	"recado/agent/clinic"
	"recado/agent/language"
	"recado/agent/schedule"
)

type chatCommand struct {
	clinicFlag
	clockFlag
	llmFlags
}

// Help lists what can be typed besides messages.
func (chatCommand) Help() string {
	return `Type a message as a patient would; nothing is stored. Visits can be
booked where the clinic has a book: an empty one, forgotten at the end.

  /why        what was understood of the last message, which rule decided and
              why it is there (in the language of the reply), and what a
              language model said and what was made of it
  /photo      send a photo
  /new        start a new conversation
  /quit       leave (so do the end of input and Ctrl-C)`
}

// Run plays the patient's side in the terminal.
func (c chatCommand) Run(ctx context.Context, std streams) error {
	profile, err := c.profile()
	if err != nil {
		return err
	}
	if c.Clinic == "" {
		profile = bookableSample()
	}
	clock, err := c.clock(profile)
	if err != nil {
		return err
	}
	a, err := newAgent(c.llmFlags, nil)
	if err != nil {
		return err
	}
	t := &terminal{agent: a, profile: profile, clock: clock, out: std.out, style: styleFor(std.out)}
	t.reset()
	fmt.Fprintf(t.out, "%s\n%s\n\n", t.style.bold(profile.Name), t.style.dim("Write in English or Spanish. /why shows what decided, /quit leaves."))
	return t.run(ctx, std.in)
}

// terminal is one conversation in the terminal.
type terminal struct {
	agent   *agent.Agent
	profile *clinic.Profile
	clock   func() time.Time
	out     io.Writer
	style   style
	book    schedule.Schedule // nil where visits are booked by a link
	session agent.Session
	turns   int
	// conversations counts those of this run: each has visits of its own.
	conversations int
	last          *agent.Turn
	made          agent.Decision
	reason        agent.Explanation
}

func (t *terminal) reset() {
	t.session, t.last = agent.Session{V: agent.Version}, nil
	t.conversations++
	if t.book == nil {
		t.book = triedBook(t.profile, t.clock)
	}
}

func (t *terminal) run(ctx context.Context, in io.Reader) error {
	lines := readLines(ctx, in)
	for {
		fmt.Fprint(t.out, t.style.prompt("> "))
		raw, err := lines.next(ctx)
		if err != nil {
			fmt.Fprintln(t.out)
			if errors.Is(err, io.EOF) || ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("read input: %w", err)
		}
		line := strings.TrimSpace(string(raw))
		switch {
		case line == "":
		case line == "/quit" || line == "/exit":
			return nil
		case line == "/new":
			t.reset()
			fmt.Fprintln(t.out, t.style.dim("A new conversation."))
		case line == "/why":
			t.why()
		case line == "/photo":
			if err := t.say(ctx, agent.KindAttachment, "", "image"); err != nil {
				return err
			}
		case strings.HasPrefix(line, "/"):
			fmt.Fprintln(t.out, t.style.dim("There is /why, /photo, /new and /quit."))
		default:
			if err := t.say(ctx, agent.KindText, line, ""); err != nil {
				return err
			}
		}
	}
}

func (t *terminal) say(ctx context.Context, kind agent.Kind, text, attachment string) error {
	t.turns++
	now := t.clock()
	turn := agent.Turn{
		Events: []agent.Event{{
			V: agent.Version, ID: strconv.Itoa(t.turns), Clinic: t.profile.ID, Channel: agent.Terminal,
			Conversation: fmt.Sprintf("terminal%02d", t.conversations), At: now, Kind: kind, Text: text, Attachment: attachment,
		}},
		Session: t.session, Clinic: t.profile, Now: now, Book: t.book,
	}
	start := time.Now()
	d, reason, err := t.agent.DecideExplained(ctx, turn)
	if err != nil {
		return err
	}
	took := time.Since(start)
	t.session, t.last, t.made, t.reason = d.Session, &turn, d, reason
	label := string(d.Disposition)
	if d.Escalation != nil {
		label += ", sealed for staff as " + string(d.Escalation.Priority)
	}
	if d.Text() == "" {
		fmt.Fprintln(t.out, t.style.dim("(nothing is sent: "+d.Rule+")"))
	} else {
		fmt.Fprintln(t.out, t.style.reply(d.Disposition, channel.Numbered(d.Text(), choices(d))))
	}
	fmt.Fprintf(t.out, "%s\n\n", t.style.dim(fmt.Sprintf("[%s, %s]", label, took.Round(time.Microsecond))))
	return nil
}

// choices are those that a channel would send with a decision's text.
func choices(d agent.Decision) (last []agent.Choice) {
	for _, r := range d.Replies {
		if len(r.Choices) > 0 {
			last = r.Choices
		}
	}
	return last
}

// why tells what was understood of the last message.
func (t *terminal) why() {
	if t.last == nil {
		fmt.Fprintln(t.out, t.style.dim("Nothing has been said yet."))
		return
	}
	d, x := t.made, t.reason
	row := func(name, value string) {
		fmt.Fprintf(t.out, "  %s %s\n", t.style.bold(fmt.Sprintf("%-10s", name)), value)
	}
	row("decided", fmt.Sprintf("%s by %s", d.Disposition, d.Rule))
	row("language", fmt.Sprintf("%s, reply in %s", d.Language, d.ReplyLanguage))
	var words []string
	for _, w := range x.Words {
		if w.Written != "" {
			words = append(words, w.Written+"→"+w.Word)
			continue
		}
		words = append(words, w.Word)
	}
	row("read as", strings.Join(words, " "))
	for _, term := range x.Terms {
		row("term", fmt.Sprintf("%s: %s", term.Class, term.Words))
	}
	text := ""
	for _, e := range t.last.Events {
		text += e.Text
	}
	for _, s := range d.Signals {
		evidence := ""
		if s.Span[1] > s.Span[0] && s.Span[1] <= len(text) {
			evidence = fmt.Sprintf(" on %q", text[s.Span[0]:s.Span[1]])
		}
		row("signal", fmt.Sprintf("%s (%s)%s", s.Rule, s.Category, evidence))
	}
	row("intents", listIntents(x.Likely))
	for _, c := range x.Clauses {
		row("clause", fmt.Sprintf("%q %s", c.Words, listIntents(c.Likely)))
	}
	row("gate", fmt.Sprintf("personal=%t clinical=%t asks the clinic=%t unknown words=%d", x.Personal, x.Clinical, x.Asking, x.Unknown))
	t.whyGrounds(row)
	explainModel(x.Model, text, row)
	for _, call := range x.Visit {
		row("book", call)
	}
	for _, r := range d.Replies {
		row("text", r.Key)
	}
	fmt.Fprintln(t.out)
}

// whyGrounds tells why the rules stand there, in the language of the reply,
// which words weighed and which training examples say the same.
func (t *terminal) whyGrounds(row func(name, value string)) {
	g, err := t.agent.Grounds(*t.last, t.made)
	if err != nil {
		row("grounds", err.Error())
		return
	}
	for _, r := range g.Rules {
		row("rule", fmt.Sprintf("%s: %s", r.ID, r.Reason[t.reads()]))
	}
	var words []string
	for _, w := range g.Words {
		words = append(words, fmt.Sprintf("%s %+.1f", w.Word, w.Weight))
	}
	if len(words) > 0 {
		row("weighed", strings.Join(words, ", "))
	}
	for _, e := range g.Examples {
		row("like", fmt.Sprintf("%q (%s, %s)", e.Text, e.Intent, e.At))
	}
}

// reads is the language of whoever sits there: the one they are answered in.
func (t *terminal) reads() language.Language {
	if t.made.ReplyLanguage == language.Spanish {
		return language.Spanish
	}
	return language.English
}

func listIntents(all []agent.Intent) string {
	var parts []string
	for _, in := range all {
		if in.Confidence >= 0.01 {
			parts = append(parts, fmt.Sprintf("%s %.2f", in.Name, in.Confidence))
		}
	}
	return strings.Join(parts, ", ")
}

// style colours a terminal and leaves anything else plain.
type style struct{ on bool }

func styleFor(f *os.File) style {
	info, err := f.Stat()
	return style{on: err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("NO_COLOR") == ""}
}

func (s style) wrap(code, text string) string {
	if !s.on {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s style) bold(text string) string   { return s.wrap("1", text) }
func (s style) dim(text string) string    { return s.wrap("2", text) }
func (s style) prompt(text string) string { return s.wrap("36", text) }

func (s style) reply(d agent.Disposition, text string) string {
	switch d {
	case agent.Emergency:
		return s.wrap("1;31", text)
	case agent.Escalate, agent.Human:
		return s.wrap("33", text)
	}
	return s.wrap("32", text)
}

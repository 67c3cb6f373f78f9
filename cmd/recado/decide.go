package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"time"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/schedule"
)

type decideCommand struct {
	clinicFlag
	clockFlag
	llmFlags
	Explain bool `help:"Add to each decision what the detectors saw (tokens, terms, probabilities), the rules, words and examples that it rests on, what a language model said and what was made of it."`
}

// Help says what goes in and out.
func (decideCommand) Help() string {
	return `Reads one JSON object a line and writes one a line, in the same order, through
the same decision as the worker:

  {"id":"1","text":"¿a qué hora cierran hoy?","channel":"sms",
   "history":[{"from":"patient","text":"hola"},{"from":"agent","text":"..."}]}

"attachment":"image" stands for a photo. A line that cannot be read gives
{"line":7,"error":"..."} and the run goes on; the exit code is then 3.`
}

// decideInput is one line of input.
type decideInput struct {
	ID         string          `json:"id"`
	Text       string          `json:"text"`
	Channel    agent.Channel   `json:"channel"`
	Attachment string          `json:"attachment"`
	History    []agent.Message `json:"history"`

	line int
}

// decideOutput is one line of output.
type decideOutput struct {
	ID string `json:"id"`
	agent.Decision
	Intents     []agent.Intent     `json:"intents"`
	Replies     []decideReply      `json:"replies"`
	Signals     []decideSignal     `json:"signals"`
	Explanation *agent.Explanation `json:"explain,omitempty"`
	Grounds     *agent.Grounds     `json:"grounds,omitempty"`
	Micros      int64              `json:"micros"`
}

type decideReply struct {
	Key  string `json:"key"`
	Text string `json:"text"`
}

type decideSignal struct {
	Rule     string `json:"rule"`
	Category string `json:"category"`
	Span     [2]int `json:"span"`
}

type decideError struct {
	Line  int    `json:"line"`
	ID    string `json:"id,omitempty"`
	Error string `json:"error"`
}

// Run decides standard input on all cores, in input order.
func (c decideCommand) Run(ctx context.Context, std streams) error {
	profile, err := c.profile()
	if err != nil {
		return err
	}
	clock, err := c.clock(profile)
	if err != nil {
		return err
	}
	a, err := newAgent(c.llmFlags, nil)
	if err != nil {
		return err
	}
	d := decider{agent: a, profile: profile, clock: clock, explain: c.Explain}
	bad, err := d.stream(ctx, std.in, std.out)
	if err != nil {
		return err
	}
	if bad > 0 {
		return exit{3, fmt.Errorf("%d line(s) could not be decided; each has an error record with its line number", bad)}
	}
	return nil
}

type decider struct {
	agent   *agent.Agent
	profile *clinic.Profile
	clock   func() time.Time
	explain bool
}

// stream decides r line by line into w. Lines are decided side by side and
// written in order; at most a fixed number is held in memory. When ctx ends,
// what is written ends with a whole line and the error says that input is left.
func (d decider) stream(ctx context.Context, r io.Reader, w io.Writer) (bad int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type job struct {
		line   int
		raw    []byte
		result chan any
	}
	workers := runtime.GOMAXPROCS(0)
	jobs := make(chan job, 4*workers)
	ordered := make(chan job, 64*workers)
	for range workers {
		go func() {
			for j := range jobs {
				j.result <- d.line(ctx, j.line, j.raw)
			}
		}()
	}
	readErr := make(chan error, 1)
	go func() {
		defer close(ordered)
		defer close(jobs)
		lines := readLines(ctx, r)
		for n := 1; ; n++ {
			raw, err := lines.next(ctx)
			if err != nil {
				readErr <- err
				return
			}
			if len(bytes.TrimSpace(raw)) == 0 {
				continue
			}
			j := job{n, raw, make(chan any, 1)}
			select {
			case ordered <- j:
			case <-ctx.Done():
				readErr <- ctx.Err()
				return
			}
			jobs <- j
		}
	}()
	out := bufio.NewWriterSize(w, 64<<10)
	encode := json.NewEncoder(out)
	encode.SetEscapeHTML(false)
	for j := range ordered {
		result := <-j.result
		if ctx.Err() != nil {
			break // it may have been decided without the language model
		}
		if _, failed := result.(decideError); failed {
			bad++
		}
		if err := encode.Encode(result); err != nil {
			return bad, fmt.Errorf("write decision of line %d: %w", j.line, err)
		}
		if len(ordered) == 0 {
			if err := out.Flush(); err != nil {
				return bad, fmt.Errorf("write decision of line %d: %w", j.line, err)
			}
		}
	}
	flushed := out.Flush()
	switch err := <-readErr; {
	case ctx.Err() != nil:
		return bad, errors.New("stopped before the end of input: the lines without a decision are still to do")
	case !errors.Is(err, io.EOF):
		return bad, fmt.Errorf("read input: %w", err)
	case flushed != nil:
		return bad, fmt.Errorf("write decisions: %w", flushed)
	}
	return bad, nil
}

func (d decider) line(ctx context.Context, n int, raw []byte) any {
	var in decideInput
	if err := json.Unmarshal(raw, &in); err != nil {
		return decideError{Line: n, Error: describeJSON(err)}
	}
	in.line = n
	if in.Text == "" && in.Attachment == "" {
		return decideError{Line: n, ID: in.ID, Error: `has neither "text" nor "attachment": give one of them`}
	}
	switch in.Channel {
	case "":
		in.Channel = agent.Web
	case agent.WhatsApp, agent.SMS, agent.Web, agent.Terminal:
	default:
		return decideError{Line: n, ID: in.ID, Error: `"channel" is unknown: whatsapp, sms, web or terminal`}
	}
	book := triedBook(d.profile, d.clock) // each line's patient has it alone
	session, err := d.replay(ctx, in, book)
	if err != nil {
		return decideError{Line: n, ID: in.ID, Error: err.Error()}
	}
	turn := agent.Turn{Events: []agent.Event{d.event(in, in.Text, in.Attachment, len(in.History))}, Session: session, Clinic: d.profile, Now: d.clock(), Book: book}
	start := time.Now()
	decision, explanation, err := d.decide(ctx, turn)
	micros := time.Since(start).Microseconds()
	if err != nil {
		return decideError{Line: n, ID: in.ID, Error: err.Error()}
	}
	out := decideOutput{ID: in.ID, Decision: decision, Micros: micros, Intents: []agent.Intent{}, Replies: []decideReply{}, Signals: []decideSignal{}}
	out.Intents = append(out.Intents, decision.Intents...)
	for _, r := range decision.Replies {
		out.Replies = append(out.Replies, decideReply{r.Key, r.Text})
	}
	for _, s := range decision.Signals {
		out.Signals = append(out.Signals, decideSignal{s.Rule, string(s.Category), s.Span})
	}
	if out.Explanation = explanation; explanation != nil {
		g, err := d.agent.Grounds(turn, decision)
		if err != nil {
			return decideError{Line: n, ID: in.ID, Error: err.Error()}
		}
		out.Grounds = &g
	}
	return out
}

// decide explains where that is wanted; a language model is asked once.
func (d decider) decide(ctx context.Context, t agent.Turn) (agent.Decision, *agent.Explanation, error) {
	if !d.explain {
		decision, err := d.agent.Decide(ctx, t)
		return decision, nil, err
	}
	decision, explanation, err := d.agent.DecideExplained(ctx, t)
	return decision, &explanation, err
}

// replay brings the session to where the history left it, by deciding what
// the patient wrote before and hearing what was said to them. The language
// model takes no part in that.
func (d decider) replay(ctx context.Context, in decideInput, book schedule.Schedule) (agent.Session, error) {
	session := agent.Session{V: agent.Version}
	local := d.agent.Local()
	for i, m := range in.History {
		switch m.From {
		case agent.Patient:
			if m.Text == "" {
				continue
			}
			decision, err := local.Decide(ctx, agent.Turn{
				Events: []agent.Event{d.event(in, m.Text, "", i)}, Session: session, Clinic: d.profile, Now: d.clock(), Book: book,
			})
			if err != nil {
				return session, fmt.Errorf("history[%d]: %w", i, err)
			}
			session = decision.Session
		case agent.Assistant, agent.Staff:
			session = d.agent.Overhear(session, m)
		default:
			return session, fmt.Errorf(`history[%d]: "from" must be patient, agent or staff`, i)
		}
	}
	return session, nil
}

func (d decider) event(in decideInput, text, attachment string, n int) agent.Event {
	e := agent.Event{
		V: agent.Version, ID: in.ID + "/" + strconv.Itoa(n), Clinic: d.profile.ID, Channel: in.Channel,
		Conversation: fmt.Sprintf("decide%08d", in.line), At: d.clock(), Kind: agent.KindText, Text: text,
	}
	if attachment != "" {
		e.Kind, e.Attachment = agent.KindAttachment, attachment
	}
	return e
}

// describeJSON says what is wrong with a line without quoting it.
func describeJSON(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("is not valid JSON at byte %d: write one object a line", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Sprintf("field %q must be a %s", kind.Field, kind.Type)
	}
	return "is not a JSON object of this form; see recado decide --help"
}

// Package evals measures Recado on labelled messages that it was not trained
// on: the development set in dev/, written apart from the examples of
// intents/. Thresholds are fitted on it, so its figures are a little better
// than what unseen messages will show.
package evals

import (
	"bufio"
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sort"

	"recado/agent"
)

//go:embed dev/*.jsonl
var shipped embed.FS

// Case is one labelled message.
type Case struct {
	ID         string `json:"id"`
	Group      string `json:"group"` // where it comes from: front_desk, emergency, booking_dialogue, ...
	Lang       string `json:"lang"`  // en, es, mixed or other
	Text       string `json:"text"`
	Attachment string `json:"attachment,omitempty"`
	// Disposition is the best one; Also holds others that a careful clinic
	// would accept, Not those that would be a fault of their own.
	Disposition agent.Disposition   `json:"disposition"`
	Also        []agent.Disposition `json:"also,omitempty"`
	Not         []agent.Disposition `json:"not,omitempty"`
	Intents     []string            `json:"intents"`    // the main one first
	ReplyLang   string              `json:"reply_lang"` // en or es
	History     []agent.Message     `json:"history,omitempty"`
	Pair        string              `json:"pair,omitempty"` // joins an English and a Spanish message that mean the same

	File string `json:"-"`
	Line int    `json:"-"`
}

// Accepts reports whether d is the case's disposition or one of Also.
func (c Case) Accepts(d agent.Disposition) bool {
	if d == c.Disposition {
		return true
	}
	for _, also := range c.Also {
		if d == also {
			return true
		}
	}
	return false
}

// Shipped loads the development set.
func Shipped() ([]Case, error) {
	sub, err := fs.Sub(shipped, "dev")
	if err != nil {
		return nil, fmt.Errorf("open development set: %w", err)
	}
	return Load(sub)
}

// Load reads every .jsonl file of dir in name order and reports all mistakes
// together, each with file and line.
func Load(dir fs.FS) ([]Case, error) {
	paths, err := fs.Glob(dir, "*.jsonl")
	if err != nil {
		return nil, fmt.Errorf("list cases: %w", err)
	}
	sort.Strings(paths)
	var cases []Case
	var problems []error
	seen := map[string]string{}
	for _, p := range paths {
		raw, err := fs.ReadFile(dir, p)
		if err != nil {
			return nil, fmt.Errorf("read cases: %w", err)
		}
		lines := bufio.NewScanner(bytes.NewReader(raw))
		lines.Buffer(nil, 1<<20)
		for n := 1; lines.Scan(); n++ {
			if len(bytes.TrimSpace(lines.Bytes())) == 0 {
				continue
			}
			c := Case{File: p, Line: n}
			d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
			d.DisallowUnknownFields()
			if err := d.Decode(&c); err != nil {
				problems = append(problems, fmt.Errorf("%s:%d: %w", p, n, err))
				continue
			}
			if err := c.check(); err != nil {
				problems = append(problems, fmt.Errorf("%s:%d: case %q: %w", p, n, c.ID, err))
			}
			if at, ok := seen[c.ID]; ok {
				problems = append(problems, fmt.Errorf("%s:%d: case %q is already at %s", p, n, c.ID, at))
			}
			seen[c.ID] = fmt.Sprintf("%s:%d", p, n)
			cases = append(cases, c)
		}
		if err := lines.Err(); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", p, err))
		}
	}
	return cases, errors.Join(problems...)
}

func (c Case) check() error {
	switch {
	case c.ID == "":
		return errors.New("has no id")
	case c.Text == "" && c.Attachment == "":
		return errors.New("has neither text nor attachment")
	case c.ReplyLang != "en" && c.ReplyLang != "es":
		return errors.New("reply_lang must be en or es")
	case len(c.Intents) == 0:
		return errors.New("has no intent")
	}
	for _, d := range append([]agent.Disposition{c.Disposition}, append(c.Also, c.Not...)...) {
		switch d {
		case agent.Answer, agent.Escalate, agent.Emergency, agent.Human, agent.Consent, agent.Decline, agent.Silent:
		default:
			return fmt.Errorf("disposition %q is unknown", d)
		}
	}
	return nil
}

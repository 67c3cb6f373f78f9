// Package sheet writes cases for a spreadsheet. A row is one round of a case:
// ids and codes, times and clocks; nothing of it was written by a patient.
package sheet

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"recado/agent/inbox"
)

// Columns are the names in the first row.
var Columns = []string{
	"reference", "case", "clinic", "channel", "language", "state", "round", "priority",
	"opened_utc", "acknowledge_due_utc", "acknowledged_utc", "acknowledged_by", "seconds_to_acknowledge", "acknowledged_late",
	"resolve_due_utc", "resolved_utc", "resolved_by", "seconds_to_resolve", "resolved_late", "outcome",
	"holder", "arrivals", "rules",
}

// Write writes the header and a row for every round of the cases, the oldest
// round of a case first, and returns how many rows there are below the
// header. A round that is not over is late where its time has passed at now.
// Rows are written as the cases come.
//
// Every cell is quoted, so that a spreadsheet whose separator is a semicolon
// finds none; and one that would be taken for a formula begins with an
// apostrophe.
func Write(w io.Writer, cases iter.Seq[inbox.Case], now time.Time) (rows int, err error) {
	out := bufio.NewWriter(w)
	put := func(cells []string) {
		if err != nil {
			return
		}
		if _, failed := out.WriteString(line(cells)); failed != nil {
			err = fmt.Errorf("write the sheet: %w", failed)
		}
	}
	put(Columns)
	for c := range cases {
		for i, r := range append(slices.Clone(c.Past), c.Round) {
			put(row(&c, i, r, now))
			rows++
		}
		if err != nil {
			return rows, err
		}
	}
	if failed := out.Flush(); err == nil && failed != nil {
		err = fmt.Errorf("write the sheet: %w", failed)
	}
	return rows, err
}

func row(c *inbox.Case, i int, r inbox.Round, now time.Time) []string {
	late := r.Late(now)
	state, holder := c.State, c.Owner
	if i < len(c.Past) {
		state, holder = inbox.Resolved, ""
	}
	return []string{
		inbox.Reference(c.ID), c.ID, c.Clinic, string(c.Channel), string(c.Language), string(state), strconv.Itoa(i + 1), string(r.Priority),
		at(r.Opened), at(r.AckDue), at(r.Acknowledged), r.By, took(r.Opened, r.Acknowledged), yes(slices.Contains(late, inbox.ClockAcknowledge)),
		at(r.Due), at(r.Resolved), r.ResolvedBy, took(r.Opened, r.Resolved), yes(slices.Contains(late, inbox.ClockResolve)), string(r.Outcome),
		holder, strconv.Itoa(len(c.Arrivals) + len(c.Older)), strings.Join(c.Rules, " "),
	}
}

// at is a time as spreadsheets read one.
func at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateTime)
}

func took(from, to time.Time) string {
	if from.IsZero() || to.IsZero() {
		return ""
	}
	return strconv.FormatInt(max(int64(to.Sub(from)/time.Second), 0), 10)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func line(cells []string) string {
	var b strings.Builder
	for i, c := range cells {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		b.WriteString(strings.ReplaceAll(Text(c), `"`, `""`))
		b.WriteByte('"')
	}
	b.WriteString("\r\n")
	return b.String()
}

// formulas begin with one of these, the wide forms included.
const formulas = "=+-@\t\r\n＝＋－＠"

// Text is cell as a spreadsheet takes it for text: one that would be taken
// for a formula gets an apostrophe before it.
func Text(cell string) string {
	// Some spreadsheets pass over spaces and what cannot be seen.
	begin := strings.TrimLeft(cell, " \u00a0\u200b\ufeff\x00")
	if begin != "" && strings.ContainsRune(formulas, []rune(begin)[0]) || strings.HasPrefix(cell, "'") {
		return "'" + cell
	}
	return cell
}

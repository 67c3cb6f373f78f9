package show_test

import (
	"fmt"
	"strings"
	"testing"

	"recado/agent"
	"recado/evals/outcome"
	"recado/evals/show"
)

func TestMarkdownIsBoundedAndWhole(t *testing.T) {
	t.Parallel()
	m := newRun()
	for i := range 3000 {
		m.add(outcome.Outcome{ID: fmt.Sprintf("case-%04d", i), Case: outcome.Labels{Lang: "en", Group: "care"},
			Turns: []outcome.Turn{turn(strings.Repeat("my rash is back ", 12), "en", agent.Escalate, agent.Answer)}})
	}
	before := newRun()
	for _, o := range m.outcomes {
		o.Status, o.Turns = outcome.Pass, []outcome.Turn{turn(o.Turns[0].Says[0], "en", agent.Escalate, agent.Escalate)}
		before.outcomes = append(before.outcomes, o)
	}
	for _, size := range []int{2_000, 8_000, 60_000} {
		got := write(t, "markdown", m.against(t, before), show.Options{ShowText: true, Listed: 1000, Bytes: size})
		if len(got) > size {
			t.Errorf("of %d bytes the report has %d", size, len(got))
		}
		if open, closed := strings.Count(got, "<details>"), strings.Count(got, "</details>"); open != closed {
			t.Errorf("in %d bytes %d parts are opened and %d closed", size, open, closed)
		}
		if !strings.Contains(got, "3,000 cases broke") {
			t.Errorf("in %d bytes the report does not say what broke", size)
		}
	}
}

func TestNothingInMarkdownIsALinkAMentionOrMarkup(t *testing.T) {
	got := write(t, "markdown", hostileRun().against(t, plainRun()), show.Options{ShowText: true, Listed: 100})
	for n, line := range strings.Split(got, "\n") {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		bare := withoutCode(line)
		for _, bad := range []string{"<", "](", "@s", "![", "```"} {
			if strings.Contains(bare, bad) {
				t.Errorf("line %d holds %q outside of code: %s", n+1, bad, line)
			}
		}
	}
	columns := 0
	for n, line := range strings.Split(got, "\n") {
		if !strings.HasPrefix(line, "|") {
			columns = 0
			continue
		}
		here := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		if columns != 0 && here != columns {
			t.Errorf("line %d has %d cells, the table has %d: %s", n+1, here-1, columns-1, line)
		}
		columns = here
	}
}

// withoutCode is a line without its code spans, as CommonMark finds them.
func withoutCode(line string) string {
	var out strings.Builder
	for i := 0; i < len(line); {
		if line[i] == '\\' && i+1 < len(line) {
			i += 2
			continue
		}
		if line[i] != '`' {
			out.WriteByte(line[i])
			i++
			continue
		}
		n := 0
		for i+n < len(line) && line[i+n] == '`' {
			n++
		}
		end := closing(line[i+n:], n)
		if end < 0 {
			out.WriteString(line[i : i+n])
			i += n
			continue
		}
		i += n + end + n
	}
	return out.String()
}

// closing finds a run of exactly n backticks.
func closing(s string, n int) int {
	for i := 0; i < len(s); {
		run := 0
		for i+run < len(s) && s[i+run] == '`' {
			run++
		}
		if run == n {
			return i
		}
		i += max(run, 1)
	}
	return -1
}

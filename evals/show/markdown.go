package show

import (
	"fmt"
	"io"
	"strings"

	"recado/evals/judge"
)

// Markdown writes a report for a pull request: what changed first, then the
// gates that do not pass, and everything else folded. It is no longer than
// Options.Bytes. Ids and messages stand in code spans, so that nothing in them
// is markup, a link or a mention; a bar in them is written ¦, since it would
// end a table's cell.
func Markdown(w io.Writer, r Report, o Options) error {
	m := &markdown{o: o.filled()}
	if r.hasRun() {
		first, rest := headline(r.Summary)
		m.say("## recado eval: " + first)
		m.say(notEmptyLine(rest))
		m.say(countsLine(r.Summary.Counts))
	} else {
		m.say("## recado eval: two runs compared")
	}
	if d := diffViewOf(r.Diff, r.Summary, m.o); d != nil {
		m.diff(d)
	}
	if r.hasRun() {
		m.gates(r.Summary)
		m.list(r.Summary.Mended, kindTitle(judge.KindMended))
		m.list(r.Summary.Ungated, kindTitle(judge.KindUngated))
		m.list(r.Summary.Errors, kindTitle(judge.KindError))
		m.list(r.Summary.Known, kindTitle(judge.KindKnown))
		for _, v := range r.Summary.Variants {
			m.variant(r.Summary, v)
		}
		var run []string
		for _, f := range runFacts(r.Summary) {
			run = append(run, f.Name+" "+cell(f.Value))
		}
		m.say("<sub>" + strings.Join(run, ", ") + "</sub>")
	}
	if _, err := io.WriteString(w, m.b.String()); err != nil {
		return fmt.Errorf("write the Markdown report: %w", err)
	}
	return nil
}

// markdown is a document with a size that it may not outgrow.
type markdown struct {
	b strings.Builder
	o Options
}

// spare is kept for the ends of open parts and the words about what is left
// out.
const spare = 400

func (m *markdown) fits(s string) bool { return m.b.Len()+len(s)+spare <= m.o.Bytes }

// say writes a paragraph, or nothing where it is empty or does not fit.
func (m *markdown) say(s string) {
	if s != "" && m.fits(s) {
		m.b.WriteString(s + "\n\n")
	}
}

// table writes a table with as many rows as fit, and says how many do not.
func (m *markdown) table(header []string, rows [][]string, more int) {
	head := "| " + strings.Join(header, " | ") + " |\n|" + strings.Repeat(" --- |", len(header)) + "\n"
	if len(rows) == 0 || !m.fits(head) {
		return
	}
	m.b.WriteString(head)
	for i, row := range rows {
		line := "| " + strings.Join(row, " | ") + " |\n"
		if !m.fits(line) {
			more += len(rows) - i
			break
		}
		m.b.WriteString(line)
	}
	m.b.WriteString("\n")
	if more > 0 {
		m.b.WriteString("… and " + count(more) + " more.\n\n")
	}
}

// fold writes a part that is closed at first.
func (m *markdown) fold(title string, inside func()) {
	open := "<details><summary>" + title + "</summary>\n\n"
	if !m.fits(open) {
		return
	}
	m.b.WriteString(open)
	inside()
	m.b.WriteString("</details>\n\n")
}

func notEmptyLine(s string) string {
	if s == "" {
		return ""
	}
	return "**" + s + "**"
}

func countsLine(c judge.Counts) string {
	s := of(c.Cases, "case", "cases")
	if c.Outcomes != c.Cases {
		s += ", " + of(c.Outcomes, "outcome", "outcomes")
	}
	s += ": " + count(c.Pass) + " passed, " + count(c.Fail) + " failed, "
	if c.Known > 0 {
		s += count(c.Known) + " known to fail, "
	}
	return s + count(c.Error) + " not judged."
}

package suite

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in a suite's file.
type Problem struct {
	File    string
	Line    int    // from 1; 0 where it is about the whole file
	Case    string // its id; empty where it is about no case or the case has none
	Field   string // path within the case or file, e.g. script[1].matches[0]
	Message string // what is wrong and what to do
}

// String is the problem as file:line: case: field: message.
func (p Problem) String() string {
	s := p.File
	if p.Line > 0 {
		s += fmt.Sprintf(":%d", p.Line)
	}
	if p.Case != "" {
		s += fmt.Sprintf(": case %q", p.Case)
	}
	if p.Field != "" {
		s += ": " + p.Field
	}
	return s + ": " + p.Message
}

// ProblemsError holds the problems of a suite in the order of its files and
// their lines.
type ProblemsError struct {
	Problems []Problem
	More     int // that were found beyond those
}

// Error lists the problems, one a line.
func (e *ProblemsError) Error() string {
	lines := make([]string, len(e.Problems), len(e.Problems)+1)
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	if e.More > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", e.More))
	}
	return strings.Join(lines, "\n")
}

// mostProblems bounds what is told of one file.
const mostProblems = 50

// problems collects what is wrong with a suite; file is the one that is read.
type problems struct {
	file string
	all  []Problem
	more int
}

func (p *problems) add(line int, id, field, format string, args ...any) {
	if len(p.all) == mostProblems {
		p.more++
		return
	}
	p.all = append(p.all, Problem{p.file, line, id, field, fmt.Sprintf(format, args...)})
}

// in makes file the one that problems are found in, and returns the one
// before.
func (p *problems) in(file string) (before string) {
	before, p.file = p.file, file
	return before
}

func (p *problems) count() int { return len(p.all) + p.more }

func (p *problems) sorted() *ProblemsError {
	slices.SortStableFunc(p.all, func(a, b Problem) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line)) })
	return &ProblemsError{p.all, p.more}
}

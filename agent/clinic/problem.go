package clinic

import (
	"fmt"
	"strings"
)

// Problem is one mistake in a profile file.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`    // from 1; 0 where it is about the whole file
	Field   string `json:"field"`   // path in the file, e.g. locations[0].hours.mon
	Message string `json:"message"` // what is wrong and what to do
}

// String is the problem as file:line: field: message.
func (p Problem) String() string {
	s := p.File
	if p.Line > 0 {
		s += fmt.Sprintf(":%d", p.Line)
	}
	if p.Field != "" {
		s += ": " + p.Field
	}
	return s + ": " + p.Message
}

// ProblemsError holds every problem of a profile file, in the order of its
// lines.
type ProblemsError struct{ Problems []Problem }

// Error lists all problems, one a line.
func (e *ProblemsError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

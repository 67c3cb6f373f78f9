package suite

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"strings"
)

// longestLine bounds a line of a JSONL file, in bytes.
const longestLine = 1 << 20

// readLines goes through the cases of a file of JSON lines.
func (s *Suite) readLines(name string) iter.Seq2[Case, error] {
	return func(yield func(Case, error) bool) {
		f, err := s.place.open(name)
		if err != nil {
			yield(Case{}, fmt.Errorf("read suite: %w", err))
			return
		}
		defer func() { _ = f.Close() }() // it was only read
		p := &problems{file: s.place.shown(name)}
		for c, err := range decodeLines(f, p) {
			if err == nil && len(p.all) > 0 {
				err = p.sorted()
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// loadLines checks the cases of a file of JSON lines and keeps none. What it
// reads is written to h.
func (s *Suite) loadLines(c *checker, name string, h io.Writer) error {
	f, err := s.place.open(name)
	if err != nil {
		return fmt.Errorf("read suite: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	defer c.problems.in(c.problems.in(s.place.shown(name)))
	before := c.problems.count()
	for item, err := range decodeLines(io.TeeReader(f, h), c.problems) {
		if err != nil {
			return err
		}
		s.Count++
		if c.problems.count() == before {
			c.check(item, nil)
		}
		before = c.problems.count()
	}
	s.lines = append(s.lines, name)
	return nil
}

// decodeLines reads r line by line. A line that cannot be read is told to p
// and yields the little that is known of it; an error ends it.
func decodeLines(r io.Reader, p *problems) iter.Seq2[Case, error] {
	return func(yield func(Case, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(make([]byte, 64<<10), longestLine)
		n := 0
		for lines.Scan() {
			n++
			raw := lines.Bytes()
			if n == 1 {
				raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
			}
			if len(bytes.TrimSpace(raw)) == 0 {
				continue
			}
			c := Case{File: p.file, Line: n}
			d := json.NewDecoder(bytes.NewReader(raw))
			d.DisallowUnknownFields()
			err := d.Decode(&c)
			if err == nil {
				if _, more := d.Token(); !errors.Is(more, io.EOF) {
					err = errTwoObjects
				}
			}
			if err != nil {
				p.add(n, c.ID, "", "%s", describeJSON(err))
			}
			c.File, c.Line = p.file, n
			c.setDefaults()
			if !yield(c, nil) {
				return
			}
		}
		if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
			p.add(n+1, "", "", "the line is longer than 1 MB: is this a file of JSON lines, one object a line?")
		} else if err != nil {
			yield(Case{}, fmt.Errorf("read suite %s: %w", p.file, err))
		}
	}
}

var errTwoObjects = errors.New("more than one value")

// describeJSON says what is wrong with a line and what to do.
func describeJSON(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name = strings.Trim(name, `"`)
		return fmt.Sprintf("%s: unknown field: %s", name, suggest(name, append(names(reflect.TypeFor[Case]()), names(reflect.TypeFor[Step]())...)))
	}
	switch {
	case errors.Is(err, errTwoObjects):
		return "more than one value stands in this line: write one object a line"
	case errors.As(err, &syntax):
		return fmt.Sprintf("not readable as JSON at byte %d (%s): write one object a line", syntax.Offset, syntax)
	case errors.As(err, &kind):
		want := map[reflect.Kind]string{reflect.Slice: "a list", reflect.String: "a text in quotes", reflect.Struct: "an object",
			reflect.Map: "an object", reflect.Bool: "true or false", reflect.Int: "a whole number", reflect.Float64: "a number"}[kind.Type.Kind()]
		return fmt.Sprintf("%s: is a %s and must be %s", strings.ReplaceAll(kind.Field, "Expect.", ""), kind.Value, want)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "ends in the middle: write one whole object a line"
	}
	return err.Error()
}

// setDefaults fills in what a case may leave out.
func (c *Case) setDefaults() {
	if c.Lang == "" {
		c.Lang = c.ReplyLang
	}
	for i := 0; c.Lang == "" && i < len(c.Script); i++ {
		c.Lang = c.Script[i].ReplyLang
	}
	if c.Channel == "" {
		c.Channel = "web"
	}
}

package audit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Lines of an export that are no entries.
type (
	// garbledLine keeps, in base64, what stands in the chain and is no entry.
	garbledLine struct {
		Garbled []byte `json:"garbled"`
	}
	// endLine is the last one: without it the end was cut off.
	endLine struct {
		End Head `json:"end"`
	}
)

// Export writes a clinic's whole chain as JSON lines, which VerifyExport
// reads without NATS: an entry a line, and a last line that names the end. A
// chain that is broken is exported as it is.
func (l *Log) Export(ctx context.Context, clinic string, w io.Writer) (Head, error) {
	out := bufio.NewWriter(w)
	put := func(line []byte) error {
		if _, err := out.Write(append(line, '\n')); err != nil {
			return fmt.Errorf("write the export: %w", err)
		}
		return nil
	}
	report, err := l.verify(ctx, clinic, nil, func(data []byte) error {
		if _, err := decode(data); err != nil {
			line, err := json.Marshal(garbledLine{data})
			if err != nil {
				return fmt.Errorf("write the export: %w", err)
			}
			return put(line)
		}
		return put(bytes.Clone(data))
	})
	if err != nil {
		return Head{}, err
	}
	end, err := json.Marshal(endLine{report.Head})
	if err != nil {
		return Head{}, fmt.Errorf("write the export: %w", err)
	}
	if err := put(end); err != nil {
		return Head{}, err
	}
	if err := out.Flush(); err != nil {
		return Head{}, fmt.Errorf("write the export: %w", err)
	}
	return report.Head, nil
}

// maxLine is more than a message of the stream takes in base64.
const maxLine = 2 << 20

// ErrNoExport: what was given is not an export of an audit chain.
var ErrNoExport = errors.New("not an export of an audit chain")

// VerifyExport reads an export, which may come from anywhere. anchors are
// heads that were noted earlier; those of other clinics are ignored. The
// error is about reading, ErrNoExport where nothing in r is of an export.
func VerifyExport(r io.Reader, anchors ...Head) (Report, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	var (
		c     *checker
		begin [][]byte // lines before the clinic is known
		end   *Head
		after uint64 // lines behind the end
	)
	start := func(clinic string) {
		c = newChecker(clinic, anchors)
		for _, line := range begin {
			c.add(line)
		}
		begin = nil
	}
	for lines.Scan() {
		line := lines.Bytes()
		if end != nil {
			after++
			continue
		}
		if end = endOf(line); end != nil {
			if c == nil {
				start(end.Clinic)
			}
			continue
		}
		if c == nil {
			if e, err := decode(line); err == nil {
				start(e.Clinic)
			} else if len(begin) == maxFaults {
				return Report{}, ErrNoExport
			} else {
				begin = append(begin, bytes.Clone(line))
				continue
			}
		}
		c.add(line)
	}
	if err := lines.Err(); err != nil {
		return Report{}, fmt.Errorf("read the export: %w", err)
	}
	if c == nil {
		return Report{}, ErrNoExport
	}
	c.end(end, after)
	return c.done(), nil
}

// endOf returns the head that a last line names, else nil.
func endOf(line []byte) *Head {
	var e endLine
	if json.Unmarshal(line, &e) != nil || !validClinic(e.End.Clinic) {
		return nil
	}
	if again, err := json.Marshal(e); err != nil || !bytes.Equal(again, line) {
		return nil
	}
	return &e.End
}

// end compares what was read with an export's last line.
func (c *checker) end(end *Head, after uint64) {
	have := c.report.Head
	switch {
	case end == nil:
		c.fault(CutOff, c.next, "the export has no last line: what came after entry %d is cut off", have.Seq)
	case end.Clinic != have.Clinic:
		c.fault(Foreign, c.next, "the export ends as that of another clinic")
	case end.Seq > have.Seq:
		c.fault(CutOff, have.Seq+1, "the end is cut off: the export ends at entry %d and had %d", have.Seq, end.Seq)
	case *end != have:
		c.fault(Rewritten, have.Seq, "the export's last line names another end: entries were put in or made anew")
	}
	if after > 0 {
		c.fault(Garbled, have.Seq, "%d lines stand behind the export's end", after)
	}
	c.report.Anchored = c.report.Anchored || end != nil
}

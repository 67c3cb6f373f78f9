package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
)

// maxLine is the longest input line that is read.
const maxLine = 4 << 20

// inputLines are the lines of standard input. They are read beside what uses
// them, because a read of a terminal or pipe cannot be interrupted: a command
// that is told to stop leaves it behind and ends.
type inputLines struct {
	lines chan []byte
	err   error // set before lines is closed
}

// readLines reads r until its end or the end of ctx. A read in progress may
// outlive ctx until r gives something or is closed.
func readLines(ctx context.Context, r io.Reader) *inputLines {
	in := &inputLines{lines: make(chan []byte, 64)}
	go func() {
		defer close(in.lines)
		scanner := bufio.NewScanner(r)
		scanner.Buffer(make([]byte, 64<<10), maxLine)
		n := 0
		for scanner.Scan() {
			n++
			select {
			case in.lines <- append([]byte(nil), scanner.Bytes()...):
			case <-ctx.Done():
				in.err = ctx.Err()
				return
			}
		}
		in.err = scanner.Err()
		if errors.Is(in.err, bufio.ErrTooLong) {
			in.err = fmt.Errorf("line %d is longer than %d bytes: split the input there", n+1, maxLine)
		}
	}()
	return in
}

// next returns a line without its end, which the caller may keep; io.EOF
// after the last one, the context's error once ctx has ended.
func (in *inputLines) next(ctx context.Context) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case line, ok := <-in.lines:
		switch {
		case ok:
			return line, nil
		case in.err != nil:
			return nil, in.err
		}
		return nil, io.EOF
	}
}

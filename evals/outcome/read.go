package outcome

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
)

// Reader reads a run's file. Nothing of it is kept in memory.
type Reader struct {
	Header Header
	path   string
	body   int64 // where the outcomes begin
}

// Open reads the header of a run's file.
func Open(path string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open run: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	line, err := bufio.NewReaderSize(f, 64<<10).ReadBytes('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read run: %w", err)
	}
	r := &Reader{path: path, body: int64(len(line))}
	if json.Unmarshal(line, &r.Header) != nil || r.Header.V == 0 || err != nil {
		return nil, fmt.Errorf("%s:1: is no header of a run: give a file that recado eval --out wrote", path)
	}
	if r.Header.V != Version {
		return nil, fmt.Errorf("%s:1: the run has version %d and this recado reads %d: run it again", path, r.Header.V, Version)
	}
	return r, nil
}

// Path is the run's file.
func (r *Reader) Path() string { return r.path }

// All goes through the outcomes in the order of the file. A last line that was
// cut while it was written is left out; any other line that cannot be read is
// an error with its number.
func (r *Reader) All() iter.Seq2[Outcome, error] {
	return func(yield func(Outcome, error) bool) {
		for line, err := range r.lines() {
			var o Outcome
			if err == nil {
				err = line.read(r.path, &o)
			}
			if !yield(o, err) || err != nil {
				return
			}
		}
	}
}

// line is one whole line with its place.
type line struct {
	raw    []byte // valid until the next line
	n      int    // from 1
	offset int64
}

func (l line) read(path string, o *Outcome) error {
	if err := json.Unmarshal(l.raw, o); err != nil || o.Status == "" {
		return fmt.Errorf("%s:%d: is no outcome: the file was changed; run it again with --fresh", path, l.n)
	}
	return nil
}

// lines goes through the whole lines after the header.
func (r *Reader) lines() iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		f, err := os.Open(r.path)
		if err != nil {
			yield(line{}, fmt.Errorf("open run: %w", err))
			return
		}
		defer func() { _ = f.Close() }() // it was only read
		if _, err := f.Seek(r.body, io.SeekStart); err != nil {
			yield(line{}, fmt.Errorf("read run: %w", err))
			return
		}
		in := bufio.NewReaderSize(f, 256<<10)
		at := r.body
		var long []byte
		for n := 2; ; n++ {
			raw, err := in.ReadSlice('\n')
			for long = long[:0]; errors.Is(err, bufio.ErrBufferFull); raw, err = in.ReadSlice('\n') {
				long = append(long, raw...)
			}
			if len(long) > 0 {
				long = append(long, raw...)
				raw = long
			}
			switch {
			case errors.Is(err, io.EOF):
				return // what stands after the last line's end was cut
			case err != nil:
				yield(line{}, fmt.Errorf("read run: %w", err))
				return
			}
			if !yield(line{bytes.TrimRight(raw, "\n"), n, at}, nil) {
				return
			}
			at += int64(len(raw))
		}
	}
}

package outcome

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Writer writes a run's file. Outcomes are appended as they come, each with
// one write, so that a killed run loses none that Add returned for; Finish
// puts them in order. It is not safe for use by many goroutines.
type Writer struct {
	path   string
	times  bool
	file   *os.File
	body   int64 // where the outcomes begin
	end    int64
	places map[[16]byte]place
	buffer bytes.Buffer
}

// place is where an outcome stands in the file.
type place struct {
	offset int64
	size   int32
	failed bool // ended in an error, and is done again
}

// Options change how a run is written.
type Options struct {
	// Fresh starts the run again where its file exists.
	Fresh bool
	// NoTimes leaves out what differs from run to run.
	NoTimes bool
}

// MismatchError says that a file holds another run than the one to write.
type MismatchError struct {
	Path    string
	Differs []string // what differs, a line each
}

// Error tells the differences and what to do.
func (e *MismatchError) Error() string {
	s := e.Path + " holds another run"
	for _, d := range e.Differs {
		s += "\n  " + d
	}
	return s + "\nrun what it holds, start it again with --fresh, or choose another file with --out"
}

// Create opens the file of a run with header h: a new one, or the one of a run
// with the same header that was interrupted or has ended, of which what is
// done stays done. The error is a *MismatchError where the file holds another
// run.
func Create(path string, h Header, o Options) (*Writer, error) {
	h.V = Version
	if o.NoTimes {
		h.Started = time.Time{}
	}
	w := &Writer{path: path, times: !o.NoTimes, places: map[[16]byte]place{}}
	_, err := os.Stat(path)
	switch {
	case o.Fresh || errors.Is(err, fs.ErrNotExist):
		return w, w.begin(h)
	case err != nil:
		return nil, fmt.Errorf("open run: %w", err)
	}
	return w, w.resume(h)
}

func (w *Writer) begin(h Header) error {
	if err := os.MkdirAll(filepath.Dir(w.path), 0o755); err != nil {
		return fmt.Errorf("create run: %w", err)
	}
	var err error
	if w.file, err = os.Create(w.path); err != nil {
		return fmt.Errorf("create run: %w", err)
	}
	if _, err = w.write(h); err != nil {
		return err
	}
	w.body = w.end
	return nil
}

func (w *Writer) resume(h Header) error {
	r, err := Open(w.path)
	if err != nil {
		return fmt.Errorf("%w, or start again with --fresh", err)
	}
	if differs := r.Header.differs(h); len(differs) > 0 {
		return &MismatchError{w.path, differs}
	}
	w.body, w.end = r.body, r.body
	for l, err := range r.lines() {
		var o Outcome
		if err == nil {
			err = l.read(w.path, &o)
		}
		if err != nil {
			return err
		}
		w.end = l.offset + int64(len(l.raw)) + 1
		w.note(o, l.offset)
	}
	if w.file, err = os.OpenFile(w.path, os.O_RDWR, 0); err != nil {
		return fmt.Errorf("open run: %w", err)
	}
	if err := w.file.Truncate(w.end); err != nil {
		return fmt.Errorf("drop the cut last line of the run: %w", err)
	}
	if _, err := w.file.Seek(w.end, io.SeekStart); err != nil {
		return fmt.Errorf("open run: %w", err)
	}
	return nil
}

// note keeps where an outcome stands, which is the last thing in the file.
func (w *Writer) note(o Outcome, offset int64) {
	w.places[o.Key().sum()] = place{offset, int32(w.end - offset), o.Status == Error}
}

// Done reports whether the file holds the outcome already. One that ended in
// an error is not done.
func (w *Writer) Done(k Key) bool {
	p, ok := w.places[k.sum()]
	return ok && !p.failed
}

// Count is how many outcomes are done.
func (w *Writer) Count() int {
	n := 0
	for _, p := range w.places {
		if !p.failed {
			n++
		}
	}
	return n
}

// Add appends an outcome; it is in the file when Add returns.
func (w *Writer) Add(o Outcome) error {
	if !w.times {
		o = o.WithoutTimes()
	}
	at, err := w.write(o)
	if err != nil {
		return err
	}
	w.note(o, at)
	return nil
}

func (w *Writer) write(v any) (offset int64, err error) {
	w.buffer.Reset()
	e := json.NewEncoder(&w.buffer)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return 0, fmt.Errorf("write run: %w", err)
	}
	offset = w.end
	n, err := w.file.Write(w.buffer.Bytes())
	w.end += int64(n)
	if err != nil {
		return 0, fmt.Errorf("write run: %w", err)
	}
	return offset, nil
}

// Finish puts the outcomes into the given order and closes the file. What the
// order does not name is dropped.
func (w *Writer) Finish(order iter.Seq2[Key, error]) (err error) {
	defer func() { err = errors.Join(err, w.Close()) }()
	var sorted []place
	at, inOrder := w.body, true
	for k, err := range order {
		if err != nil {
			return err
		}
		if p, ok := w.places[k.sum()]; ok {
			inOrder = inOrder && p.offset == at
			at += int64(p.size)
			sorted = append(sorted, p)
		}
	}
	if inOrder && at == w.end {
		return nil
	}
	half, err := os.CreateTemp(filepath.Dir(w.path), filepath.Base(w.path)+".*.half")
	if err != nil {
		return fmt.Errorf("order run: %w", err)
	}
	if err := errors.Join(w.copy(half, sorted), half.Close()); err != nil {
		return fmt.Errorf("order run: %w", errors.Join(err, os.Remove(half.Name())))
	}
	if err := os.Rename(half.Name(), w.path); err != nil {
		return fmt.Errorf("order run: %w", err)
	}
	return nil
}

// copy writes header and outcomes in the order of places.
func (w *Writer) copy(to *os.File, places []place) error {
	if err := to.Chmod(0o644); err != nil { // a temporary file is the user's alone
		return err
	}
	out := bufio.NewWriterSize(to, 256<<10)
	if _, err := io.Copy(out, io.NewSectionReader(w.file, 0, w.body)); err != nil {
		return err
	}
	var raw []byte
	for _, p := range places {
		raw = slices.Grow(raw[:0], int(p.size))[:p.size]
		if _, err := w.file.ReadAt(raw, p.offset); err != nil {
			return err
		}
		if _, err := out.Write(raw); err != nil {
			return err
		}
	}
	return out.Flush()
}

// Close closes the file as it is, in the order that outcomes came.
func (w *Writer) Close() error {
	if w.file == nil {
		return nil
	}
	err := w.file.Close()
	w.file = nil
	if err != nil {
		return fmt.Errorf("close run: %w", err)
	}
	return nil
}

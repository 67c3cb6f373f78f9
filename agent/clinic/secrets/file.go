package secrets

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// Every is how often a file is looked at. It is oftener than profiles are read,
// so that a clinic whose profile and secrets come together is not served
// without the latter.
const Every = time.Second

// ErrNone says that a file which held secrets holds none any more.
var ErrNone = errors.New("it names no clinic any more; to go on without secrets of clinics' own, start again")

// File is a file of secrets that may change while they are in use. One
// goroutine at a time may look at it; Refused is for any.
type File struct {
	path  string
	used  Book     // the last good one
	last  *version // as it was at the last look; nil before the first
	told  error    // of the last version that was judged
	waits bool     // last is to be judged, if the next look sees the same

	since    atomic.Pointer[time.Time] // when what it says began to be refused; nil while it is not
	refusals atomic.Int64
	now      func() time.Time
}

// version is one state of a file.
type version struct {
	info fs.FileInfo // nil for one that cannot be looked at
	raw  [sha256.Size]byte
	err  string
}

// same reports whether two looks saw the same.
func (v version) same(w version) bool { return v.raw == w.raw && v.err == w.err }

// NewFile is the file at path.
func NewFile(path string) *File { return &File{path: path, now: time.Now} }

// Look gives the file's secrets to take at the first look and whenever they
// changed; what take refuses is refused. What is refused, or cannot be read, is
// the error of every look until the file is good again, and the last good
// secrets stay in use. After the first look a change counts once two looks in a
// row saw the same: a file may be half written, and an editor may remove it for
// a moment. No error quotes the file.
func (f *File) Look(take func(Book) error) error {
	info, err := os.Stat(f.path)
	if last := f.last; err == nil && last != nil && !f.waits && last.info != nil && unchanged(last.info, info) {
		return f.told
	}
	now := version{info: info}
	var book Book
	if err == nil {
		book, now.raw, err = load(f.path, info)
	} else {
		err = fmt.Errorf("read clinics' secrets: %w", err)
	}
	if err != nil {
		now.err = err.Error()
	}
	first, again := f.last == nil, f.last != nil && f.last.same(now)
	judged := again && !f.waits
	f.last, f.waits = &now, !first && !again
	if judged || f.waits {
		return f.told
	}
	if err == nil && len(book) == 0 && len(f.used) > 0 {
		err = fmt.Errorf("%s: %w", filepath.Base(f.path), ErrNone)
	}
	if err == nil {
		err = take(book)
	}
	if err == nil {
		f.used = book
	}
	f.told = err
	f.note(err)
	return err
}

// note notes that a version of the file was judged.
func (f *File) note(err error) {
	if err == nil {
		f.since.Store(nil)
		return
	}
	f.refusals.Add(1)
	if f.since.Load() == nil {
		now := f.now()
		f.since.Store(&now)
	}
}

// Refused is since when the file cannot be used and the last good secrets stay
// in use instead, false while that is not so.
func (f *File) Refused() (since time.Time, refused bool) {
	if at := f.since.Load(); at != nil {
		return *at, true
	}
	return time.Time{}, false
}

// unchanged reports whether a file needs not be read again. Its mode counts.
func unchanged(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && a.Mode() == b.Mode()
}

// Watch looks at the file every so often until ctx ends. tell is called with
// what is wrong with it, once for each thing. Call Look first.
func (f *File) Watch(ctx context.Context, every time.Duration, take func(Book) error, tell func(error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	told := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := f.Look(take)
		switch {
		case err == nil:
			told = ""
		case err.Error() != told:
			told = err.Error()
			tell(err)
		}
	}
}

package library

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.uber.org/zap"
)

// Every is how often files are looked at.
const Every = 3 * time.Second

// maxDocument is more than any profile holds.
const maxDocument = 1 << 20

// Folder is a folder of profiles, each in a file *.yaml or *.yml, or one such
// file. Files whose names begin with a dot or an underscore are left alone.
type Folder struct {
	path  string
	known map[string]file // by name
	begun bool
}

// file is what was seen of one file.
type file struct {
	size     int64
	modified time.Time
	taken    Document // what is in use of it
	sum      sum
	waits    sum // of a content that was seen once; zero for none
	missed   bool
}

// NewFolder is the folder, or the one file, at path.
func NewFolder(path string) *Folder { return &Folder{path: path, known: map[string]file{}} }

// Look returns the documents that are there, and whether they differ from
// those of the look before. After the first look a change counts once two
// looks in a row saw the same: a file may be half written, and an editor may
// remove it for a moment. A folder that is empty or cannot be read is an
// error, without documents: somebody's mistake with a folder must not make
// every clinic unknown. Beside the error about a file that cannot be read, what
// was read of it before is among the documents.
func (f *Folder) Look() ([]Document, bool, error) {
	paths, err := f.paths()
	if err != nil {
		return nil, false, err
	}
	changed := !f.begun
	seen := map[string]bool{}
	var unread []error
	for _, path := range paths {
		name := filepath.Base(path)
		different, err := f.look(name, path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed meanwhile
		}
		seen[name] = true
		unread = append(unread, err)
		changed = changed || different
	}
	for name, one := range f.known {
		switch {
		case seen[name]:
		case !one.missed && f.begun:
			one.missed = true
			f.known[name] = one
		default:
			delete(f.known, name)
			changed = true
		}
	}
	f.begun = true
	var all []Document
	for _, path := range sortedNames(f.known) {
		if one := f.known[path]; one.taken.Raw != nil {
			all = append(all, one.taken)
		}
	}
	return all, changed, errors.Join(unread...)
}

// look reads a file if it may have changed, and reports whether what is in use
// of it did.
func (f *Folder) look(name, path string) (bool, error) {
	one, known := f.known[name]
	info, err := os.Stat(path)
	if err != nil {
		return false, fmt.Errorf("look at clinic profile: %w", err)
	}
	if info.IsDir() {
		return false, nil
	}
	if known && one.waits == (sum{}) && !one.missed && info.Size() == one.size && info.ModTime().Equal(one.modified) {
		return false, nil
	}
	one.size, one.modified, one.missed = info.Size(), info.ModTime(), false
	var raw []byte
	if info.Size() > maxDocument {
		raw = make([]byte, maxDocument+1) // refused as too large, unread
	} else if raw, err = os.ReadFile(path); err != nil {
		return false, fmt.Errorf("read clinic profile: %w", err)
	}
	now := sum(sha256.Sum256(raw))
	switch {
	case known && now == one.sum && one.taken.Raw != nil:
		one.waits = sum{}
	case f.begun && one.waits != now:
		one.waits = now // the next look takes it, if it stays so
	default:
		one.taken, one.sum, one.waits = Document{name, raw}, now, sum{}
		f.known[name] = one
		return true, nil
	}
	f.known[name] = one
	return false, nil
}

func (f *Folder) paths() ([]string, error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, fmt.Errorf("read clinic profiles: %w", err)
	}
	if !info.IsDir() {
		return []string{f.path}, nil
	}
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return nil, fmt.Errorf("read clinic profiles: %w", err)
	}
	var all []string
	for _, e := range entries {
		name := e.Name()
		switch filepath.Ext(name) {
		case ".yaml", ".yml":
			// A link into a folder that is swapped as a whole is a file too.
			if !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "_") {
				all = append(all, filepath.Join(f.path, name))
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("read clinic profiles: %s holds no file *.yaml", f.path)
	}
	return all, nil
}

// Watch keeps l with the folder until ctx ends, looking every so often. Call
// Load first.
func (f *Folder) Watch(ctx context.Context, l *Library, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		all, changed, err := f.Look()
		if err != nil && !failing {
			l.cfg.Log.Error("clinics' profiles cannot be read: those in use stay", zap.Error(err))
		}
		failing = err != nil
		l.Reading(err)
		if changed {
			l.Update(all)
		}
	}
}

// Load takes the folder's profiles into l for the first time and returns what
// was refused, by name.
func (f *Folder) Load(l *Library) (map[string]error, error) {
	all, _, err := f.Look()
	if len(all) == 0 {
		return nil, err
	}
	if err != nil {
		l.cfg.Log.Error("clinics' profiles cannot be read", zap.Error(err))
	}
	l.Reading(err)
	return l.Update(all), nil
}

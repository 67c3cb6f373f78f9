package suite

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// place is where a suite's file lies.
type place struct {
	file, under string
	join        func(...string) string
	abs         func(string) bool
	open        func(name string) (io.ReadCloser, error)
	glob        func(pattern string) ([]string, error)
}

func onDisk(file string) place {
	return place{file: file, join: filepath.Join, abs: filepath.IsAbs, glob: filepath.Glob,
		open: func(name string) (io.ReadCloser, error) { return os.Open(name) }}
}

func inFS(fsys fs.FS, under, file string) place {
	return place{file: file, under: under, join: path.Join, abs: path.IsAbs,
		glob: func(pattern string) ([]string, error) { return fs.Glob(fsys, pattern) },
		open: func(name string) (io.ReadCloser, error) { return fsys.Open(name) }}
}

// shown is the name of a file in problems and records.
func (p place) shown(name string) string { return path.Join(p.under, filepath.ToSlash(name)) }

// beside is the path of a file that a suite names.
func (p place) beside(name string) string {
	if p.abs(name) {
		return name
	}
	return p.join(filepath.Dir(p.file), name)
}

// match lists the files that a pattern of a suite fits, in order of names.
func (p place) match(pattern string) ([]string, error) { return p.glob(p.beside(pattern)) }

func (p place) read(name string) (_ []byte, err error) {
	f, err := p.open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(f)
}

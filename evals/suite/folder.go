package suite

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Folder reads the suites of a folder in order of names: its YAML files, and
// those of JSON lines that belong to none of them. Mistakes in all of them are
// reported together. A folder without a suite is an error.
func Folder(dir string, k Known) ([]*Suite, error) {
	return folder(os.DirFS(dir), dir, k, func(name string) place { return onDisk(filepath.Join(dir, name)) })
}

// FolderFS is Folder for the root of fsys. under is put before the files'
// names in problems and records.
func FolderFS(fsys fs.FS, under string, k Known) ([]*Suite, error) {
	return folder(fsys, under, k, func(name string) place { return inFS(fsys, under, name) })
}

func folder(fsys fs.FS, shown string, k Known, at func(name string) place) ([]*Suite, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("list suites: %w", err)
	}
	var all []*Suite
	var problems []error
	taken := map[string]bool{} // files of JSON lines that belong to a suite
	read := func(kinds ...string) {
		for _, e := range entries {
			p := at(e.Name())
			if e.IsDir() || !slices.Contains(kinds, path.Ext(e.Name())) || taken[p.file] {
				continue
			}
			s, err := load(p, k)
			if err != nil {
				problems = append(problems, err)
				continue
			}
			for _, name := range s.lines {
				taken[name] = true
			}
			all = append(all, s)
		}
	}
	read(".yaml", ".yml")
	if len(problems) > 0 { // which files belong to a broken suite is not known
		return nil, errors.Join(problems...)
	}
	read(".jsonl")
	if len(problems) == 0 && len(all) == 0 {
		return nil, fmt.Errorf("%s holds no suite: add one, or name files", shown)
	}
	slices.SortStableFunc(all, func(a, b *Suite) int { return cmp.Compare(a.File, b.File) })
	return all, errors.Join(problems...)
}

package suite

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"path/filepath"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"

	"recado/agent/clinic"
)

// Known is what suites may name besides what this package defines. What is
// not set is not checked.
type Known struct {
	Intents []string          // names of intents
	Reply   func(string) bool // whether the catalogue has this key
	Gate    func(Gate) error  // what is wrong with a gate
}

// Load reads and checks the suite in a file, whose name ends in .yaml, .yml or
// .jsonl. Mistakes in it are a *ProblemsError. Of JSON lines nothing but
// counts is kept.
func Load(file string, k Known) (*Suite, error) {
	return load(onDisk(file), k)
}

// LoadFS is Load for a file of fsys. under is put before its name in problems
// and records.
func LoadFS(fsys fs.FS, under, file string, k Known) (*Suite, error) {
	return load(inFS(fsys, under, file), k)
}

func load(p place, k Known) (*Suite, error) {
	file := p.shown(p.file)
	base := path.Base(file)
	s := &Suite{Name: strings.TrimSuffix(base, path.Ext(base)), File: file, place: p}
	c := newChecker(k, &problems{file: s.File})
	var err error
	switch path.Ext(base) {
	case ".yaml", ".yml":
		err = s.loadYAML(c)
	case ".jsonl":
		h := sha256.New()
		err = s.loadLines(c, p.file, h)
		s.Hash = hex.EncodeToString(h.Sum(nil))
	default:
		return nil, fmt.Errorf("suite %s: its name must end in .yaml or .jsonl, which says how it is read", s.File)
	}
	if err != nil {
		return nil, err
	}
	c.pairs()
	if s.Count == 0 && len(c.problems.all) == 0 {
		c.problems.add(0, "", "", "holds no case: add one, or leave the file out")
	}
	if len(c.problems.all) > 0 {
		return nil, c.problems.sorted()
	}
	return s, nil
}

// All goes through the cases in the order of the file, then in that of its
// Files. Those of JSON lines are read anew, a line at a time.
func (s *Suite) All() iter.Seq2[Case, error] {
	return func(yield func(Case, error) bool) {
		for _, c := range s.Cases {
			if !yield(c, nil) {
				return
			}
		}
		for _, name := range s.lines {
			for c, err := range s.readLines(name) {
				if !yield(c, err) {
					return
				}
			}
		}
	}
}

// Profile loads the clinic that answers. In a suite with a Book it has one.
func (s *Suite) Profile(options ...clinic.Option) (*clinic.Profile, error) {
	p, err := s.published(options)
	if err == nil && s.Book {
		p.Booking.Kind = clinic.BookEmbedded
	}
	return p, err
}

// published is the clinic's profile as it stands in its file.
func (s *Suite) published(options []clinic.Option) (*clinic.Profile, error) {
	if s.Clinic == "" {
		return clinic.Sample(), nil
	}
	raw, err := s.place.read(s.place.beside(s.Clinic))
	if err != nil {
		return nil, fmt.Errorf("suite %s: read clinic's profile: %w", s.File, err)
	}
	p, err := clinic.Parse(s.Clinic, raw, options...)
	if err != nil {
		return nil, fmt.Errorf("suite %s: clinic's profile: %w", s.File, err)
	}
	return p, nil
}

func (s *Suite) loadYAML(c *checker) error {
	raw, err := s.place.read(s.place.file)
	if err != nil {
		return fmt.Errorf("read suite: %w", err)
	}
	var doc yaml.Node
	if err := yaml.Load(raw, &doc); err != nil && !strings.Contains(err.Error(), "no documents in stream") {
		c.problems.syntax(err)
		return nil
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		return nil // holds no case
	}
	var file struct {
		Suite `yaml:",inline"`
		Cases []rawNode `yaml:"cases"`
	}
	r := nodes{problems: c.problems, lines: map[string]int{}}
	r.into(doc.Content[0], reflect.ValueOf(&file).Elem(), "")
	file.Suite.File, file.Suite.place = s.File, s.place
	if file.Name == "" {
		file.Name = s.Name
	}
	*s = file.Suite
	c.suite(s, r.lines)
	names := s.match(c)
	for i := range file.Cases {
		n := file.Cases[i].node
		one := nodes{problems: c.problems, lines: map[string]int{}, id: idOf(n)}
		before := c.problems.count()
		item := Case{File: s.File, Line: n.Line}
		one.into(n, reflect.ValueOf(&item).Elem(), "")
		item.setDefaults()
		if c.problems.count() == before { // else what is missing may be what was mistyped
			c.check(item, one.lines)
		}
		s.Cases = append(s.Cases, item)
	}
	s.Count = len(s.Cases)
	h := sha256.New()
	h.Write(raw)
	for _, name := range names {
		fmt.Fprintf(h, "\n%s\n", filepath.Base(name))
		if err := s.loadLines(c, name, h); err != nil {
			return err
		}
	}
	s.hashClinic(c, h)
	s.Hash = hex.EncodeToString(h.Sum(nil))
	return nil
}

// match lists the files that Files names.
func (s *Suite) match(c *checker) []string {
	var all []string
	for i, pattern := range s.Files {
		field := fmt.Sprintf("files[%d]", i)
		names, err := s.place.match(pattern)
		switch {
		case err != nil || path.Ext(pattern) != ".jsonl":
			c.bad(field, "is no pattern of files of JSON lines: write it from this file's folder, as *.jsonl")
		case len(names) == 0:
			c.bad(field, "fits no file: write it from this file's folder, as *.jsonl")
		default:
			all = append(all, names...)
		}
	}
	return all
}

// rawNode is a value that is read later.
type rawNode struct{ node *yaml.Node }

func idOf(n *yaml.Node) string {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "id" {
			return n.Content[i+1].Value
		}
	}
	return ""
}

// hashClinic adds the clinic's profile, which decides as much.
func (s *Suite) hashClinic(c *checker, h io.Writer) {
	if s.Clinic == "" {
		return
	}
	profile, err := s.place.read(s.place.beside(s.Clinic))
	if err != nil {
		c.problems.add(0, "", "clinic", "the profile cannot be read (%s): give its path from this file's folder", errors.Unwrap(err))
	}
	fmt.Fprintf(h, "\n%d\n%s", len(profile), profile)
}

// syntax reports an error of the YAML parser at its line.
func (p *problems) syntax(err error) {
	line, said := 0, err.Error()
	var at *yaml.LoadError
	if errors.As(err, &at) {
		line, said = at.Mark.Line, at.Message
	}
	p.add(line, "", "", "not readable as YAML (%s): look for a missing quote, colon or indent on this line or the one above", strings.Join(strings.Fields(said), " "))
}

// Package settings reads the file that says whom each clinic pages. It
// reports every mistake with its line.
package settings

import (
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/inbox"
	"recado/agent/paging/ladder"
)

//go:embed sample.yaml
var sample []byte

// Sample is a file with every field, commented, to start from.
func Sample() []byte { return bytes.Clone(sample) }

// most is more than anybody writes, and stops a wrong file early.
const most = 256 << 10

// Limits of a ladder.
const (
	mostClinics  = 500
	mostSteps    = 20
	mostContacts = 20
	leastRepeat  = time.Minute
	leastApart   = 30 * time.Second
	mostAfter    = 24 * time.Hour
)

// Load reads the file at path. getenv looks addresses up, as os.Getenv does.
// What is wrong with the content is a *ProblemsError with all problems; a
// file that cannot be read is another error.
func Load(path string, getenv func(string) string) (ladder.Plan, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read paging settings: %w", err)
	}
	return Parse(filepath.Base(path), raw, getenv)
}

// Parse reads settings as Load does. name stands for the file in problems.
func Parse(name string, raw []byte, getenv func(string) string) (ladder.Plan, error) {
	r := &reader{file: file{name: name}, getenv: getenv, plan: ladder.Plan{}}
	r.parse(raw)
	if len(r.problems) > 0 {
		slices.SortStableFunc(r.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
		return nil, &ProblemsError{r.problems}
	}
	return r.plan, nil
}

type reader struct {
	file
	getenv func(string) string
	plan   ladder.Plan
}

func (r *reader) parse(raw []byte) {
	if len(raw) > most {
		r.bad(nil, "", "the file is larger than 256 KB; these are no paging settings")
		return
	}
	var doc yaml.Node
	err := yaml.Load(raw, &doc)
	var syntax *yaml.LoadError
	switch {
	case errors.As(err, &syntax) && syntax.Mark.Line > 0:
		r.problems = append(r.problems, Problem{File: r.name, Line: syntax.Mark.Line,
			Message: "not readable as YAML; look for a missing quote, colon or indent on this line or the one above"})
		return
	case err != nil && doc.Kind == yaml.DocumentNode:
		r.bad(nil, "", "the file must be one YAML document; remove the lines that begin with ---")
		return
	case err != nil || doc.Kind != yaml.DocumentNode || len(doc.Content) == 0:
		r.bad(nil, "", "the file holds no fields; start from the sample (recado page sample)")
		return
	}
	r.mapping(doc.Content[0], "", fields{
		"clinics": func(n *yaml.Node, field string) { r.list(n, field, "clinics", mostClinics, r.clinic) },
	}, "clinics")
}

func (r *reader) clinic(n *yaml.Node, field string) {
	id := ""
	l := ladder.Ladder{Repeat: ladder.DefaultRepeat, Digest: ladder.Digest{At: ladder.Opening}}
	r.mapping(n, field, fields{
		"clinic": func(n *yaml.Node, field string) {
			r.text(&id)(n, field)
			switch _, twice := r.plan[id]; {
			case id != ladder.Others && id != inbox.NoClinic && !agent.ValidClinicID(id):
				r.bad(n, field, "must be the id of a clinic's profile, %q for what names no clinic, or \"*\" in quotes for every other one", inbox.NoClinic)
			case twice:
				r.bad(n, field, "has a ladder above; keep one")
			}
		},
		"steps":       func(n *yaml.Node, field string) { r.list(n, field, "steps", mostSteps, r.step(&l)) },
		"repeat":      r.duration(&l.Repeat, leastRepeat, mostAfter),
		"quiet_hours": r.quiet(&l),
		"owner":       r.contacts(&l.Owner),
		"digest": func(n *yaml.Node, field string) {
			r.mapping(n, field, fields{"to": r.contacts(&l.Digest.To), "at": r.at(&l.Digest.At), "empty": r.truth(&l.Digest.Empty)}, "to")
		},
	}, "clinic", "steps")
	if id != "" {
		r.plan[id] = l
	}
}

// urgent are the priorities of a step that names none.
var urgent = []agent.Priority{agent.PriorityEmergency, agent.PriorityUrgent}

var priorities = []agent.Priority{agent.PriorityEmergency, agent.PriorityUrgent, agent.PriorityRoutine, agent.PriorityRequest}

func (r *reader) step(l *ladder.Ladder) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		s := ladder.Step{Priorities: urgent}
		at, problems := n, len(r.problems)
		r.mapping(n, field, fields{
			"name": r.text(&s.Name),
			"to":   r.contacts(&s.To),
			"after": func(n *yaml.Node, field string) {
				at = n
				r.duration(&s.After, 0, mostAfter)(n, field)
			},
			"priorities": func(n *yaml.Node, field string) {
				s.Priorities = nil
				r.list(n, field, "priorities", len(priorities), func(n *yaml.Node, field string) {
					p := agent.Priority(strings.TrimSpace(n.Value))
					switch {
					case n.Kind != yaml.ScalarNode || !slices.Contains(priorities, p):
						r.bad(n, field, "must be one of emergency, urgent, routine, request")
					case slices.Contains(s.Priorities, p):
						r.bad(n, field, "stands here twice; keep one")
					default:
						s.Priorities = append(s.Priorities, p)
					}
				})
			},
		}, "to")
		if before := len(l.Steps); before > 0 && len(r.problems) == problems && s.After < l.Steps[before-1].After+leastApart {
			r.bad(at, field+".after", "must be %s or more after the step before it, which is at %s: steps are taken in order, and each needs time to answer", leastApart, l.Steps[before-1].After)
		}
		if s.Name == "" {
			s.Name = fmt.Sprintf("step %d", len(l.Steps)+1)
		}
		l.Steps = append(l.Steps, s)
	}
}

func (r *reader) quiet(l *ladder.Ladder) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		ends := strings.Split(strings.NewReplacer("–", "-", "—", "-").Replace(n.Value), "-")
		if n.Kind != yaml.ScalarNode || len(ends) != 2 {
			r.bad(n, field, "must be two times with a dash, such as 9pm-7am or 21:00-7:00")
			return
		}
		from, err := clinic.ParseClock(ends[0])
		to, err2 := clinic.ParseClock(ends[1])
		if err = errors.Join(err, err2); err != nil {
			r.bad(n, field, "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
			return
		}
		if from == to {
			r.bad(n, field, "begins and ends at the same time; remove it, or leave routine out of the steps")
			return
		}
		l.Quiet = &clinic.Interval{Open: from, Close: to}
	}
}

func (r *reader) at(to *int) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		if n.Value == "opening" {
			*to = ladder.Opening
			return
		}
		minutes, err := clinic.ParseClock(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil || minutes >= 24*60 {
			r.bad(n, field, "must be opening, or a time of day such as 7:30am")
			return
		}
		*to = minutes
	}
}

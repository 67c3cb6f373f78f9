package compare

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"recado/agent"
	"recado/evals/judge"
	"recado/evals/outcome"
	"recado/evals/suite"
)

// Blessing is a run that is to become the baseline.
type Blessing struct {
	Run     Run
	Summary judge.Summary // of the run
	// Partial: cases of the suites that the run left out keep their lines.
	// A run of chosen cases (Header.Chosen) is always partial.
	Partial bool
	// Force blesses although a safety gate fails or a promise was broken. Reason
	// is required then and stays in the baseline.
	Force  bool
	Reason string
}

// RefusedError says why a run cannot be the baseline.
type RefusedError struct {
	Gates    []judge.GateResult // safety gates that fail
	Breaches int                // promises that did not hold
	Unjudged int                // outcomes that ended in an error
	Missing  int                // outcomes that an interrupted run has not come to
	Reason   bool               // forced without a reason
}

// Error implements error.
func (e *RefusedError) Error() string {
	switch {
	case e.Missing > 0:
		return fmt.Sprintf("not blessed: the run was interrupted with %d outcomes to go; finish it with the same command", e.Missing)
	case e.Unjudged > 0:
		return fmt.Sprintf("not blessed: %d outcomes ended in an error; run them again, or bless only what was judged with a filter", e.Unjudged)
	case e.Reason:
		return "not blessed: a forced blessing needs a reason, which stays in the baseline"
	}
	var why []string
	for _, g := range e.Gates {
		why = append(why, gateName(g))
	}
	if e.Breaches > 0 {
		why = append(why, fmt.Sprintf("%d broken promises", e.Breaches))
	}
	return "not blessed: safety fails: " + strings.Join(why, "; ") + ". Mend it, or force it with a reason"
}

func gateName(g judge.GateResult) string {
	parts := []string{g.Measure}
	for _, p := range []string{g.Lang, g.Suite, g.Variant} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, " ")
}

// refused returns why a run may not be blessed, nil where it may, and the
// safety that fails.
func (b Blessing) refused() (forced []string, err error) {
	var e RefusedError
	for _, g := range b.Summary.Gates {
		if g.Safety && g.Verdict == judge.Fail {
			e.Gates = append(e.Gates, g)
			forced = append(forced, gateName(g))
		}
	}
	if e.Breaches = b.Summary.Counts.Breaches; e.Breaches > 0 {
		forced = append(forced, fmt.Sprintf("%d broken promises", e.Breaches))
	}
	e.Unjudged = b.Summary.Counts.Error
	e.Missing = max(0, b.Run.Header.Outcomes-b.Summary.Counts.Outcomes)
	switch {
	case e.Missing > 0 || e.Unjudged > 0:
		return nil, &e
	case len(forced) == 0:
		return nil, nil
	case !b.Force:
		return nil, &e
	case strings.TrimSpace(b.Reason) == "":
		e.Reason = true
		return nil, &e
	}
	return forced, nil
}

// Bless writes the baselines of every suite and variant of a run into dir and
// returns the files that changed. The error is a *RefusedError where a safety
// gate fails, a promise was broken, a case was not judged, the run was
// interrupted or a reason is missing; nothing is written then.
func Bless(dir string, b Blessing) (changed []string, err error) {
	forced, err := b.refused()
	if err != nil {
		return nil, err
	}
	baselines, err := b.baselines(forced)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("bless: %w", err)
	}
	partial := b.Partial || len(b.Run.Header.Chosen) > 0
	contents := map[string][]byte{}
	var names []string
	for _, base := range baselines {
		name := file(base.Suite, base.Variant.Name)
		if contents[name] != nil {
			return nil, fmt.Errorf("bless: two suites or variants of the run would be written to %s: give them names that differ in letters or digits", name)
		}
		if contents[name], err = base.over(filepath.Join(dir, name), partial); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	for _, name := range names {
		path := filepath.Join(dir, name)
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, contents[name]) {
			continue
		}
		if err := replace(path, contents[name]); err != nil {
			return changed, err
		}
		changed = append(changed, path)
	}
	return changed, nil
}

// baselines makes one for each suite and variant that has cases.
func (b Blessing) baselines(forced []string) ([]Baseline, error) {
	h := b.Run.Header
	matches := make([]match, len(h.Variants))
	for i, v := range h.Variants {
		matches[i] = match{v, v}
	}
	type place struct {
		suite   string
		variant int
	}
	cases := map[place][]BaselineCase{}
	said := map[uint64]BaselineCase{}
	recs, err := collect(b.Run, func(m match) outcome.Variant { return m.b }, matches, func(r *record, o *outcome.Outcome) {
		if r.typing == suite.AsWritten {
			said[r.key()] = BaselineCase{ID: r.id, Disposition: joined(dispositionsOf(o)), Words: words(r.words), Kept: keptIn(o)}
		}
	})
	if err != nil {
		return nil, err
	}
	for i := range recs.list {
		r := &recs.list[i]
		if c, ok := said[r.key()]; ok {
			c.Status = r.status()
			at := place{r.suite, r.variant}
			cases[at] = append(cases[at], c)
		}
	}
	var out []Baseline
	for _, f := range h.Suites {
		for i, v := range h.Variants {
			list := cases[place{f.Name, i}]
			if len(list) == 0 {
				continue
			}
			base := Baseline{BaselineHeader{V: Version, Suite: f.Name, Hash: f.Hash, Variant: v, Recado: h.Recado, Model: h.Model, Rules: h.Rules}, list}
			if len(forced) > 0 {
				base.Forced, base.Reason = forced, b.Reason
			}
			out = append(out, base)
		}
	}
	return out, nil
}

// over is the file of a baseline that replaces the one at path; with partial
// the cases that it does not have keep their lines.
func (b Baseline) over(path string, partial bool) ([]byte, error) {
	if partial {
		raw, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("bless: %w", err)
		}
		if err == nil {
			old, err := readBaseline(path, raw)
			if err != nil {
				return nil, err
			}
			have := map[string]bool{}
			for _, c := range b.Cases {
				have[c.ID] = true
			}
			for _, c := range old.Cases {
				if !have[c.ID] {
					b.Cases = append(b.Cases, c)
				}
			}
		}
	}
	slices.SortFunc(b.Cases, func(x, y BaselineCase) int { return strings.Compare(x.ID, y.ID) })
	return b.bytes()
}

// replace writes a file as a whole or not at all.
func replace(path string, content []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), ".baseline-*")
	if err != nil {
		return fmt.Errorf("bless: %w", err)
	}
	_, err = temp.Write(content)
	err = errors.Join(err, temp.Chmod(0o644), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("bless: %w", err), os.Remove(temp.Name()))
	}
	return nil
}

func joined(ds []agent.Disposition) string {
	out := make([]string, len(ds))
	for i, d := range ds {
		out[i] = string(d)
	}
	return strings.Join(out, ",")
}

// keptIn reports whether a silent turn left a record for staff.
func keptIn(o *outcome.Outcome) bool {
	return slices.ContainsFunc(o.Turns, func(t outcome.Turn) bool { return t.Disposition == agent.Silent && t.Priority != "" })
}

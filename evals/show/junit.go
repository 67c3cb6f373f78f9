package show

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"recado/evals/outcome"
)

// JUnit writes the run as JUnit XML, which GitHub's and GitLab's viewers read:
// a test suite for the gates, then one for each suite, with a test case for
// each outcome. A case that failed has a failure and one that was not judged
// an error; what is known to fail and an inconclusive gate are skipped, with
// their reasons. Test cases of a
// suite have names of their own.
func JUnit(w io.Writer, r Report, o Options) error {
	b := bufio.NewWriter(w)
	j := &junit{w: b, r: r, o: o.filled()}
	if err := j.write(); err != nil {
		return fmt.Errorf("write the JUnit report: %w", err)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write the JUnit report: %w", err)
	}
	return nil
}

type junit struct {
	w *bufio.Writer
	r Report
	o Options
}

// junitCounts are the attributes of a test suite.
type junitCounts struct {
	tests, failures, errors, skipped int
	micros                           int64
}

func (c *junitCounts) add(d junitCounts) {
	c.tests += d.tests
	c.failures += d.failures
	c.errors += d.errors
	c.skipped += d.skipped
	c.micros += d.micros
}

func (c junitCounts) attributes() string {
	return fmt.Sprintf(`tests="%d" failures="%d" errors="%d" skipped="%d" time="%s"`, c.tests, c.failures, c.errors, c.skipped, seconds(c.micros))
}

func seconds(us int64) string { return strconv.FormatFloat(float64(us)/1e6, 'f', 6, 64) }

func (j *junit) write() error {
	counts, order, repeats, err := j.count()
	if err != nil {
		return err
	}
	gates := j.gateCounts()
	all := gates
	for _, c := range counts {
		all.add(*c)
	}
	fmt.Fprintf(j.w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"recado eval\" %s>\n", all.attributes())
	j.gates(gates)
	if err := j.suites(counts, order, repeats); err != nil {
		return err
	}
	fmt.Fprint(j.w, "</testsuites>\n")
	return nil
}

// suites writes the test suites. In a run's file the outcomes of a suite follow
// each other, so that one pass does; else each suite takes its own.
func (j *junit) suites(counts map[string]*junitCounts, order []string, repeats bool) error {
	passes := [][]string{order}
	if len(order) != len(counts) {
		passes = nil
		for _, name := range slices.Sorted(maps.Keys(counts)) {
			passes = append(passes, []string{name})
		}
	}
	for _, names := range passes {
		open := ""
		for x, err := range j.r.outcomes() {
			if err != nil {
				return fmt.Errorf("read the run's outcomes: %w", err)
			}
			if !slices.Contains(names, x.Suite) {
				continue
			}
			if open != x.Suite {
				if open != "" {
					fmt.Fprint(j.w, "</testsuite>\n")
				}
				open = x.Suite
				fmt.Fprintf(j.w, "<testsuite name=\"%s\" %s>\n", attr(open), counts[open].attributes())
			}
			j.testCase(x, repeats)
		}
		if open != "" {
			fmt.Fprint(j.w, "</testsuite>\n")
		}
	}
	return nil
}

// count goes through the outcomes once, since a test suite says its numbers
// before its cases.
func (j *junit) count() (counts map[string]*junitCounts, order []string, repeats bool, err error) {
	counts = map[string]*junitCounts{}
	for x, err := range j.r.outcomes() {
		if err != nil {
			return nil, nil, false, fmt.Errorf("read the run's outcomes: %w", err)
		}
		c := counts[x.Suite]
		if c == nil {
			c = &junitCounts{}
			counts[x.Suite] = c
		}
		if len(order) == 0 || order[len(order)-1] != x.Suite {
			order = append(order, x.Suite)
		}
		d := junitCounts{tests: 1, micros: timeOf(x)}
		switch x.Status {
		case outcome.Fail:
			d.failures = 1
		case outcome.Error:
			d.errors = 1
		case outcome.Known:
			d.skipped = 1
		}
		c.add(d)
		repeats = repeats || x.Repeat > 0
	}
	return counts, order, repeats, nil
}

func timeOf(x outcome.Outcome) int64 {
	us := int64(0)
	for _, t := range x.Turns {
		us += t.Micros
	}
	return us
}

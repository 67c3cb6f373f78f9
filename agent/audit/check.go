package audit

import (
	"fmt"
	"slices"
)

// checker verifies a chain an entry at a time, in memory that does not grow
// with it.
type checker struct {
	report  Report
	anchors []Head
	next    uint64 // the place of the next entry
	prev    string // what it has to follow
	unsure  bool   // prev is not known, since the entry before is at fault
	garbled uint64 // messages that cannot be read since the last good one
}

func newChecker(clinic string, anchors []Head) *checker {
	c := &checker{next: 1, report: Report{Clinic: clinic, Head: Head{Clinic: clinic}}}
	for _, a := range anchors {
		if a.Clinic == clinic {
			c.anchors = append(c.anchors, a)
		}
	}
	c.report.Anchored = len(c.anchors) > 0
	return c
}

func (c *checker) fault(kind FaultKind, seq uint64, format string, args ...any) {
	if len(c.report.Faults) == maxFaults {
		c.report.More++
		return
	}
	c.report.Faults = append(c.report.Faults, Fault{kind, seq, fmt.Sprintf(format, args...)})
}

// add takes the next message of the chain.
func (c *checker) add(data []byte) {
	c.report.Entries++
	e, err := decode(data)
	switch {
	case err != nil:
		c.fault(Garbled, c.next+c.garbled, "what stands after entry %d is no audit entry, or was written over", c.next-1+c.garbled)
		c.garbled++
		return
	case e.Clinic != c.report.Clinic:
		c.fault(Foreign, c.next, "after entry %d stands an entry of another clinic's chain", c.next-1)
		return
	case e.sum() != e.Hash:
		c.fault(Changed, c.next, "entry %d was changed: it does not say what its hash was made of", c.next)
		c.next, c.prev, c.unsure = c.next+1, e.Hash, true
		return
	case e.Seq < c.next:
		c.late(e)
		return
	}
	// What cannot be read was put in, or stands in the place of an entry.
	known := !c.unsure && e.Seq == c.next
	if e.Seq > c.next+c.garbled {
		c.missing(c.next+c.garbled, e.Seq-1)
	}
	if known && e.Prev != c.prev {
		c.fault(Unlinked, e.Seq, "entry %d does not follow entry %d: one of them was made anew or put in", e.Seq, e.Seq-1)
	}
	c.take(e)
}

func (c *checker) missing(from, to uint64) {
	if from == to {
		c.fault(Missing, from, "entry %d is missing", from)
		return
	}
	c.fault(Missing, from, "entries %d to %d are missing", from, to)
}

// late is about an entry whose place was passed.
func (c *checker) late(e Entry) {
	text := fmt.Sprintf("entry %d stands after entry %d: it was moved or put in", e.Seq, c.next-1)
	gap := slices.IndexFunc(c.report.Faults, func(f Fault) bool { return f.Kind == Missing && f.Seq == e.Seq })
	if gap >= 0 && c.report.Faults[gap].Text == fmt.Sprintf("entry %d is missing", e.Seq) {
		c.report.Faults[gap] = Fault{OutOfOrder, e.Seq, text} // it is not missing after all
		return
	}
	c.fault(OutOfOrder, e.Seq, "%s", text)
}

// take makes e the end of what was read.
func (c *checker) take(e Entry) {
	c.next, c.prev, c.unsure, c.garbled = e.Seq+1, e.Hash, false, 0
	if c.report.First.IsZero() {
		c.report.First = e.At
	}
	c.report.Last = e.At
	c.report.Head.Seq, c.report.Head.Hash = e.Seq, e.Hash
	for _, a := range c.anchors {
		if a.Seq == e.Seq && a.Hash != e.Hash {
			c.fault(Rewritten, e.Seq, "entry %d is not the one that was noted: the chain up to it was made anew", e.Seq)
		}
	}
}

// done is the report once everything was added.
func (c *checker) done() Report {
	end := c.next - 1 + c.garbled
	cut := end
	for _, a := range c.anchors {
		cut = max(cut, a.Seq)
	}
	if cut > end {
		c.fault(CutOff, end+1, "the end is cut off: the chain ends at entry %d and had %d", end, cut)
	}
	return c.report
}

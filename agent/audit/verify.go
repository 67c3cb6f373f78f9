package audit

import (
	"context"
	"fmt"
)

// Verify reads a clinic's whole chain. anchors are heads that were noted
// earlier; those of other clinics are ignored. The error is about reading,
// and wraps ErrUnavailable: what is wrong with the chain is in the report.
func (l *Log) Verify(ctx context.Context, clinic string, anchors ...Head) (Report, error) {
	return l.verify(ctx, clinic, anchors, func([]byte) error { return nil })
}

func (l *Log) verify(ctx context.Context, clinic string, anchors []Head, each func([]byte) error) (Report, error) {
	c := newChecker(clinic, anchors)
	if !validClinic(clinic) {
		return c.report, fmt.Errorf("verify an audit chain: %w: no such clinic", ErrAct)
	}
	before, err := l.info(ctx, clinic)
	if err != nil {
		return c.report, err
	}
	err = l.walk(ctx, clinic, func(m stored) error {
		c.add(m.data)
		return each(m.data)
	})
	if err != nil {
		return c.report, err
	}
	// The answer may have come from a replica that lags behind.
	if n := before.State.Subjects[subject(clinic)]; c.report.Entries < n {
		return c.report, fmt.Errorf("verify an audit chain: %w: %d of %d entries were read: try again", ErrUnavailable, c.report.Entries, n)
	}
	state := before.State
	gone := state.LastSeq + 1 - state.FirstSeq - state.Msgs
	if first := before.Config.FirstSeq; first > 0 && state.FirstSeq > first {
		gone += state.FirstSeq - first
	}
	if gone > 0 {
		c.fault(Removed, c.next, "%d messages were taken out of the stream, of this chain or of another one", gone)
	}
	return c.done(), nil
}

package audit

import (
	"context"
	"time"
)

// NoteHeads calls note with the end of every chain that has grown, every so
// often until ctx ends, so that it can be kept where nobody who may write the
// stream may write: a log that leaves the host, say. A head holds nothing
// about anybody. While the audit cannot be reached nothing is noted.
func (l *Log) NoteHeads(ctx context.Context, every time.Duration, note func(Head)) {
	noted := map[string]Head{}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		clinics, _ := l.Clinics(ctx)
		for _, clinic := range clinics {
			if h, err := l.Head(ctx, clinic); err == nil && h.Seq > 0 && h != noted[clinic] {
				noted[clinic] = h
				note(h)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

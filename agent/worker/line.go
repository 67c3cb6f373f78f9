package worker

import (
	"slices"
	"time"

	"recado/agent"
)

// line is what this worker has of one conversation: at most one delivery that
// is worked on and one that waits, however many events there are.
//
// The newest delivery stands for those before it. It stays unacknowledged
// until a committed turn covers it, and such a turn covers everything before
// it as well, because turns read the stream and not the deliveries. So what
// is older may be acknowledged at once, and a flood of one conversation fills
// neither a worker nor the consumer.
type line struct {
	conversation agent.Conversation
	next         *delivery // the newest one that waits; nil if none does
	looked       []receipt // what the emergency rules said about those that wait
	place        uint64    // lines of a clinic are taken in this order
	state        lineState
	began        time.Time // when it got its slot
	asked        time.Time // when another worker was found at it
	hastened     bool      // more has arrived while it rests
}

type lineState int

const (
	ready   lineState = iota // waits for a slot
	working                  // has one
	resting                  // another worker has the conversation
)

// maxLooked bounds line.looked; the turn looks itself at what is not in it.
const maxLooked = 64

// join adds a delivery. covered may be acknowledged, since a newer one waits;
// stale is an earlier delivery of the same event, which is forgotten.
func (l *line) join(d *delivery) (covered, stale *delivery) {
	if d.looked.event != "" && len(l.looked) < maxLooked {
		l.looked = append(l.looked, d.looked)
	}
	switch {
	case l.next == nil:
		l.next = d
	case d.seq > l.next.seq:
		covered, l.next = l.next, d
	case d.seq < l.next.seq:
		covered = d
	default:
		stale, l.next = l.next, d
	}
	return covered, stale
}

// share is a clinic's lines that are ready, by place.
type share struct {
	clinic string
	lines  []*line
}

func (s *share) put(l *line) {
	i, _ := slices.BinarySearchFunc(s.lines, l.place, func(have *line, place uint64) int {
		if have.place <= place {
			return -1
		}
		return 1
	})
	s.lines = slices.Insert(s.lines, i, l)
}

func (s *share) first() *line {
	l := s.lines[0]
	s.lines[0] = nil
	s.lines = s.lines[1:]
	return l
}

func (s *share) last() *line {
	end := len(s.lines) - 1
	l := s.lines[end]
	s.lines[end] = nil
	s.lines = s.lines[:end]
	return l
}

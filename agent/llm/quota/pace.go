package quota

import "time"

// pace is how a limit is kept: a burst, and one more every interval.
type pace struct {
	interval float64 // µs; 0 is no limit
	burst    int
}

// paceOf keeps to a limit in every window, wherever it begins, with some room
// for requests that are on their way for longer than others: a burst of a
// twenty-fifth of the limit, and the rest but another one evenly. A small
// limit is kept to evenly altogether. Of tokens, a request that is larger than
// the burst may be too much by its size.
func paceOf(limit int, window time.Duration) pace {
	switch w := float64(window.Microseconds()); {
	case limit <= 0:
		return pace{}
	case limit < 25:
		return pace{interval: w / float64(limit), burst: 1}
	default:
		return pace{interval: w / (0.92 * float64(limit)), burst: limit / 25}
	}
}

package channel

import "time"

// Paced is a Sender whose channel takes so much at a time from each of a
// clinic's numbers. What is beyond it is held back here, where an emergency
// can overtake it, and not in the channel's own queue, where nothing can.
type Paced interface {
	// Pace returns the number that m goes out from, and how long the number
	// is busy with it.
	Pace(m Message) (number string, takes time.Duration)
}

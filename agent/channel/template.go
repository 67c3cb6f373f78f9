package channel

import (
	"time"

	"recado/agent/bus"
)

// Template is a text that the channel approved beforehand, for when the time
// of free replies has passed.
type Template struct {
	Name       string   // at the channel
	Language   string   // as the channel writes it: en_US, es_MX
	Parameters []string // what its gaps are filled with, in their order
}

// Templates knows the templates of clinics. It is called by many goroutines
// at once.
type Templates interface {
	// Template returns what may be sent in place of a reply, or false.
	Template(out bus.Outbound) (Template, bool)
}

// Windowed is a Sender whose channel takes free replies only for a time after
// the patient wrote.
type Windowed interface {
	// Window returns how long, and the channel's code for a reply that came
	// later.
	Window() (open time.Duration, code int)
}

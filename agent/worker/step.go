package worker

// step is a point at which tests may kill the work on an event.
type step string

const (
	stepReceived  step = "received"  // before the emergency rules
	stepMark      step = "mark"      // before an emergency is published
	stepLease     step = "lease"     // before the lease is asked for
	stepRead      step = "read"      // lease taken, before events are read
	stepDecide    step = "decide"    // before the turn is decided
	stepHolder    step = "holder"    // decided, before it is asked again who holds the conversation
	stepCommit    step = "commit"    // before the atomic publish
	stepCommitted step = "committed" // after it, before the session is saved
	stepAck       step = "ack"       // session saved, before the acknowledgement
)

// killed is an error from Config.steps.
type killed struct{ error }

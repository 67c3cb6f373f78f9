package channel

import (
	"context"
	"time"

	"recado/agent"
)

// Notice is a reply that did not reach the patient.
type Notice struct {
	Conversation agent.Conversation
	Reply        string
	Seq          uint64 // in bus.StreamTurn
	Code         int    // the channel's error code, 0 without one
	Reason       string // without the patient's words or address
	Data         []byte // the bus.Outbound as it was published; nil if it is gone
	At           time.Time
}

// Undelivered is told of replies that did not reach the patient, so that
// staff see them. It may be told of one more than once, and an error means:
// tell me again.
type Undelivered func(ctx context.Context, n Notice) error

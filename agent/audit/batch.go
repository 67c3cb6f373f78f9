package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/bus"
)

// stored is a message of a chain, whatever it holds.
type stored struct {
	seq  uint64 // in the stream
	at   time.Time
	data []byte
}

// batchSize is how many messages are asked for at a time.
const batchSize = 256

// batch returns up to n messages of a clinic from a number in the stream on,
// and whether there are more.
//
// The client library has no call for it. A consumer would be another way; but
// one waits for a server that is away for as long as it likes.
func (l *Log) batch(ctx context.Context, clinic string, from uint64, n int) (found []stored, more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Patience)
	defer cancel()
	defer func() {
		if err != nil {
			err = unavailable("read audit entries", err)
		}
	}()
	ask, err := json.Marshal(map[string]any{"seq": from, "next_by_subj": subject(clinic), "batch": max(n, 2)})
	if err != nil {
		return nil, false, err
	}
	nc := l.cfg.JetStream.Conn()
	inbox := nc.NewInbox()
	answers, err := nc.SubscribeSync(inbox)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = answers.Unsubscribe() }()
	if err := nc.PublishRequest("$JS.API.DIRECT.GET."+bus.StreamAudit, inbox, ask); err != nil {
		return nil, false, err
	}
	last := uint64(0)
	for {
		msg, err := answers.NextMsgWithContext(ctx)
		if err != nil {
			return nil, false, err
		}
		switch status := msg.Header.Get("Status"); status {
		case "":
		case "204": // the end of the batch
			if sequenceOf(msg, jetstream.LastSequenceHeader) != last {
				return nil, false, errLost
			}
			if len(found) > n {
				return found[:n], true, nil
			}
			return found, sequenceOf(msg, headerPending) > 0, nil
		case "404": // nothing from there on
			return nil, false, nil
		case "503":
			return nil, false, nats.ErrNoResponders
		default:
			return nil, false, fmt.Errorf("the server answers with status %s", status)
		}
		if sequenceOf(msg, jetstream.LastSequenceHeader) != last {
			return nil, false, errLost
		}
		last = sequenceOf(msg, jetstream.SequenceHeader)
		at, _ := time.Parse(time.RFC3339Nano, lastValue(msg, jetstream.TimeStampHeaer))
		found = append(found, stored{last, at, msg.Data})
	}
}

const headerPending = "Nats-Num-Pending"

// errLost: a part of the answer was lost with a connection.
var errLost = errors.New("an answer was lost on the way")

// lastValue is the server's: whoever stores a message may put headers of the
// same name before it.
func lastValue(msg *nats.Msg, header string) string {
	values := msg.Header.Values(header)
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

func sequenceOf(msg *nats.Msg, header string) uint64 {
	n, _ := strconv.ParseUint(lastValue(msg, header), 10, 64)
	return n
}

// walk calls f with all messages of a clinic, in the order of the stream.
func (l *Log) walk(ctx context.Context, clinic string, f func(stored) error) error {
	next, lost := uint64(1), 0
	for {
		messages, more, err := l.batch(ctx, clinic, next, batchSize)
		if errors.Is(err, errLost) && lost < attempts {
			lost++
			continue
		}
		if err != nil {
			return err
		}
		for _, m := range messages {
			if err := f(m); err != nil {
				return err
			}
			next = m.seq + 1
		}
		if !more || len(messages) == 0 {
			return nil
		}
	}
}

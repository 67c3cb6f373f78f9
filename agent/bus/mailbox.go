package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
)

// Stored is a message of the input stream.
type Stored struct {
	Seq   uint64
	Data  []byte
	At    time.Time // when the stream took it in
	Trace Trace
	Retry bool // a dead letter that was put back: it is decided although it was answered
	// After is the sequence of the conversation's event before it, 0 where
	// there was none, and Chained whether that is known: see PublishEvent.
	After   uint64
	Chained bool
}

// Follows reports whether it is certain that no event of the conversation
// lies between cursor and s.
func (s Stored) Follows(cursor uint64) bool {
	return s.Chained && s.After <= cursor && cursor < s.Seq
}

// StoredOf is what a consumer's message was delivered of.
func StoredOf(msg *nats.Msg, meta *nats.MsgMetadata) Stored {
	return stored(meta.Sequence.Stream, meta.Timestamp, msg.Header, msg.Data)
}

func stored(seq uint64, at time.Time, h nats.Header, data []byte) Stored {
	s := Stored{Seq: seq, Data: data, At: at, Trace: TraceOf(h), Retry: isRetry(h)}
	// The server compared it when it stored the message, so it is true; and
	// nothing comes to lie between two messages afterwards.
	if after := h.Get(jetstream.ExpectedLastSubjSeqHeader); after != "" && h.Get(jetstream.ExpectedLastSubjSeqSubjHeader) == "" {
		n, err := strconv.ParseUint(after, 10, 64)
		s.After, s.Chained = n, err == nil
	}
	return s
}

// mailbox is the API's subject for reading a message of the input stream.
const mailbox = "$JS.API.DIRECT.GET." + StreamIn

// Unanswered returns the events of a conversation after cursor in stream
// order, as many as fit maxEvents and maxBytes and at least one if there is
// any. It reads a prefix: an event is never left out before one that is
// returned. Of a conversation that has none, or one, it costs one or two
// small requests; a burst is read at once.
//
// The server looks for the first one message by message where the event at
// cursor is in the same block of its file. A cursor right before it is cheap.
func (b *Bus) Unanswered(ctx context.Context, c agent.Conversation, cursor uint64, maxEvents, maxBytes int) (events []Stored, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("read unanswered events: %w", err)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	if maxEvents < 1 {
		return nil, nil
	}
	first, ok, err := b.next(ctx, c, cursor)
	if err != nil || !ok {
		return nil, err
	}
	events = append(events, first)
	for size := len(first.Data); len(events) < maxEvents && size < maxBytes; {
		more, err := b.nextBatch(ctx, c, events[len(events)-1].Seq, maxEvents-len(events), maxBytes-size)
		if err != nil || len(more) == 0 {
			return events, err
		}
		for _, s := range more {
			if size += len(s.Data); size > maxBytes {
				return events, nil
			}
			events = append(events, s)
		}
	}
	return events, nil
}

// next returns the first event after cursor, if there is one.
func (b *Bus) next(ctx context.Context, c agent.Conversation, cursor uint64) (Stored, bool, error) {
	answer, err := b.nc.RequestWithContext(ctx, mailbox, askNext(c, cursor, 0, 0))
	if err != nil {
		return Stored{}, false, err
	}
	s, what, err := readAnswer(answer)
	return s, what == isMessage, err
}

// nextBatch returns up to n events after cursor, and no more than the first
// ones that have maxBytes together. The client library has no call for it. What is lost on the way with a connection is an error.
func (b *Bus) nextBatch(ctx context.Context, c agent.Conversation, cursor uint64, n, maxBytes int) ([]Stored, error) {
	inbox := b.nc.NewInbox()
	answers, err := b.nc.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answers.Unsubscribe() }()
	if err := b.nc.PublishRequest(mailbox, inbox, askNext(c, cursor, max(n, 2), maxBytes)); err != nil {
		return nil, err
	}
	var found []Stored
	last := uint64(0)
	for {
		answer, err := answers.NextMsgWithContext(ctx)
		if err != nil {
			return nil, err
		}
		s, what, err := readAnswer(answer)
		if err != nil {
			return nil, err
		}
		if what == isNothing {
			return nil, nil
		}
		if sequenceIn(answer.Header, jetstream.LastSequenceHeader) != last {
			return nil, errLost
		}
		if what == isEnd {
			return found[:min(n, len(found))], nil
		}
		found, last = append(found, s), s.Seq
	}
}

// errLost: a part of an answer was lost with a connection.
var errLost = errors.New("an answer was lost on the way")

// askNext asks for the next messages of a conversation after cursor; for one
// without the trimmings of a batch where n is 0.
func askNext(c agent.Conversation, cursor uint64, n, maxBytes int) []byte {
	ask := append([]byte(`{"seq":`), strconv.FormatUint(cursor+1, 10)...)
	ask = append(ask, `,"next_by_subj":`...)
	ask = strconv.AppendQuote(ask, InSubject(c)) // no character of it needs an escape
	if n > 0 {
		ask = append(ask, `,"batch":`...)
		ask = strconv.AppendInt(ask, int64(n), 10)
		ask = append(ask, `,"max_bytes":`...)
		ask = strconv.AppendInt(ask, int64(maxBytes), 10)
	}
	return append(ask, '}')
}

// answerKind is what an answer to a direct get is.
type answerKind int

const (
	isMessage answerKind = iota
	isNothing            // there is none
	isEnd                // the batch has no more
)

func readAnswer(msg *nats.Msg) (Stored, answerKind, error) {
	switch status := msg.Header.Get("Status"); {
	case status == "" || len(msg.Data) > 0 && status != "503":
	case status == "204":
		return Stored{}, isEnd, nil
	case status == "404":
		return Stored{}, isNothing, nil
	case status == "503":
		return Stored{}, 0, nats.ErrNoResponders
	default:
		return Stored{}, 0, fmt.Errorf("the server answers with status %s", status)
	}
	seq := sequenceIn(msg.Header, jetstream.SequenceHeader)
	at, err := time.Parse(time.RFC3339Nano, lastIn(msg.Header, jetstream.TimeStampHeaer))
	if err != nil || seq == 0 {
		return Stored{}, 0, errors.New("the server's answer names no sequence or time")
	}
	return stored(seq, at, msg.Header, msg.Data), isMessage, nil
}

// lastIn is the server's value of a header: whoever stores a message may put
// headers of the same name before it.
func lastIn(h nats.Header, name string) string {
	values := h.Values(name)
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

func sequenceIn(h nats.Header, name string) uint64 {
	n, _ := strconv.ParseUint(lastIn(h, name), 10, 64)
	return n
}

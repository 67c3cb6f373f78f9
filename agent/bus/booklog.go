package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

// BookLog is the log of bookings: StreamBook, whose last message of a subject
// says how things stand. It is safe for concurrent use.
type BookLog struct {
	nc      *nats.Conn
	batches chan struct{}
}

// Page is the last message of a subject, or one to be written after it.
type Page struct {
	Subject string
	// Seq is the sequence of the subject's last message, 0 for none. A page is
	// written only if that is so still.
	Seq  uint64
	Data []byte
}

// OpenBookLog looks up the stream, which `recado streams` has made.
func OpenBookLog(ctx context.Context, nc *nats.Conn) (*BookLog, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("open JetStream: %w", err)
	}
	if _, err := js.Stream(ctx, StreamBook); err != nil {
		return nil, fmt.Errorf("open stream %s (run recado streams first): %w", StreamBook, err)
	}
	return &BookLog{nc: nc, batches: make(chan struct{}, maxOpenBatches)}, nil
}

// MaxPages is the most subjects that one Last can tell of.
const MaxPages = 1024

// Headers of an answer with many messages.
const (
	headerStatus      = "Status"
	headerDescription = "Description"
	headerPending     = "Nats-Num-Pending"
	noResults         = "No Results"
)

// Latest returns the last message of a subject as the stream's leader has it:
// whatever was acknowledged before is in it. It is a page with Seq 0 where
// there is no message.
func (l *BookLog) Latest(ctx context.Context, subject string) (Page, error) {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	request, err := json.Marshal(map[string]string{"last_by_subj": subject})
	if err != nil {
		return Page{}, fmt.Errorf("read the log of bookings: %w", err)
	}
	msg, err := l.nc.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+StreamBook, request)
	if err != nil {
		return Page{}, fmt.Errorf("read the log of bookings: %w", err)
	}
	var answer struct {
		Error   *jetstream.APIError `json:"error"`
		Message struct {
			Subject string `json:"subject"`
			Seq     uint64 `json:"seq"`
			Data    []byte `json:"data"`
		} `json:"message"`
	}
	if err := json.Unmarshal(msg.Data, &answer); err != nil {
		return Page{}, fmt.Errorf("read the log of bookings: %w", err)
	}
	switch {
	case answer.Error != nil && answer.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return Page{Subject: subject}, nil
	case answer.Error != nil:
		return Page{}, fmt.Errorf("read the log of bookings: %w", answer.Error)
	}
	return Page{Subject: subject, Seq: answer.Message.Seq, Data: answer.Message.Data}, nil
}

// Last returns the last message of each subject that the filters match, as
// they stood at one moment; in a cluster that moment may be a little while ago.
// Subjects without a message are left out.
func (l *BookLog) Last(ctx context.Context, filters ...string) ([]Page, error) {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	request, err := json.Marshal(map[string][]string{"multi_last": filters})
	if err != nil {
		return nil, fmt.Errorf("read the log of bookings: %w", err)
	}
	inbox := l.nc.NewInbox()
	sub, err := l.nc.SubscribeSync(inbox)
	if err != nil {
		return nil, fmt.Errorf("read the log of bookings: %w", err)
	}
	defer sub.Unsubscribe() //nolint:errcheck // the connection is gone then
	if err := l.nc.PublishRequest("$JS.API.DIRECT.GET."+StreamBook, inbox, request); err != nil {
		return nil, fmt.Errorf("read the log of bookings: %w", err)
	}
	var pages []Page
	for {
		msg, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the log of bookings: %w", err)
		}
		switch status := msg.Header.Get(headerStatus); {
		case status == "":
			seq, err := strconv.ParseUint(msg.Header.Get(jetstream.SequenceHeader), 10, 64)
			if err != nil {
				return nil, fmt.Errorf("read the log of bookings: its answer has no sequence: %w", err)
			}
			pages = append(pages, Page{Subject: msg.Header.Get(jetstream.SubjectHeader), Seq: seq, Data: msg.Data})
		case status == "204" && msg.Header.Get(headerPending) == "0":
			return pages, nil
		case status == "404" && msg.Header.Get(headerDescription) == noResults:
			return nil, nil
		default:
			return nil, fmt.Errorf("read the log of bookings: the server answers %s %s", status, msg.Header.Get(headerDescription))
		}
	}
}

// Write stores all pages or none, if the last message of every page's subject
// is the one that it says. No subject may occur twice. The error is
// ErrConflict when another writer was first; after an error that is none of
// this package's the pages may have been stored: read them again.
func (l *BookLog) Write(ctx context.Context, pages ...Page) error {
	if len(pages) == 0 {
		return errors.New("write to the log of bookings: there is no page")
	}
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	select {
	case l.batches <- struct{}{}:
		defer func() { <-l.batches }()
	case <-ctx.Done():
		return fmt.Errorf("write to the log of bookings: %w", context.Cause(ctx))
	}
	for attempt := 0; ; attempt++ {
		err := l.write(ctx, pages)
		if err == nil {
			return nil
		}
		if !errors.Is(err, ErrBusy) || attempt == busyRetries {
			return fmt.Errorf("write to the log of bookings: %w", err)
		}
		select {
		case <-time.After(time.Millisecond + rand.N(time.Duration(8<<attempt)*time.Millisecond)):
		case <-ctx.Done():
			return fmt.Errorf("write to the log of bookings: %w", errors.Join(err, context.Cause(ctx)))
		}
	}
}

func (l *BookLog) write(ctx context.Context, pages []Page) error {
	id := nuid.Next()
	last := len(pages) - 1
	for i, p := range pages {
		msg := nats.NewMsg(p.Subject)
		msg.Data = p.Data
		inject(ctx, msg.Header)
		msg.Header.Set(jetstream.ExpectedStreamHeader, StreamBook)
		msg.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(p.Seq, 10))
		if last > 0 { // one message is atomic by itself
			msg.Header.Set(headerBatchID, id)
			msg.Header.Set(headerBatchSequence, strconv.Itoa(i+1))
			if i == last {
				msg.Header.Set(headerBatchCommit, "1")
			}
		}
		// The first answer says that the server opened the batch, the last one
		// that it is stored; those between are not waited for.
		if i > 0 && i < last {
			if err := l.nc.PublishMsg(msg); err != nil {
				return err
			}
			continue
		}
		answer, err := l.nc.RequestMsgWithContext(ctx, msg)
		if err != nil {
			return err
		}
		if i < last && len(answer.Data) == 0 {
			continue
		}
		var ack pubAck
		if err := json.Unmarshal(answer.Data, &ack); err != nil {
			return fmt.Errorf("read the server's answer: %w", err)
		}
		if ack.Error != nil {
			return typed(ack.Error)
		}
		if i == last && (ack.Stream != StreamBook || ack.Seq == 0) {
			return fmt.Errorf("stream %q answered, not %s: run recado streams", ack.Stream, StreamBook)
		}
	}
	return nil
}

package dispatch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel"
)

// Record is what became of one reply, in the bucket bus.BucketDelivery under
// the reply's id. An empty State means: attempts were refused, and it will
// be tried again.
type Record struct {
	V            int           `json:"v"`
	Reply        string        `json:"reply"`
	Clinic       string        `json:"clinic"`
	Channel      agent.Channel `json:"channel"`
	Conversation string        `json:"conversation"`
	Seq          uint64        `json:"seq"` // the reply's sequence in bus.StreamTurn
	State        channel.State `json:"state"`
	ID           string        `json:"id,omitempty"`     // the channel's id of the message
	Code         int           `json:"code,omitempty"`   // the channel's last error code
	Reason       string        `json:"reason,omitempty"` // why it was withheld or failed
	Attempts     int           `json:"attempts,omitempty"`
	Claim        string        `json:"claim,omitempty"`     // random, of who made the last attempt
	First        time.Time     `json:"first,omitzero"`      // the first attempt
	NotBefore    time.Time     `json:"not_before,omitzero"` // of the next attempt
	At           time.Time     `json:"at"`                  // the last change
	// Before is the channel's id of the copy that it took and reported as
	// failed, after which the reply is sent once more. Empty for most.
	Before string `json:"before,omitempty"`
	// Shut says that it failed since the time of free replies had passed.
	Shut bool `json:"shut,omitempty"`
}

// settled reports whether nothing is left to do for a gateway.
func (r Record) settled() bool { return r.State != "" && r.State != channel.Sending }

func (r Record) conversation() agent.Conversation {
	return agent.Conversation{Clinic: r.Clinic, Channel: r.Channel, ID: r.Conversation}
}

// Deliveries keeps the records. It is safe for concurrent use, by many
// gateways.
type Deliveries struct {
	bucket      jetstream.KeyValue
	turn        jetstream.Stream
	undelivered channel.Undelivered

	mu      sync.Mutex
	refused []func(Record, channel.Status) // told of refusals that statuses tell of
	pause   time.Duration                  // see Config.AgainAfter; 0 while nobody sends again
}

// OpenDeliveries looks up the bucket and the stream. undelivered is told of
// every reply that did not reach the patient; nil for none.
func OpenDeliveries(ctx context.Context, js jetstream.JetStream, undelivered channel.Undelivered) (*Deliveries, error) {
	bucket, err := js.KeyValue(ctx, bus.BucketDelivery)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s (run recado streams first): %w", bus.BucketDelivery, err)
	}
	turn, err := js.Stream(ctx, bus.StreamTurn)
	if err != nil {
		return nil, fmt.Errorf("open stream %s (run recado streams first): %w", bus.StreamTurn, err)
	}
	if undelivered == nil {
		undelivered = func(context.Context, channel.Notice) error { return nil }
	}
	return &Deliveries{bucket: bucket, turn: turn, undelivered: undelivered}, nil
}

// errOvertaken: the record was changed since it was read.
var errOvertaken = errors.New("record was changed meanwhile")

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// Get returns the record of a reply; found is false without one.
func (d *Deliveries) Get(ctx context.Context, reply string) (r Record, found bool, err error) {
	r, revision, err := d.read(ctx, reply)
	return r, revision > 0, err
}

func (d *Deliveries) read(ctx context.Context, reply string) (Record, uint64, error) {
	if !plainKey.MatchString(reply) {
		return Record{}, 0, errors.New("read a delivery record: the reply's id is not a key")
	}
	entry, err := d.bucket.Get(ctx, reply)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return Record{}, 0, nil
	}
	if err != nil {
		return Record{}, 0, fmt.Errorf("read a delivery record: %w", err)
	}
	var r Record
	if err := json.Unmarshal(entry.Value(), &r); err != nil {
		return Record{}, 0, fmt.Errorf("read delivery record %s: %w", reply, err)
	}
	return r, entry.Revision(), nil
}

// write stores r if its record still has this revision (0: none is there),
// else errOvertaken.
func (d *Deliveries) write(ctx context.Context, r Record, revision uint64) (uint64, error) {
	r.V = agent.Version
	data, err := json.Marshal(r)
	if err != nil {
		return 0, fmt.Errorf("write a delivery record: %w", err)
	}
	var next uint64
	if revision == 0 {
		next, err = d.bucket.Create(ctx, r.Reply, data)
	} else {
		next, err = d.bucket.Update(ctx, r.Reply, data, revision)
	}
	if overtaken(err) {
		return 0, errOvertaken
	}
	if err != nil {
		return 0, fmt.Errorf("write a delivery record: %w", err)
	}
	return next, nil
}

func overtaken(err error) bool {
	var api *jetstream.APIError
	return errors.Is(err, jetstream.ErrKeyExists) ||
		errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == 10164)
}

// Apply notes a status of the channel. It never goes back: statuses arrive in
// any order and more than once. A failure is told to staff before it is
// noted. Statuses of messages that are not Recado's are ignored.
func (d *Deliveries) Apply(ctx context.Context, s channel.Status) error {
	if !plainKey.MatchString(s.Reply) {
		return nil
	}
	for {
		r, revision, err := d.read(ctx, s.Reply)
		if err != nil {
			return err
		}
		if revision == 0 || r.Clinic != s.Clinic || !s.State.Follows(r.State) {
			return nil
		}
		if r.Before != "" && s.ID == r.Before && s.State != channel.Delivered && s.State != channel.Read {
			return d.wake(ctx, r) // of the copy that failed; it may have been told before the key was there
		}
		if d.mayAgain(r, s) {
			d.tellRefused(r, s)
			if r, err = d.toAgain(ctx, r, revision, s); errors.Is(err, errOvertaken) {
				continue
			}
			if err != nil {
				return err
			}
			return d.wake(ctx, r)
		}
		if s.State == channel.Failed {
			if r.ID != "" && r.ID != s.ID {
				return nil // an earlier copy failed, a later one was taken
			}
			reason := "the channel reported that it was not delivered"
			if s.Refusal != nil {
				reason += ": " + s.Refusal.Reason
				d.tellRefused(r, s)
			}
			if err := d.tell(ctx, r, s.Code, reason); err != nil {
				return err
			}
			r.Code = s.Code
		}
		r.State, r.ID, r.At = s.State, s.ID, s.At
		if _, err = d.write(ctx, r, revision); !errors.Is(err, errOvertaken) {
			return err
		}
	}
}

// onRefused calls f for each refusal that a status tells of. A channel that is
// too busy says so to the call or later, by a status.
func (d *Deliveries) onRefused(f func(Record, channel.Status)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refused = append(d.refused, f)
}

func (d *Deliveries) tellRefused(r Record, s channel.Status) {
	d.mu.Lock()
	all := slices.Clone(d.refused)
	d.mu.Unlock()
	for _, f := range all {
		f(r, s)
	}
}

// tell makes the notice of a reply that was not delivered.
func (d *Deliveries) tell(ctx context.Context, r Record, code int, reason string) error {
	n := channel.Notice{Conversation: r.conversation(), Reply: r.Reply, Seq: r.Seq, Code: code, Reason: reason, At: time.Now().UTC()}
	msg, err := d.turn.GetMsg(ctx, max(r.Seq, 1))
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound): // older than the stream remembers
	case err != nil:
		return fmt.Errorf("read an undelivered reply: %w", err)
	default:
		n.Data = replyData(n.Conversation, msg)
	}
	if err := d.undelivered(ctx, n); err != nil {
		return fmt.Errorf("tell staff of an undelivered reply: %w", err)
	}
	return nil
}

// replyData is the reply in a message of c, as JSON of its own; what cannot
// be read is told as it came, and nil is told of another conversation's.
func replyData(c agent.Conversation, msg *jetstream.RawStreamMsg) []byte {
	if of, err := bus.ParseReplies(msg.Subject); err != nil || of != c {
		return nil
	}
	out, ok, err := bus.ReplyIn(msg.Subject, msg.Data)
	if err != nil || !ok || msg.Subject == bus.OutSubject(c) {
		return msg.Data
	}
	data, err := json.Marshal(out)
	if err != nil {
		return msg.Data
	}
	return data
}

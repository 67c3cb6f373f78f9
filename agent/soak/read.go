package soak

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel/dispatch"
	"recado/agent/inbox"
	"recado/agent/soak/check"
	"recado/agent/vault"
)

// readTimeout bounds the reading of everything at the end.
const readTimeout = 60 * time.Second

// read adds what is in the streams and buckets to a log.
func (w *world) read(ctx context.Context, l *check.Log) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	opener, err := w.opener()
	if err != nil {
		return err
	}
	if err := w.eachMessage(ctx, bus.StreamIn, func(m *jetstream.RawStreamMsg) error {
		l.Stored = append(l.Stored, storedOf(m))
		return nil
	}); err != nil {
		return err
	}
	if err := w.eachMessage(ctx, bus.StreamTurn, func(m *jetstream.RawStreamMsg) error { return readTurn(l, opener, m) }); err != nil {
		return err
	}
	if err := eachValue(ctx, w.js, bus.BucketDelivery, func(_ string, r dispatch.Record) {
		l.Deliveries = append(l.Deliveries, check.Delivery{Reply: r.Reply, State: string(r.State), Reason: r.Reason, Attempts: r.Attempts})
	}); err != nil {
		return err
	}
	return eachValue(ctx, w.js, bus.BucketCase, func(_ string, c inbox.Case) {
		for _, id := range c.ArrivalIDs() {
			l.Inbox = append(l.Inbox, check.Filed{Case: c.ID, ID: id})
		}
	})
}

func (w *world) opener() (*vault.Opener, error) {
	private, err := vault.ParsePrivateKey(w.cfg.Keys.Open)
	if err != nil {
		return nil, err
	}
	signing, err := vault.ParseSigningKey(w.cfg.Keys.Signing)
	if err != nil {
		return nil, err
	}
	return vault.NewOpener([]vault.PrivateKey{private}, []vault.VerifyKey{signing.Public()})
}

// eachMessage calls f with every message of a stream, in order.
func (w *world) eachMessage(ctx context.Context, stream string, f func(*jetstream.RawStreamMsg) error) error {
	s, err := w.js.Stream(ctx, stream)
	if err != nil {
		return fmt.Errorf("read stream %s: %w", stream, err)
	}
	state := s.CachedInfo().State
	for seq := state.FirstSeq; seq <= state.LastSeq && state.Msgs > 0; seq++ {
		m, err := s.GetMsg(ctx, seq)
		if err == nil {
			err = f(m)
		}
		if err != nil {
			return fmt.Errorf("read stream %s, sequence %d: %w", stream, seq, err)
		}
	}
	return nil
}

// eachValue calls f with every value of a bucket.
func eachValue[T any](ctx context.Context, js jetstream.JetStream, bucket string, f func(key string, v T)) error {
	kv, err := js.KeyValue(ctx, bucket)
	if err != nil {
		return fmt.Errorf("read bucket %s: %w", bucket, err)
	}
	watch, err := kv.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return fmt.Errorf("read bucket %s: %w", bucket, err)
	}
	defer watch.Stop() //nolint:errcheck // the connection ends with the run
	for {
		select {
		case entry := <-watch.Updates():
			if entry == nil {
				return nil
			}
			var v T
			if err := json.Unmarshal(entry.Value(), &v); err != nil {
				return fmt.Errorf("read bucket %s, revision %d: %w", bucket, entry.Revision(), err)
			}
			f(entry.Key(), v)
		case <-ctx.Done():
			return fmt.Errorf("read bucket %s: %w", bucket, context.Cause(ctx))
		}
	}
}

func storedOf(m *jetstream.RawStreamMsg) check.Stored {
	s := check.Stored{Seq: m.Sequence, Conversation: lastToken(m.Subject), At: m.Time}
	var e agent.Event
	if json.Unmarshal(m.Data, &e) == nil && e.Validate() == nil && e.Conversation == s.Conversation {
		s.ID, s.Written = e.ID, e.At
	}
	return s
}

func lastToken(subject string) string { return subject[strings.LastIndexByte(subject, '.')+1:] }

// readTurn adds one message of the turn stream to a log.
func readTurn(l *check.Log, opener *vault.Opener, m *jetstream.RawStreamMsg) error {
	kind, _, _ := strings.Cut(strings.TrimPrefix(m.Subject, "recado."), ".")
	if kind == "turn" || kind == "out" {
		out, ok, err := bus.ReplyIn(m.Subject, m.Data)
		if err != nil {
			return err
		}
		if ok {
			l.Replies = append(l.Replies, check.Reply{
				Seq: m.Sequence, Conversation: out.Conversation, ID: out.ID, Answers: out.Answers,
				Emergency: out.Emergency, Stops: slices.Contains(out.Keys, "consent.stopped"), At: m.Time,
			})
		}
	}
	switch kind {
	case "turn":
		var r bus.TurnRecord
		c, err := bus.ParseTurn(m.Subject)
		if err != nil || json.Unmarshal(m.Data, &r) != nil {
			return fmt.Errorf("a turn record has no form: %w", err)
		}
		l.Turns = append(l.Turns, check.Turn{
			Seq: m.Sequence, Conversation: c.ID, ID: "t" + bus.EventKey(c, strconv.FormatUint(r.Cursor, 10)), Cursor: r.Cursor,
			Events: r.Events, OnReceipt: r.OnReceipt, Dead: r.Dead, Disposition: string(r.Decision.Disposition),
			Speaks: r.Decision.Text() != "", Consent: string(r.Decision.Consent), At: m.Time,
		})
	case "esc":
		var e bus.Escalation
		if err := json.Unmarshal(m.Data, &e); err != nil {
			return fmt.Errorf("an escalation has no form: %w", err)
		}
		l.Notices = append(l.Notices, noticeOf(opener, e, m))
	case "dead":
		var d bus.Dead
		if err := json.Unmarshal(m.Data, &d); err != nil {
			return fmt.Errorf("a dead letter has no form: %w", err)
		}
		l.Dead = append(l.Dead, check.Dead{Conversation: d.Conversation, ID: d.ID, Event: d.Seq, At: m.Time})
	}
	return nil
}

// noticeOf opens an escalation as staff would.
func noticeOf(opener *vault.Opener, e bus.Escalation, m *jetstream.RawStreamMsg) check.Notice {
	n := check.Notice{Seq: m.Sequence, Conversation: e.Conversation, ID: e.ID, At: m.Time}
	plain, err := opener.Open(e.Clinic, e.ID, e.Envelope)
	if err != nil {
		n.Fault = "it does not open with the staff's key: " + err.Error()
		return n
	}
	var inner agent.Escalation
	if err := json.Unmarshal(plain, &inner); err != nil {
		n.Fault = "what was sealed has no form"
		return n
	}
	for _, message := range inner.Messages {
		if message.From == agent.Patient {
			n.Texts = append(n.Texts, message.Text)
		}
	}
	return n
}

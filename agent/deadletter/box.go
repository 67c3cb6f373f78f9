package deadletter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
)

// ErrNotFound: there is no dead letter of that name.
var ErrNotFound = errors.New("no such dead letter")

// Box is all dead letters of the turn stream. It is safe for concurrent use.
type Box struct {
	js   jetstream.JetStream
	turn jetstream.Stream
}

// Open looks up the stream, as the console's user.
func Open(ctx context.Context, js jetstream.JetStream) (*Box, error) {
	turn, err := js.Stream(ctx, bus.StreamTurn)
	if err != nil {
		return nil, fmt.Errorf("open stream %s (run recado streams first): %w", bus.StreamTurn, err)
	}
	return &Box{js, turn}, nil
}

// Filter chooses letters; what is empty chooses all.
type Filter struct {
	Clinic string
	Reason bus.Reason
	Since  time.Time // became a dead letter then or later
}

func (f Filter) chooses(l Letter) bool {
	return (f.Clinic == "" || l.Clinic == f.Clinic) && (f.Reason == "" || l.Reason == f.Reason) && !l.Filed.Before(f.Since)
}

// List returns the letters that f chooses, the oldest first. One that cannot
// be read is in the list with its sequence alone.
func (b *Box) List(ctx context.Context, f Filter) ([]Letter, error) {
	var all []Letter
	err := b.each(ctx, func(l Letter) (bool, error) {
		if !f.chooses(l) {
			return true, nil
		}
		var err error
		if l.Retried, err = b.retried(ctx, l); err != nil {
			return false, err
		}
		all = append(all, l)
		return true, nil
	})
	return all, err
}

// each calls f with every letter in stream order until it returns false.
func (b *Box) each(ctx context.Context, f func(Letter) (bool, error)) error {
	for seq := uint64(1); ; {
		msg, err := b.turn.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(bus.AllDead()))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read dead letters: %w", err)
		}
		l, err := read(msg)
		if err != nil {
			l = Letter{Seq: msg.Sequence, Filed: msg.Time}
		}
		if more, err := f(l); err != nil || !more {
			return err
		}
		seq = msg.Sequence + 1
	}
}

// Find returns the letter with this id or sequence, else ErrNotFound.
func (b *Box) Find(ctx context.Context, name string) (Letter, error) {
	var found Letter
	seq, numeric := uint64(0), false
	if n, err := strconv.ParseUint(name, 10, 64); err == nil {
		seq, numeric = n, true
	}
	err := b.each(ctx, func(l Letter) (bool, error) {
		if l.ID != name && !(numeric && l.Seq == seq) {
			return true, nil
		}
		found = l
		var err error
		found.Retried, err = b.retried(ctx, l)
		return false, err
	})
	if err == nil && found.Seq == 0 {
		err = fmt.Errorf("%w: %q: recado dead list shows ids and sequences; letters older than %d days are in the staff's inbox only", ErrNotFound, name, int(bus.MaxTurnAge.Hours()/24))
	}
	return found, err
}

// place is where a letter's marks lie; its channel takes no part.
func (l Letter) place() agent.Conversation {
	return agent.Conversation{Clinic: l.Clinic, ID: l.Conversation}
}

var plainID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// retried returns when a letter was put back; zero if it was not.
func (b *Box) retried(ctx context.Context, l Letter) (time.Time, error) {
	if !plainID.MatchString(l.ID) {
		return time.Time{}, nil
	}
	msg, err := b.turn.GetMsg(ctx, 1, jetstream.WithGetMsgSubject(bus.RetrySubject(l.place(), l.ID)))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("look whether a dead letter was put back: %w", err)
	}
	var mark bus.Mark
	if json.Unmarshal(msg.Data, &mark) != nil || mark.At.IsZero() {
		return msg.Time, nil
	}
	return mark.At, nil
}

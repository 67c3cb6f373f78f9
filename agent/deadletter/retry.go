package deadletter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"recado/agent"
	"recado/agent/bus"
)

// RefusedError: putting the letter back would do no good.
type RefusedError struct {
	ID  string
	Why string // for the operator, with what to do
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("dead letter %s is not put back: %s", e.ID, e.Why)
}

// Options say how a letter is put back.
type Options struct {
	// Late allows a letter that arrived more than a day ago, whose patient
	// would be answered out of the blue.
	Late bool
	// Now is the time. Defaults to time.Now().
	Now time.Time
}

// Result is what became of a letter that was put back.
type Result struct {
	Seq    uint64    // in the input stream
	Before time.Time // when it was put back already; zero for the first time
	Stored bool      // it was stored now; false where it was there
}

// Check reports, as a *RefusedError, why the letter with this content is not
// put back. What no worker could read is refused: it would only come back.
func (l Letter) Check(plain []byte, o Options) (agent.Event, error) {
	refuse := func(why string) (agent.Event, error) { return agent.Event{}, &RefusedError{l.ID, why} }
	var e agent.Event
	if !plainID.MatchString(l.ID) {
		return refuse("its id is not one")
	}
	switch l.Reason {
	case bus.ReasonSubject:
		return refuse("it was published on a subject that names no conversation: correct whoever published it, and publish it there")
	case bus.ReasonMismatch:
		return refuse("it names another conversation than the one that it was published for: correct whoever published it")
	}
	if err := json.Unmarshal(plain, &e); err != nil {
		return refuse(notAnEvent(l.Reason))
	}
	switch err := e.Validate(); {
	case errors.Is(err, agent.ErrVersion) && e.V != 0:
		return refuse(fmt.Sprintf("its contract version is %d and this build speaks %d: update workers and this command first", e.V, agent.Version))
	case err != nil:
		return refuse(notAnEvent(l.Reason))
	case e.Clinic != l.Clinic || e.Conversation != l.Conversation:
		return refuse("its content names another conversation than its subject")
	}
	if bus.Late(l.At, o.now()) && !o.Late {
		return refuse(fmt.Sprintf("it arrived %s ago, and its patient would be answered out of the blue: staff see it in the inbox; --late puts it back nevertheless",
			o.now().Sub(l.At).Round(time.Hour)))
	}
	return e, nil
}

func notAnEvent(r bus.Reason) string {
	if r == "undelivered" {
		return "it is a reply that was not delivered, not what a patient wrote: answer from the inbox"
	}
	return "its content is no event that this build can read, and would be none the second time: staff see it in the inbox"
}

func (o Options) now() time.Time {
	if o.Now.IsZero() {
		return time.Now()
	}
	return o.Now
}

// Retry puts the letter back, with the content that Open returned. It may be
// called again after any error: for bus.RetryWindow the input stream stores a
// letter once, and after that a letter that is marked is refused.
func (b *Box) Retry(ctx context.Context, l Letter, plain []byte, o Options) (Result, error) {
	e, err := l.Check(plain, o)
	if err != nil {
		return Result{}, err
	}
	now := o.now().UTC()
	mark, err := json.Marshal(bus.Mark{V: agent.Version, Event: e.ID, At: now})
	if err != nil {
		return Result{}, fmt.Errorf("write a mark: %w", err)
	}
	var r Result
	// The mark comes first: whoever dies in between leaves a letter that can
	// be put back again for as long as the stream would recognise it.
	switch err := bus.PublishMark(ctx, b.js, bus.RetrySubject(l.place(), l.ID), mark); {
	case errors.Is(err, bus.ErrConflict):
		if r.Before, err = b.retried(ctx, l); err != nil {
			return Result{}, err
		}
		if now.Sub(r.Before) > bus.RetryWindow-time.Hour {
			return Result{}, &RefusedError{l.ID, "it was put back at " + r.Before.UTC().Format(time.RFC3339) + " already; if it failed again it is a new dead letter"}
		}
	case err != nil:
		return Result{}, err
	}
	r.Seq, err = bus.PublishAgain(ctx, b.js, e.Of(), l.ID, plain)
	r.Stored = err == nil
	if err != nil && !errors.Is(err, bus.ErrDuplicate) {
		return r, err
	}
	return r, nil
}

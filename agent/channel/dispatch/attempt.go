package dispatch

import (
	"context"
	crand "crypto/rand"
	"errors"
	"math/rand/v2"
	"strconv"
	"time"

	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel"
)

// try is what this gateway knows about a reply beyond its record.
type try struct {
	unknownAt uint64    // the record's revision when it was found in sending
	unknown   time.Time // and when that was
	looked    time.Time // when its record was last looked at since then
	claim     string    // Record.Claim of the last attempt that was begun
	called    bool      // the channel was called in that attempt
	taken     string    // the channel's id of the message, while the record is not written
	refusals  int
	noticed   bool // staff know that an operator has to act
	shut      bool // the channel said that its time of free replies has passed
}

// attempt does what there is to do now about one reply: settle it, call the
// channel, or say how long to wait.
func (l *lane) attempt(ctx context.Context, t task) (time.Duration, error) {
	d := l.d
	out, problem := l.read(t)
	mine := l.tries[t.seq]
	if mine == nil {
		mine = &try{}
		l.tries[t.seq] = mine
	}
	for {
		r, revision, err := d.cfg.Deliveries.read(ctx, out.ID)
		if err != nil {
			return 0, err
		}
		if r.settled() || r.Before != "" && !l.again { // the latter is seen to by Dispatcher.again
			return 0, nil
		}
		if revision == 0 {
			r = Record{Reply: out.ID, Clinic: l.c.Clinic, Channel: l.c.Channel, Conversation: l.c.ID, Seq: t.seq}
		}
		mine.shut = mine.shut || r.Shut
		wait, err := l.move(ctx, out, t.at, problem, mine, r, revision)
		if !errors.Is(err, errOvertaken) {
			return wait, err
		}
		// Another gateway or a status was first: look at what it wrote.
	}
}

// read returns the reply, or what is wrong with it; its id is set either way.
func (l *lane) read(t task) (out bus.Outbound, problem string) {
	out, _, err := bus.ReplyIn(t.subject, t.data)
	switch {
	case err != nil:
		problem = "the reply is not JSON of its form"
	case out.V != agent.Version:
		problem = "the reply is of contract version " + strconv.Itoa(out.V)
	case !plainKey.MatchString(out.ID):
		problem = "the reply's id is not one: letters, digits, - and _"
	case out.Clinic != l.c.Clinic || out.Channel != l.c.Channel || out.Conversation != l.c.ID:
		problem = "the reply names another conversation than its subject"
	}
	if problem != "" {
		out.ID = "seq-" + strconv.FormatUint(t.seq, 10) // nobody else's record
	}
	return out, problem
}

// move takes one step from the record r. at is when the reply was stored: its
// own time is by its worker's clock, which may be wrong.
func (l *lane) move(ctx context.Context, out bus.Outbound, at time.Time, problem string, mine *try, r Record, revision uint64) (time.Duration, error) {
	d, now := l.d, l.d.cfg.Now()
	if mine.taken != "" {
		return 0, l.record(ctx, r, revision, channel.Sent, mine.taken)
	}
	switch {
	case r.State == channel.Sending && mine.claim != "" && r.Claim == mine.claim && !mine.called:
		// The record was written and its answer lost: no call was made.
	case r.State == channel.Sending:
		if wait := l.unknown(mine, out.Emergency, revision, now); wait > 0 {
			return wait, nil
		}
		d.log.Warn("no status tells what became of a reply: sending it again", l.fields(out, zap.Int("attempts", r.Attempts))...)
	case r.NotBefore.After(now) && !l.spent(out, r, now):
		wait := r.NotBefore.Sub(now)
		if !out.Emergency { // no later than it is given up
			wait = min(wait, r.First.Add(d.cfg.RetryFor).Sub(now)+time.Millisecond)
		}
		return wait, nil
	}
	switch {
	case problem != "":
		return 0, l.fail(ctx, r, revision, out, 0, problem)
	case now.Sub(at) > d.cfg.MaxAge:
		return 0, l.fail(ctx, r, revision, out, r.Code, "it is too old to be sent")
	case l.spent(out, r, now):
		return 0, l.fail(ctx, r, revision, out, r.Code, "every attempt was refused: "+r.Reason)
	}
	to, unsealed := channel.OpenAddress(d.cfg.Box, l.c, out.ReplyTo)
	check := channel.LastCheck{Consent: d.cfg.Consent, Owners: d.cfg.Owners}
	if d.cfg.Addresses != nil && unsealed == nil {
		check.Consent = consentOf{d.cfg.Addresses, to}
	}
	why, err := check.Withhold(ctx, l.c, out)
	if err != nil {
		return 0, err
	}
	if why == "" && to.Confirmed && channel.ConfirmsKeyword(out) {
		why = channel.ChannelConfirmed
	}
	if why != "" {
		return 0, l.withhold(ctx, out, why, r, revision)
	}
	if unsealed != nil {
		return 0, l.fail(ctx, r, revision, out, 0, "its address does not open with this gateway's key")
	}
	return l.call(ctx, out, to, mine, r, revision)
}

// spent reports whether the time for attempts is over.
func (l *lane) spent(out bus.Outbound, r Record, now time.Time) bool {
	return !out.Emergency && !r.First.IsZero() && now.Sub(r.First) > l.d.cfg.RetryFor
}

// unknown returns how long to wait for a status of a reply that may have been
// taken. The time counts from when this gateway found it so, whatever clocks
// the others have.
func (l *lane) unknown(mine *try, urgent bool, revision uint64, now time.Time) time.Duration {
	limit := l.d.cfg.ConfirmWait
	if urgent {
		limit = l.d.cfg.EmergencyConfirmWait
	}
	// While this process was stopped or NATS was away no status could come in
	// either: then the wait begins anew.
	if mine.unknownAt != revision || now.Sub(mine.looked) > limit/4 {
		mine.unknownAt, mine.unknown = revision, now
	}
	mine.looked = now
	left := limit - now.Sub(mine.unknown)
	return min(left, max(limit/50, time.Millisecond))
}

// withhold settles a reply that must not be sent. Where it concerns staff they
// are told.
func (l *lane) withhold(ctx context.Context, out bus.Outbound, why channel.Withholding, r Record, revision uint64) error {
	concerns := why.Concerns(out)
	if why == channel.PatientStopped && l.d.cfg.Addresses != nil && !concerns {
		// A stop on another channel of the address: the worker knew nothing of
		// it and wrote no record for staff.
		here, err := l.d.cfg.Consent.Stopped(ctx, l.c)
		if err != nil {
			return err
		}
		concerns = !here
	}
	if concerns {
		if err := l.d.cfg.Deliveries.tell(ctx, r, 0, string(why)); err != nil {
			return err
		}
	}
	l.d.log.Info("reply withheld", l.fields(out, zap.String("reason", string(why)))...)
	r.Reason = string(why)
	return l.record(ctx, r, revision, channel.Withheld, "")
}

// call sends the reply and notes what came of it.
func (l *lane) call(ctx context.Context, out bus.Outbound, to channel.Address, mine *try, r Record, revision uint64) (time.Duration, error) {
	d := l.d
	sender, ok := d.cfg.Senders[l.c.Channel]
	if !ok {
		return 0, l.fail(ctx, r, revision, out, 0, "this gateway has no sender for the channel")
	}
	message := channel.Message{ID: out.ID, To: to, Language: out.Language, Text: out.Text, Choices: out.Choices}
	if d.cfg.Menu != nil && len(out.Choices) > 0 {
		message.Menu = d.cfg.Menu(out.Clinic, out.Language)
	}
	code, shut, err := l.closed(ctx, sender, to, mine)
	if err != nil {
		return 0, err
	}
	if shut {
		// An emergency text is tried all the same: the channel may know of a
		// message that this clinic does not.
		if message.Template = l.template(out); message.Template == nil && (!out.Emergency || mine.shut) {
			return 0, l.fail(ctx, r, revision, out, code, windowClosed)
		}
	}
	if paced, ok := sender.(channel.Paced); ok {
		if wait := d.pace.enter(numberOf(l.c.Channel, to.Account), l.c, out.ID, paced.Pace(message), out.Emergency); wait > 0 {
			return wait, nil
		}
	}
	begun := d.cfg.Now()
	if r.First.IsZero() {
		r.First = begun.UTC()
	}
	mine.claim, mine.called = crand.Text(), false
	r.State, r.Claim, r.Attempts, r.NotBefore, r.At = channel.Sending, mine.claim, r.Attempts+1, time.Time{}, begun.UTC()
	if revision, err = d.cfg.Deliveries.write(ctx, r, revision); err != nil {
		return 0, err
	}
	mine.called = true
	calling, cancel := context.WithTimeout(ctx, d.cfg.SendTimeout)
	defer cancel()
	id, err := l.send(calling, sender, message)
	if err == nil {
		mine.taken = id
		d.log.Info("reply sent", l.fields(out, zap.Int("attempts", r.Attempts))...)
		return 0, l.record(ctx, r, revision, channel.Sent, id)
	}
	var refused *channel.SendError
	if !errors.As(err, &refused) {
		d.log.Warn("a call gave no answer: waiting for a status", l.fields(out, zap.Error(err))...)
		return time.Millisecond, nil // the record says sending
	}
	if refused.Advice == channel.Window && message.Template == nil {
		// Known too late: looked at again, with a template or to be given up.
		mine.shut = true
		r.State, r.Code, r.Reason, r.At = "", refused.Code, refused.Reason, d.cfg.Now().UTC()
		if _, err := d.cfg.Deliveries.write(ctx, r, revision); err != nil {
			return 0, err
		}
		return time.Millisecond, nil
	}
	return l.refused(ctx, out, to, mine, r, revision, refused)
}

// numberOf names a clinic's number among those of all channels.
func numberOf(of agent.Channel, account string) string { return string(of) + " " + account }

// refused decides what follows a refusal.
func (l *lane) refused(ctx context.Context, out bus.Outbound, to channel.Address, mine *try, r Record, revision uint64, e *channel.SendError) (time.Duration, error) {
	d := l.d
	switch {
	case e.Advice == channel.Stopped:
		return 0, l.stopped(ctx, out, to, r, revision, e)
	case e.Advice == channel.Retry:
	case e.Advice == channel.Repair && out.Emergency:
		// Staff are told at once, and the text goes out if an operator
		// repairs the account in time.
		if !mine.noticed {
			if err := d.cfg.Deliveries.tell(ctx, r, e.Code, e.Reason); err != nil {
				return 0, err
			}
			mine.noticed = true
		}
	default:
		return 0, l.fail(ctx, r, revision, out, e.Code, e.Reason)
	}
	wait := max(l.pause(out, mine), e.After)
	if e.Scope == channel.ScopeNumber {
		d.pace.holdNumber(numberOf(l.c.Channel, to.Account), wait)
	}
	level := d.log.Warn
	if e.Advice == channel.Repair {
		level = d.log.Error
	}
	level("reply refused; trying again", l.fields(out, zap.Int("code", e.Code), zap.String("reason", e.Reason),
		zap.Int("attempts", r.Attempts), zap.Duration("wait", wait))...)
	r.State, r.Code, r.Reason, r.NotBefore = "", e.Code, e.Reason, d.cfg.Now().Add(wait).UTC()
	r.At = d.cfg.Now().UTC()
	if _, err := d.cfg.Deliveries.write(ctx, r, revision); err != nil {
		return 0, err
	}
	return wait, nil
}

// stopped settles a reply to a patient who stopped messages at the channel
// itself, where this clinic's own record may not know of it. Staff are told:
// the patient waits for an answer that cannot come this way, unless it was to
// confirm that very stop.
func (l *lane) stopped(ctx context.Context, out bus.Outbound, to channel.Address, r Record, revision uint64, e *channel.SendError) error {
	d := l.d
	confirms := channel.ConfirmsStop(out) // then the stop is recorded
	if d.cfg.Addresses != nil && !confirms {
		if err := d.cfg.Addresses.Stop(ctx, l.c, to, out.ID, d.cfg.Now()); err != nil {
			return err
		}
	}
	if !confirms {
		if err := d.cfg.Deliveries.tell(ctx, r, e.Code, e.Reason); err != nil {
			return err
		}
	}
	d.log.Info("reply withheld", l.fields(out, zap.Int("code", e.Code))...)
	r.Code, r.Reason = e.Code, e.Reason
	return l.record(ctx, r, revision, channel.Withheld, "")
}

// consentOf is channel.Consent of one address.
type consentOf struct {
	book channel.AddressConsent
	to   channel.Address
}

// Stopped implements channel.Consent.
func (c consentOf) Stopped(ctx context.Context, conversation agent.Conversation) (bool, error) {
	return c.book.StoppedFor(ctx, conversation, c.to)
}

// pause grows from RetryMin to RetryMax, a little at random so that lanes
// which failed together do not come back together.
func (l *lane) pause(out bus.Outbound, mine *try) time.Duration {
	most := l.d.cfg.RetryMax
	if out.Emergency {
		most = max(most/4, l.d.cfg.RetryMin)
	}
	wait := min(l.d.cfg.RetryMin<<min(mine.refusals, 16), most)
	mine.refusals++
	return wait + rand.N(wait/4+1)
}

// fail settles a reply that will not reach the patient. Staff are told
// first: a crash in between tells them again, which is one notice.
func (l *lane) fail(ctx context.Context, r Record, revision uint64, out bus.Outbound, code int, reason string) error {
	if err := l.d.cfg.Deliveries.tell(ctx, r, code, reason); err != nil {
		return err
	}
	l.d.log.Error("reply not delivered; staff are told", l.fields(out, zap.Int("code", code), zap.String("reason", reason))...)
	r.Code, r.Reason = code, reason
	return l.record(ctx, r, revision, channel.Failed, "")
}

func (l *lane) record(ctx context.Context, r Record, revision uint64, state channel.State, id string) error {
	r.State, r.At = state, l.d.cfg.Now().UTC()
	if id != "" {
		r.ID, r.Code, r.Reason = id, 0, ""
	}
	_, err := l.d.cfg.Deliveries.write(ctx, r, revision)
	if err == nil {
		l.d.meters.settled(ctx, l.c.Channel, state, r.Code)
	}
	return err
}

func (l *lane) fields(out bus.Outbound, more ...zap.Field) []zap.Field {
	return append([]zap.Field{
		zap.String("clinic", l.c.Clinic), zap.String("conversation", l.c.ID),
		zap.String("reply", out.ID), zap.Bool("emergency", out.Emergency),
	}, more...)
}

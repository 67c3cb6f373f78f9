package remind

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/answer"
	"recado/agent/bus"
	"recado/agent/clinic"
	"recado/agent/schedule"
)

const (
	atOnce  = 8           // due reminders that one process holds
	retry   = time.Minute // after a failure of the book or of NATS
	oneTime = 15 * time.Second
)

// Run sends reminders that are due until ctx ends.
func (r *Reminder) Run(ctx context.Context) error {
	messages, err := r.consumer.Messages(jetstream.PullMaxMessages(atOnce))
	if err != nil {
		return fmt.Errorf("read reminders that are due: %w", err)
	}
	stop := context.AfterFunc(ctx, messages.Stop)
	defer stop()
	for {
		msg, err := messages.Next()
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, jetstream.ErrMsgIteratorClosed):
			return fmt.Errorf("read reminders that are due: %w", err)
		case err != nil:
			continue // a lost connection comes back by itself
		}
		r.settle(ctx, msg)
	}
}

// settle sends one reminder, drops it, or leaves it for later.
func (r *Reminder) settle(ctx context.Context, msg jetstream.Msg) {
	ctx, cancel := context.WithTimeout(ctx, oneTime)
	defer cancel()
	c, ref, err := bus.ParseDue(msg.Subject())
	var n note
	if err == nil {
		err = json.Unmarshal(msg.Data(), &n)
	}
	if err != nil {
		r.cfg.Log.Error("a reminder cannot be read and is dropped", zap.Error(err))
		_ = msg.Term()
		return
	}
	wait, err := r.tell(ctx, c, ref, n)
	switch {
	case err != nil:
		r.cfg.Log.Warn("a reminder could not be sent, and will be later", zap.String("clinic", c.Clinic),
			zap.String("conversation", c.ID), zap.Error(err))
		_ = msg.NakWithDelay(retry)
	case wait > 0:
		_ = msg.NakWithDelay(wait)
	default:
		_ = msg.Ack() // lost, it comes again and has the id that it had
	}
}

// tell sends a reminder if it is right still. It returns how long to wait where
// this is no time of the day for it.
func (r *Reminder) tell(ctx context.Context, c agent.Conversation, ref string, n note) (wait time.Duration, err error) {
	p, err := r.cfg.Profiles.Profile(c.Clinic)
	if err != nil {
		return 0, fmt.Errorf("find the clinic: %w", err)
	}
	now := r.cfg.Now()
	if !p.Booking.Reminders || n.Start.Sub(now) < tooLate {
		return 0, nil
	}
	if again := polite(now, p.Zone); again.After(now) {
		return again.Sub(now), nil
	}
	visits, err := r.visits(ctx, p, c)
	if err != nil {
		return 0, err
	}
	for _, v := range visits {
		if v.Ref == ref && v.Start().Equal(n.Start) && forgets(v, now) {
			return 0, r.send(ctx, p, c, n, v, now)
		}
	}
	return 0, nil
}

// forgets reports whether a visit is to be reminded of: it stands, and the
// patient has not said a moment ago that they will come.
func forgets(v schedule.Booking, now time.Time) bool {
	return v.State == schedule.Booked || v.State == schedule.Confirmed && now.Sub(v.Booked) >= enough
}

// polite is the first moment from now on at which patients may be written to.
func polite(now time.Time, zone *time.Location) time.Time {
	today := clinic.DateOf(now.In(zone))
	switch {
	case now.Before(today.At(earliest, zone)):
		return today.At(earliest, zone)
	case !now.Before(today.At(latest, zone)):
		return today.AddDays(1).At(earliest, zone)
	}
	return now
}

func (r *Reminder) send(ctx context.Context, p *clinic.Profile, c agent.Conversation, n note, v schedule.Booking, now time.Time) error {
	start := v.Start().In(p.Zone)
	say := func(key string) (string, error) {
		m := answer.Fixed(key, p, now)
		m.Args["start"], m.Args["date"], m.Args["place"] = start, clinic.DateOf(start), place(p, v)
		return r.cfg.Catalogue.Render(n.Language, p, m)
	}
	const key = "booking.reminder"
	text, err := say(key)
	if err != nil {
		return fmt.Errorf("write a reminder: %w", err)
	}
	facts := map[string]string{}
	for _, name := range []string{"when", "day", "time"} {
		if facts[name], err = say(key + "_" + name); err != nil {
			return fmt.Errorf("write a reminder: %w", err)
		}
	}
	if l := p.Place(v.Slots[0].Location); l != nil {
		facts["place"] = l.Name
	}
	out := bus.Outbound{
		V: agent.Version, ID: id(c, v), Clinic: c.Clinic, Channel: c.Channel, Conversation: c.ID, Disposition: agent.Answer,
		Keys: []string{key}, Language: n.Language, Text: text, Facts: facts, ReplyTo: n.ReplyTo, At: now.UTC(), Answers: []string{},
	}
	data, err := json.Marshal(out)
	if err != nil {
		return fmt.Errorf("write a reminder: %w", err)
	}
	if _, err := r.cfg.JetStream.Publish(ctx, bus.OutSubject(c), data, jetstream.WithMsgID(out.ID), jetstream.WithExpectStream(bus.StreamTurn)); err != nil {
		return fmt.Errorf("send a reminder: %w", err)
	}
	r.cfg.Log.Info("reminder sent", zap.String("clinic", c.Clinic), zap.String("conversation", c.ID))
	return nil
}

// place is the name of the location, nil where the clinic has one alone.
func place(p *clinic.Profile, v schedule.Booking) any {
	if l := p.Place(v.Slots[0].Location); l != nil && len(p.Location) > 1 {
		return l.Name
	}
	return nil
}

// id is the same for each delivery of a reminder, so that it is sent once.
func id(c agent.Conversation, v schedule.Booking) string {
	sum := sha256.Sum256([]byte(c.String() + "\x00" + v.Ref + "\x00" + v.Start().UTC().Format(time.RFC3339)))
	return "remind-" + hex.EncodeToString(sum[:12])
}

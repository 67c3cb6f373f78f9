package embedded

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"recado/agent/schedule"
	"recado/agent/schedule/slots"
)

// tidy is how much longer than a hold Redis keeps it, for clocks that differ.
const tidy = time.Hour

// mostHold is the longest hold that any profile may give.
const mostHold = time.Hour

// ticket is what a hold's id says: <slot>.<seats>.<given>.<expires>.<owner>,
// times in milliseconds, base 36. It can be read back without Redis.
type ticket struct {
	slot           string
	seats          int
	given, expires time.Time
	owner          string
}

func ownerKey(o schedule.Owner) string { return o.Channel + "." + o.Conversation }

// ownerMark ties a hold to its owner without naming them.
func ownerMark(o schedule.Owner) string {
	sum := sha256.Sum256([]byte(o.Clinic + "\x00" + ownerKey(o)))
	return hex.EncodeToString(sum[:6])
}

// names is the part of the id that says which slots.
func (t ticket) names() string { return t.slot + "." + strconv.Itoa(t.seats) + "." }

func (t ticket) id() string {
	return t.names() + strconv.FormatInt(t.given.UnixMilli(), 36) + "." + strconv.FormatInt(t.expires.UnixMilli(), 36) + "." + t.owner
}

// readTicket reads an id. It returns false for what is none of owner's.
func readTicket(id string, owner schedule.Owner) (ticket, bool) {
	parts := strings.Split(id, ".")
	if len(parts) < 5 {
		return ticket{}, false
	}
	n := len(parts)
	seats, err1 := strconv.Atoi(parts[n-4])
	given, err2 := strconv.ParseInt(parts[n-3], 36, 64)
	expires, err3 := strconv.ParseInt(parts[n-2], 36, 64)
	t := ticket{strings.Join(parts[:n-4], "."), seats, time.UnixMilli(given), time.UnixMilli(expires), parts[n-1]}
	ok := errors.Join(err1, err2, err3) == nil && t.owner == ownerMark(owner) && seats >= 1 &&
		t.expires.After(t.given) && t.expires.Sub(t.given) <= mostHold && t.id() == id
	return t, ok
}

// Hold implements schedule.Schedule.
func (b *Book) Hold(ctx context.Context, owner schedule.Owner, slot string, seats int) (schedule.Hold, error) {
	const doing = "hold a time"
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeout)
	defer cancel()
	if err := dead(ctx, doing); err != nil {
		return schedule.Hold{}, err
	}
	row, ok := b.grid.Find(slot, max(seats, 1))
	if !ok {
		return schedule.Hold{}, fmt.Errorf("%s: %w", doing, schedule.ErrNotFound)
	}
	if err := b.fence(ctx, doing, owner); err != nil {
		return schedule.Hold{}, err
	}
	// A turn that is decided again asks again for what it booked.
	own, err := b.free(ctx, owner, row)
	if err != nil || own != nil {
		return b.made(own, row), wrap(doing, err)
	}
	now := b.cfg.Now()
	from, to := b.grid.Window(now)
	switch start := row[0].Start; {
	case start.Before(from):
		return schedule.Hold{}, fmt.Errorf("%s: %w", doing, schedule.ErrPast)
	case !start.Before(to):
		return schedule.Hold{}, fmt.Errorf("%s: %w", doing, schedule.ErrNotFound)
	}
	t := ticket{slot, len(row), now, now.Add(b.grid.Hold()), ownerMark(owner)}
	id, err := b.run(ctx, holdScript, b.holdArgs(owner, t, row, t.names())...).Text()
	if errors.Is(err, redis.Nil) {
		return schedule.Hold{}, fmt.Errorf("%s: %w", doing, schedule.ErrTaken)
	}
	if err != nil {
		return schedule.Hold{}, unavailable(doing, err)
	}
	t, ok = readTicket(id, owner)
	if !ok {
		return schedule.Hold{}, unavailable(doing, errors.New("the hold in Redis is not readable"))
	}
	// It may have been booked between the look at the log and the hold.
	if own, err = b.free(ctx, owner, row); err != nil || own != nil {
		if dropped := b.drop(ctx, owner, id); err == nil {
			err = dropped
		}
		return b.made(own, row), wrap(doing, err)
	}
	return schedule.Hold{ID: id, Slots: row, Expires: t.expires}, nil
}

// free looks the time up in the log. It returns the visit where owner has
// booked exactly that, and ErrTaken where the time is booked otherwise.
func (b *Book) free(ctx context.Context, owner schedule.Owner, row []schedule.Slot) (*visit, error) {
	day, err := b.day(ctx, row)
	if err != nil {
		return nil, err
	}
	v, taken := day.overlap(row, "")
	switch {
	case !taken:
		return nil, nil
	case v.of(owner) && v.Slots[0].ID == row[0].ID && len(v.Slots) == len(row):
		return &v, nil
	}
	return nil, schedule.ErrTaken
}

// made is the hold that a visit was made of; Book makes the same visit of it
// at any time.
func (b *Book) made(v *visit, row []schedule.Slot) schedule.Hold {
	if v == nil {
		return schedule.Hold{}
	}
	return schedule.Hold{ID: v.Holds[len(v.Holds)-1], Slots: row, Expires: b.cfg.Now().Add(b.grid.Hold())}
}

func wrap(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case refusal(err):
		return fmt.Errorf("%s: %w", doing, err)
	}
	return unavailable(doing, err)
}

// Release implements schedule.Schedule.
func (b *Book) Release(ctx context.Context, owner schedule.Owner) error {
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeout)
	defer cancel()
	const doing = "give a hold back"
	if err := b.fence(ctx, doing, owner); err != nil {
		return err
	}
	if err := b.drop(ctx, owner, ""); err != nil {
		return unavailable(doing, err)
	}
	return nil
}

// claim makes sure that owner holds what the ticket says.
func (b *Book) claim(ctx context.Context, owner schedule.Owner, t ticket, row []schedule.Slot) error {
	answer, err := b.run(ctx, claimScript, b.holdArgs(owner, t, row, t.given.UnixMilli())...).Int()
	switch {
	case err != nil:
		return err
	case answer == 1:
		return nil
	case answer == 2:
		return schedule.ErrTaken
	}
	return schedule.ErrNotFound
}

func (b *Book) drop(ctx context.Context, owner schedule.Owner, id string) error {
	return b.run(ctx, dropScript, ownerKey(owner), id).Err()
}

func (b *Book) holdArgs(owner schedule.Owner, t ticket, row []schedule.Slot, last any) []any {
	return []any{
		ownerKey(owner), b.cfg.Now().UnixMilli(), (b.grid.Hold() + tidy).Milliseconds(),
		row[0].Start.Unix() / 60, row[len(row)-1].End.Unix() / 60, t.expires.UnixMilli(),
		slots.Resource(row[0].Provider, row[0].Location), t.id(), last,
	}
}

func (b *Book) run(ctx context.Context, script *redis.Script, args ...any) *redis.Cmd {
	// The braces are a hash tag: one clinic, one node.
	prefix := "recado:{book." + b.p.ID + "}:"
	return script.Run(ctx, b.cfg.Redis, []string{prefix + "holds", prefix + "since"}, args...)
}

// spans are times that are held.
type spans []span

type span struct {
	first, last int64 // minutes
	resource    string
}

func (all spans) overlap(s schedule.Slot) bool {
	resource := slots.Resource(s.Provider, s.Location)
	for _, one := range all {
		if one.resource == resource && one.first < s.End.Unix()/60 && s.Start.Unix()/60 < one.last {
			return true
		}
	}
	return false
}

// held reads what is held at now.
func (b *Book) held(ctx context.Context, now time.Time) (spans, error) {
	lines, err := b.run(ctx, heldScript, now.UnixMilli()).StringSlice()
	if err != nil {
		return nil, err
	}
	all := make(spans, 0, len(lines))
	for _, line := range lines {
		var s span
		var expires int64
		var id string
		if _, err := fmt.Sscan(line, &s.first, &s.last, &expires, &s.resource, &id); err != nil {
			return nil, fmt.Errorf("read a hold: %w", err)
		}
		all = append(all, s)
	}
	return all, nil
}

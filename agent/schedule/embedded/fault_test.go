package embedded_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"recado/agent/bus"
	"recado/agent/schedule"
	"recado/agent/schedule/embedded"
	"recado/agent/schedule/scheduletest"
	"recado/agent/session"
)

// faulty is a log whose next write fails, before or after it is stored.
type faulty struct {
	embedded.Log
	before, after error
}

func (f *faulty) Write(ctx context.Context, pages ...bus.Page) error {
	if err := f.before; err != nil {
		f.before = nil
		return err
	}
	err := f.Log.Write(ctx, pages...)
	if f.after != nil && err == nil {
		err, f.after = f.after, nil
	}
	return err
}

type faultRig struct {
	scheduletest.Rig
	log   *faulty
	redis *miniredis.Miniredis
	slots []schedule.Slot
}

func newFaultRig(t *testing.T) *faultRig {
	t.Helper()
	r := &faultRig{log: &faulty{Log: openLog(t)}, redis: miniredis.RunT(t)}
	store := redis.NewClient(session.Options(r.redis.Addr()))
	t.Cleanup(func() { store.Close() })
	r.Profile, r.Clock = scheduletest.NewProfile(t), scheduletest.NewClock()
	r.Schedule = embedded.New(embedded.Config{Log: r.log, Redis: store, Now: r.Clock.Now}, r.Profile)
	var err error
	r.slots, err = r.Schedule.Open(t.Context(), schedule.Query{Visit: scheduletest.FollowUp, Limit: 20})
	must(t, err)
	return r
}

var errLost = errors.New("the answer was lost")

func TestAVisitWhoseAnswerWasLostIsFoundAgain(t *testing.T) {
	r := newFaultRig(t)
	ctx, owner := t.Context(), r.Owner(1)
	h, err := r.Schedule.Hold(ctx, owner, r.slots[0].ID, 1)
	must(t, err)
	r.log.after = errLost
	if _, err := r.Schedule.Book(ctx, owner, h.ID, false); !errors.Is(err, schedule.ErrUnavailable) {
		t.Fatalf("the first answer is %v", err)
	}
	first, err := r.Schedule.Book(ctx, owner, h.ID, false)
	must(t, err)
	// The whole turn again, its hold included.
	again, err := r.Schedule.Hold(ctx, owner, r.slots[0].ID, 1)
	must(t, err)
	second, err := r.Schedule.Book(ctx, owner, again.ID, false)
	if err != nil || second.Ref != first.Ref {
		t.Errorf("booked %+v, %v", second, err)
	}

	h, err = r.Schedule.Hold(ctx, owner, r.slots[5].ID, 1)
	must(t, err)
	r.log.after = errLost
	if _, err := r.Schedule.Move(ctx, owner, first.Ref, h.ID); !errors.Is(err, schedule.ErrUnavailable) {
		t.Fatalf("the first answer is %v", err)
	}
	if moved, err := r.Schedule.Move(ctx, owner, first.Ref, h.ID); err != nil || moved.Ref != first.Ref || !moved.Start().Equal(r.slots[5].Start) {
		t.Errorf("moved to %+v, %v", moved, err)
	}
	// A booking that is repeated after the move changes nothing either.
	r.redis.FlushAll()
	r.Clock.Advance(time.Second)
	if b, err := r.Schedule.Book(ctx, owner, again.ID, false); err != nil || b.Ref != first.Ref || !b.Start().Equal(r.slots[5].Start) {
		t.Errorf("booked %+v, %v", b, err)
	}
	if all, err := r.Schedule.Bookings(ctx, owner); err != nil || len(all) != 1 {
		t.Errorf("listed %+v, %v", all, err)
	}
}

func TestAVisitThatWasNotWrittenDoesNotExist(t *testing.T) {
	r := newFaultRig(t)
	ctx, owner := t.Context(), r.Owner(1)
	h, err := r.Schedule.Hold(ctx, owner, r.slots[0].ID, 1)
	must(t, err)
	r.log.before = errors.New("no connection")
	if _, err := r.Schedule.Book(ctx, owner, h.ID, false); !errors.Is(err, schedule.ErrUnavailable) {
		t.Fatalf("the answer is %v", err)
	}
	if all, err := r.Schedule.Bookings(ctx, owner); err != nil || len(all) != 0 {
		t.Errorf("listed %+v, %v", all, err)
	}
	if _, err := r.Schedule.Book(ctx, owner, h.ID, false); err != nil {
		t.Errorf("the second try: %v", err)
	}
}

func TestWithoutRedisVisitsAreStillKnown(t *testing.T) {
	r := newFaultRig(t)
	ctx, owner := t.Context(), r.Owner(1)
	h, err := r.Schedule.Hold(ctx, owner, r.slots[0].ID, 1)
	must(t, err)
	b, err := r.Schedule.Book(ctx, owner, h.ID, false)
	must(t, err)
	r.redis.Close()
	if _, err := r.Schedule.Hold(ctx, owner, r.slots[1].ID, 1); !errors.Is(err, schedule.ErrUnavailable) {
		t.Errorf("hold: %v", err)
	}
	if all, err := r.Schedule.Bookings(ctx, owner); err != nil || len(all) != 1 {
		t.Errorf("listed %+v, %v", all, err)
	}
	if _, err := r.Schedule.Cancel(ctx, owner, b.Ref); err != nil {
		t.Errorf("cancel: %v", err)
	}
}

func TestAPatientOfAnotherClinicIsRefused(t *testing.T) {
	r := newFaultRig(t)
	owner := r.Owner(1)
	owner.Clinic = "luna"
	if all, err := r.Schedule.Bookings(t.Context(), owner); err == nil {
		t.Errorf("listed %+v", all)
	}
}

func TestADayForgetsTheOldestOfManyCancelledVisits(t *testing.T) {
	r := newFaultRig(t)
	ctx := t.Context()
	stays, err := r.Schedule.Hold(ctx, r.Owner(999), r.slots[1].ID, 1)
	must(t, err)
	_, err = r.Schedule.Book(ctx, r.Owner(999), stays.ID, false)
	must(t, err)
	for i := range 30 {
		h, err := r.Schedule.Hold(ctx, r.Owner(i+1), r.slots[0].ID, 1)
		must(t, err)
		b, err := r.Schedule.Book(ctx, r.Owner(i+1), h.ID, false)
		must(t, err)
		_, err = r.Schedule.Cancel(ctx, r.Owner(i+1), b.Ref)
		must(t, err)
	}
	pages, err := r.log.Last(ctx, "recado.book.sol.day.>")
	must(t, err)
	if len(pages) != 1 || len(pages[0].Data) > 24<<10 {
		t.Errorf("%d pages, the first has %d bytes", len(pages), len(pages[0].Data))
	}
	if all, err := r.Schedule.Bookings(ctx, r.Owner(999)); err != nil || len(all) != 1 {
		t.Errorf("the visit that stands: %+v, %v", all, err)
	}
}

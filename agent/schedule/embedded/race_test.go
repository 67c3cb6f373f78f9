package embedded_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"recado/agent/clinic"
	"recado/agent/schedule"
	"recado/agent/schedule/embedded"
	"recado/agent/schedule/scheduletest"
	"recado/agent/session/redistest"
)

// processes returns books of one clinic as many processes would have them, on
// a real Redis, and its client.
func processes(t *testing.T, count int) ([]*embedded.Book, scheduletest.Rig, *redis.Client) {
	t.Helper()
	// Patient: what is tested is who wins, and not how fast a busy machine is.
	store := redis.NewClient(&redis.Options{Addr: redistest.Start(t).Addr, PoolSize: 64, ContextTimeoutEnabled: true})
	t.Cleanup(func() { store.Close() })
	r := scheduletest.Rig{Profile: scheduletest.NewProfile(t), Clock: scheduletest.NewClock()}
	log := openLog(t)
	var books []*embedded.Book
	for range count {
		books = append(books, embedded.New(embedded.Config{Log: log, Redis: store, Now: r.Clock.Now, Timeout: time.Minute}, r.Profile))
	}
	r.Schedule = books[0]
	return books, r, store
}

func TestOf200PatientsOneGetsTheTimeAndTheOthersHearOfOthers(t *testing.T) {
	const patients = 200
	books, r, _ := processes(t, 3)
	query := schedule.Query{Visit: scheduletest.FollowUp, From: r.Clock.Now().Add(24 * time.Hour)}
	open, err := r.Schedule.Open(t.Context(), query)
	must(t, err)
	wanted := open[0]
	var booked, told atomic.Int64
	var all sync.WaitGroup
	for i := range patients {
		all.Go(func() {
			b := books[i%len(books)]
			h, err := b.Hold(t.Context(), r.Owner(i+1), wanted.ID, 1)
			if err == nil {
				_, err = b.Book(t.Context(), r.Owner(i+1), h.ID, false)
			}
			switch {
			case err == nil:
				booked.Add(1)
			case !errors.Is(err, schedule.ErrTaken):
				t.Errorf("patient %d: %v", i, err)
			default:
				others, err := b.Open(t.Context(), query)
				if err == nil && len(others) == 3 && others[0].ID != wanted.ID {
					told.Add(1)
				}
			}
		})
	}
	all.Wait()
	if booked.Load() != 1 || told.Load() != patients-1 {
		t.Errorf("%d booked the time, %d of %d heard of others", booked.Load(), told.Load(), patients-1)
	}
}

// TestARedisThatIsEmptiedDuringRacesLosesAndDoublesNothing lets patients hold,
// book, move and cancel visits of both lengths on one provider's day while
// Redis is emptied again and again.
func TestARedisThatIsEmptiedDuringRacesLosesAndDoublesNothing(t *testing.T) {
	const patients, turns = 16, 9
	books, r, store := processes(t, 3)
	day := clinic.Date{Year: 2026, Month: time.December, Day: 1}
	query := schedule.Query{From: day.In(r.Profile.Zone), To: day.AddDays(1).In(r.Profile.Zone), Limit: 100}
	var calls, emptied atomic.Int64
	empty := func() {
		r.Clock.Advance(time.Millisecond)
		if calls.Add(1)%17 == 0 {
			emptied.Add(1)
			must(t, store.FlushAll(t.Context()).Err())
		}
	}
	mine := make([]map[string]schedule.Booking, patients) // what each was told, by reference
	var all sync.WaitGroup
	for i := range patients {
		mine[i] = map[string]schedule.Booking{}
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 1))
			for range turns {
				b := books[random.IntN(len(books))]
				q := query
				q.Visit = []string{scheduletest.FollowUp, scheduletest.NewVisit}[random.IntN(2)]
				open, err := b.Open(t.Context(), q)
				if err != nil {
					t.Errorf("open: %v", err)
					return
				}
				var refs []string
				for ref := range mine[i] {
					refs = append(refs, ref)
				}
				slices.Sort(refs)
				empty()
				if len(refs) > 0 && (len(open) == 0 && random.IntN(4) == 0 || random.IntN(8) == 0) {
					ref := refs[random.IntN(len(refs))]
					if _, err := b.Cancel(t.Context(), r.Owner(i+1), ref); err != nil {
						t.Errorf("cancel: %v", err)
					}
					delete(mine[i], ref)
					continue
				}
				if len(open) == 0 {
					continue
				}
				// Early ones are wanted by all.
				h, err := b.Hold(t.Context(), r.Owner(i+1), open[random.IntN(min(len(open), 6))].ID, 1+random.IntN(2))
				empty()
				var got schedule.Booking
				switch {
				case err != nil:
				case len(refs) > 0 && random.IntN(2) == 0:
					got, err = b.Move(t.Context(), r.Owner(i+1), refs[0], h.ID)
				default:
					got, err = b.Book(t.Context(), r.Owner(i+1), h.ID, false)
				}
				switch {
				case err == nil:
					mine[i][got.Ref] = got
				case errors.Is(err, schedule.ErrUnavailable):
					t.Errorf("book: %v", err)
				}
			}
		})
	}
	all.Wait()
	if emptied.Load() < 5 {
		t.Fatalf("Redis was emptied %d times", emptied.Load())
	}
	must(t, store.FlushAll(t.Context()).Err())
	onDay, err := books[0].Day(t.Context(), day)
	must(t, err)
	told := 0
	for i := range patients {
		told += len(mine[i])
		listed, err := books[1].Bookings(t.Context(), r.Owner(i+1))
		must(t, err)
		if len(listed) != len(mine[i]) {
			t.Errorf("patient %d was told of %d visits and has %d", i, len(mine[i]), len(listed))
		}
		for _, b := range listed {
			if was, ok := mine[i][b.Ref]; !ok || !was.Start().Equal(b.Start()) {
				t.Errorf("patient %d was told of another visit than %s", i, b.Ref)
			}
		}
	}
	onDay = slices.DeleteFunc(onDay, func(b schedule.Booking) bool { return b.State == schedule.Cancelled })
	if len(onDay) != told || told < 6 {
		t.Errorf("the day has %d visits, patients were told of %d", len(onDay), told)
	}
	for i, a := range onDay {
		for _, b := range onDay[:i] {
			if a.Slots[0].Provider == b.Slots[0].Provider && a.Start().Before(b.Slots[len(b.Slots)-1].End) && b.Start().Before(a.Slots[len(a.Slots)-1].End) {
				t.Errorf("%s and %s overlap", a.Ref, b.Ref)
			}
		}
	}
	t.Logf("%d visits stand after %d emptyings", told, emptied.Load())
}

func TestAnEmptiedRedisCostsNoVisitAndNoHold(t *testing.T) {
	books, r, store := processes(t, 2)
	query := schedule.Query{Visit: scheduletest.FollowUp, Limit: 8}
	open, err := r.Schedule.Open(t.Context(), query)
	must(t, err)
	hold := func(patient int, slot schedule.Slot) schedule.Hold {
		t.Helper()
		h, err := r.Schedule.Hold(t.Context(), r.Owner(patient), slot.ID, 1)
		must(t, err)
		return h
	}
	booked, err := r.Schedule.Book(t.Context(), r.Owner(1), hold(1, open[0]).ID, false)
	must(t, err)
	kept, lost := hold(2, open[1]), hold(3, open[2])
	must(t, store.FlushAll(t.Context()).Err())
	r.Clock.Advance(time.Second)

	now, err := books[1].Open(t.Context(), query)
	must(t, err)
	if now[0].ID != open[1].ID {
		t.Error("a booked time is open")
	}
	if all, err := books[1].Bookings(t.Context(), r.Owner(1)); err != nil || len(all) != 1 || all[0].Ref != booked.Ref {
		t.Errorf("listed %+v, %v", all, err)
	}
	rival, err := books[1].Hold(t.Context(), r.Owner(4), open[2].ID, 1)
	must(t, err)
	if _, err := books[1].Book(t.Context(), r.Owner(2), kept.ID, false); err != nil {
		t.Errorf("a hold from before is worth nothing: %v", err)
	}
	if _, err := books[1].Book(t.Context(), r.Owner(3), lost.ID, false); !errors.Is(err, schedule.ErrTaken) {
		t.Errorf("a hold goes before one that was given since: %v", err)
	}
	_, err = books[1].Book(t.Context(), r.Owner(4), rival.ID, false)
	must(t, err)
	// What was given back since is not taken up again.
	back := hold(5, open[3])
	must(t, r.Schedule.Release(t.Context(), r.Owner(5)))
	if _, err := r.Schedule.Book(t.Context(), r.Owner(5), back.ID, false); !errors.Is(err, schedule.ErrNotFound) {
		t.Errorf("a hold that was given back: %v", err)
	}
}

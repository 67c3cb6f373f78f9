package remind_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/bus/embedded"
	"recado/agent/clinic"
	"recado/agent/language"
	"recado/agent/schedule"
	embeddedbook "recado/agent/schedule/embedded"
	"recado/agent/schedule/remind"
	"recado/agent/schedule/scheduletest"
	"recado/agent/session"
	"recado/locales"
)

// memoryDir is a folder in memory where there is one: a batch is many files.
func memoryDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "recado-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAReminderComesTheDayBeforeAtTen(t *testing.T) {
	zone, err := time.LoadLocation("America/Chicago")
	must(t, err)
	at := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, zone)
	}
	for name, test := range map[string]struct {
		start, now, want time.Time // a zero want: none
	}{
		"a week ahead":                {at(12, 1, 14, 0), at(11, 24, 9, 0), at(11, 30, 10, 0)},
		"early in the morning":        {at(12, 1, 0, 10), at(11, 24, 9, 0), at(11, 30, 10, 0)},
		"late at night":               {at(12, 1, 23, 40), at(11, 24, 9, 0), at(11, 30, 10, 0)},
		"just long enough ago":        {at(12, 1, 14, 0), at(11, 29, 22, 0), at(11, 30, 10, 0)},
		"booked the night before":     {at(12, 1, 14, 0), at(11, 29, 22, 1), time.Time{}},
		"booked on the day before":    {at(12, 1, 14, 0), at(11, 30, 12, 0), time.Time{}},
		"booked on the same day":      {at(12, 1, 14, 0), at(12, 1, 8, 0), time.Time{}},
		"the day the clocks go ahead": {at(3, 9, 8, 0), at(3, 1, 8, 0), at(3, 8, 10, 0)},
		"the day the clocks go back":  {at(11, 2, 8, 0), at(10, 20, 8, 0), at(11, 1, 10, 0)},
		"New Year":                    {at(1, 1, 8, 0), at(1, 1, 8, 0).AddDate(0, 0, -9), at(1, 1, 10, 0).AddDate(0, 0, -1)},
	} {
		got, ok := remind.Moment(test.start.UTC(), test.now.UTC(), zone)
		if ok == test.want.IsZero() || ok && !got.Equal(test.want) {
			t.Errorf("%s: %s, %v, want %s", name, got.In(zone), ok, test.want)
		}
	}
}

// rig is reminders beside a real book, on a server in process. Its clock is
// years behind, so that the server delivers at once whatever is set.
type rig struct {
	*testing.T
	js       jetstream.JetStream
	p        *clinic.Profile
	clock    *scheduletest.Clock
	book     *embeddedbook.Book
	broken   error // of the next look into the book
	reminder *remind.Reminder
}

func (r *rig) Profile(string) (*clinic.Profile, error) { return r.p, nil }

// Book is the book; it implements schedule.Books.
func (r *rig) Book(*clinic.Profile) (schedule.Schedule, error) {
	err := r.broken
	r.broken = nil
	return r.book, err
}

func newRig(t *testing.T) *rig {
	t.Helper()
	server, err := embedded.Start(embedded.Config{Dir: memoryDir(t), NoSync: true})
	must(t, err)
	t.Cleanup(server.Stop)
	nc, err := server.Connect(bus.RoleWorker)
	must(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	must(t, err)
	_, err = bus.Provision(t.Context(), js, bus.Layout{})
	must(t, err)
	catalogue, err := locales.Default()
	must(t, err)
	log, err := bus.OpenBookLog(t.Context(), nc)
	must(t, err)
	store := redis.NewClient(session.Options(miniredis.RunT(t).Addr()))
	t.Cleanup(func() { store.Close() })
	r := &rig{T: t, js: js, p: scheduletest.NewProfile(t), clock: scheduletest.NewClock()}
	r.set(time.Date(2020, 11, 23, 9, 0, 0, 0, r.p.Zone))
	r.p.Booking.Reminders = true
	r.book = embeddedbook.New(embeddedbook.Config{Log: log, Redis: store, Now: r.clock.Now}, r.p)
	r.reminder, err = remind.Open(t.Context(), remind.Config{JetStream: js, Books: r, Profiles: r, Catalogue: catalogue, Now: r.clock.Now})
	must(t, err)
	return r
}

func (r *rig) set(at time.Time) { r.clock.Advance(at.Sub(r.clock.Now())) }

func patient(n int) agent.Conversation {
	return agent.Conversation{Clinic: "sol", Channel: agent.SMS, ID: fmt.Sprintf("patient%04d", n)}
}

func owner(n int) schedule.Owner {
	return schedule.Owner{Clinic: "sol", Channel: "sms", Conversation: patient(n).ID}
}

// hold holds the first time from an hour of a day of December 2020 on.
func (r *rig) hold(n, day, hour int) string {
	r.Helper()
	open, err := r.book.Open(r.Context(), schedule.Query{Visit: scheduletest.FollowUp, Provider: "Dr. Ana Sol", From: time.Date(2020, 12, day, hour, 0, 0, 0, r.p.Zone)})
	must(r, err)
	h, err := r.book.Hold(r.Context(), owner(n), open[0].ID, 1)
	must(r, err)
	return h.ID
}

func (r *rig) visit(n, day, hour int) schedule.Booking {
	r.Helper()
	b, err := r.book.Book(r.Context(), owner(n), r.hold(n, day, hour), false)
	must(r, err)
	return b
}

func (r *rig) plan(n int, lang language.Language) {
	r.Helper()
	must(r, r.reminder.Plan(r.Context(), patient(n), lang, "sealed"))
}

// due waits until the server has delivered n reminders.
func (r *rig) due(n int) {
	r.Helper()
	stream, err := r.js.Stream(r.Context(), bus.StreamRemind)
	must(r, err)
	for until := time.Now().Add(20 * time.Second); ; {
		info, err := stream.Info(r.Context(), jetstream.WithSubjectFilter("recado.remind.due.>"))
		must(r, err)
		if len(info.State.Subjects) == n {
			return
		}
		if time.Now().After(until) {
			r.Fatalf("%d of %d reminders are due: %v", len(info.State.Subjects), n, info.State.Subjects)
		}
		runtime.Gosched()
	}
}

// sent runs the reminders until n of them are sent, and returns those.
func (r *rig) sent(n int) []bus.Outbound {
	r.Helper()
	ctx, cancel := context.WithCancel(r.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.reminder.Run(ctx) }()
	defer func() {
		cancel()
		must(r, <-ended)
	}()
	consumer, err := r.js.OrderedConsumer(r.Context(), bus.StreamTurn, jetstream.OrderedConsumerConfig{FilterSubjects: []string{"recado.out.>"}})
	must(r, err)
	var all []bus.Outbound
	for range n {
		msg, err := consumer.Next(jetstream.FetchMaxWait(20 * time.Second))
		must(r, err)
		var out bus.Outbound
		must(r, json.Unmarshal(msg.Data(), &out))
		if msg.Subject() != bus.OutSubject(agent.Conversation{Clinic: out.Clinic, Channel: out.Channel, ID: out.Conversation}) {
			r.Errorf("it is sent to %s", msg.Subject())
		}
		all = append(all, out)
	}
	return all
}

func TestPatientsAreRemindedInTheirLanguage(t *testing.T) {
	r := newRig(t)
	r.visit(1, 1, 14)
	r.visit(2, 1, 15)
	r.plan(1, language.English)
	r.plan(2, language.Spanish)
	r.due(2)
	r.set(time.Date(2020, 11, 30, 10, 0, 0, 0, r.p.Zone))
	texts := map[string]bus.Outbound{}
	for _, out := range r.sent(2) {
		texts[out.Conversation] = out
	}
	en, es := texts[patient(1).ID], texts[patient(2).ID]
	if want := "You have a visit on Tuesday, December 1 at 2:00 PM at Main. Write YES to confirm, or tell us if you need another time or cannot come."; en.Text != want {
		t.Errorf("in English: %s", en.Text)
	}
	if want := "Le recordamos que su cita es el martes 1 de diciembre a las 3 de la tarde en Main. Escriba SÍ para confirmarla, o díganos si necesita otro horario o no puede venir."; es.Text != want {
		t.Errorf("in Spanish: %s", es.Text)
	}
	if en.ReplyTo != "sealed" || en.Keys[0] != "booking.reminder" || en.Language != language.English || es.Language != language.Spanish ||
		en.Facts["place"] != "Main" || en.Facts["day"] != "Tuesday, December 1" || en.Facts["time"] != "2:00 PM" || en.By != "" || en.ID == es.ID {
		t.Errorf("sent %+v", en)
	}
	for _, bad := range []string{"Ana", "follow", "Sol"} {
		if strings.Contains(en.Text, bad) {
			t.Errorf("the text says %q", bad)
		}
	}
}

func TestWhatIsNotRightAnyMoreIsNotSent(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	cancelled, confirmed, moved := r.visit(1, 1, 8), r.visit(2, 1, 9), r.visit(3, 1, 10)
	r.visit(4, 1, 14)
	early := r.visit(5, 1, 15)
	for n := 1; n <= 5; n++ {
		r.plan(n, language.English)
	}
	r.due(5)
	_, err := r.book.Confirm(ctx, owner(5), early.Ref) // a week before: it may be forgotten
	must(t, err)
	_, err = r.book.Cancel(ctx, owner(1), cancelled.Ref)
	must(t, err)
	_, err = r.book.Move(ctx, owner(3), moved.Ref, r.hold(3, 3, 10))
	must(t, err)
	r.set(time.Date(2020, 11, 30, 7, 0, 0, 0, r.p.Zone))
	_, err = r.book.Confirm(ctx, owner(2), confirmed.Ref)
	must(t, err)
	r.set(time.Date(2020, 11, 30, 10, 0, 0, 0, r.p.Zone))
	// They are due in order: once the last is sent, the others were dropped.
	if all := r.sent(2); all[0].Conversation != patient(4).ID || all[1].Conversation != patient(5).ID {
		t.Errorf("%s and %s were reminded", all[0].Conversation, all[1].Conversation)
	}
	// The visit that was moved is reminded of before its new day.
	r.plan(3, language.English)
	r.due(5)
	r.set(time.Date(2020, 12, 2, 10, 0, 0, 0, r.p.Zone))
	if all := r.sent(3); !strings.Contains(all[2].Text, "Thursday, December 3") {
		t.Errorf("sent %s", all[2].Text)
	}
}

func TestAReminderOfAMovedVisitReplacesTheFirst(t *testing.T) {
	r := newRig(t)
	// By the server's clock this is far ahead, so it waits.
	r.set(time.Now().AddDate(1, 0, 0))
	open, err := r.book.Open(t.Context(), schedule.Query{Visit: scheduletest.FollowUp, From: r.clock.Now().Add(20 * 24 * time.Hour)})
	must(t, err)
	h, err := r.book.Hold(t.Context(), owner(1), open[0].ID, 1)
	must(t, err)
	_, err = r.book.Book(t.Context(), owner(1), h.ID, false)
	must(t, err)
	for range 3 {
		r.plan(1, language.English)
	}
	stream, err := r.js.Stream(t.Context(), bus.StreamRemind)
	must(t, err)
	if n := stream.CachedInfo().State.Msgs; n != 1 {
		t.Errorf("%d reminders of one visit", n)
	}
}

func TestNobodyIsRemindedWhoShouldNotBe(t *testing.T) {
	r := newRig(t)
	r.visit(1, 1, 14)
	r.p.Booking.Reminders = false
	r.plan(1, language.English)
	r.p.Booking.Reminders = true
	must(t, r.reminder.Plan(t.Context(), patient(1), language.English, "")) // nobody knows where to
	r.set(time.Date(2020, 11, 30, 8, 0, 0, 0, r.p.Zone))
	r.plan(1, language.English) // booked too near by now
	stream, err := r.js.Stream(t.Context(), bus.StreamRemind)
	must(t, err)
	if n := stream.CachedInfo().State.Msgs; n != 0 {
		t.Errorf("%d reminders are set", n)
	}
	r.broken = errors.New("no book")
	if err := r.reminder.Plan(t.Context(), patient(1), language.English, "sealed"); err == nil {
		t.Error("a book that does not open is no error")
	}
}

func TestALateReminderWaitsForTheMorningOrIsDropped(t *testing.T) {
	r := newRig(t)
	r.visit(1, 1, 9)
	r.visit(2, 2, 14)
	r.plan(1, language.English)
	r.plan(2, language.English)
	r.due(2)
	// The second one's evening: the first visit is over, the second one's
	// reminder waits.
	r.set(time.Date(2020, 12, 1, 21, 0, 0, 0, r.p.Zone))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.reminder.Run(ctx) }()
	consumer, err := r.js.Consumer(t.Context(), bus.StreamRemind, bus.ConsumerRemind)
	must(t, err)
	for until := time.Now().Add(20 * time.Second); ; runtime.Gosched() {
		info, err := consumer.Info(t.Context())
		must(t, err)
		if info.NumPending == 0 && info.NumAckPending == 1 {
			break // one is settled, one waits
		}
		if time.Now().After(until) {
			t.Fatalf("%d pending, %d held", info.NumPending, info.NumAckPending)
		}
	}
	cancel()
	must(t, <-ended)
	stream, err := r.js.Stream(t.Context(), bus.StreamTurn)
	must(t, err)
	if n := stream.CachedInfo().State.Msgs; n != 0 {
		t.Errorf("%d were sent at night", n)
	}
}

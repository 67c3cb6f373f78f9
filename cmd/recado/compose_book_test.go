package main

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/clinic"
	"recado/agent/language"
	"recado/agent/schedule"
	"recado/agent/schedule/embedded"
	"recado/agent/schedule/scheduletest"
)

// oneProfile is the profile of every clinic.
type oneProfile struct{ p *clinic.Profile }

func (o oneProfile) Profile(string) (*clinic.Profile, error) { return o.p, nil }

func TestTheComposeFilesWorkersBookAndItsConsoleReads(t *testing.T) {
	env := composeEnv(t)
	url := startComposeNATS(t, env)
	admin, err := openJetStream(as(t, url, "admin", bus.RoleProvision, env))
	must(t, err)
	_, err = bus.Provision(t.Context(), admin, bus.Layout{})
	must(t, err)
	refused := make(chan error, 16)
	open := func(user string, role bus.Role) (*nats.Conn, *bus.BookLog) {
		t.Helper()
		nc := as(t, url, user, role, env)
		nc.SetErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err })
		log, err := bus.OpenBookLog(t.Context(), nc)
		must(t, err)
		return nc, log
	}
	workerConn, worker := open("worker", bus.RoleWorker)
	_, console := open("console", bus.RoleConsole)

	r := scheduletest.Rig{Profile: scheduletest.NewProfile(t), Clock: scheduletest.NewClock()}
	book := embedded.New(embedded.Config{Log: worker, Redis: startComposeRedis(t)["worker"], Now: r.Clock.Now}, r.Profile)
	ctx, owner := t.Context(), r.Owner(1)
	slots, err := book.Open(ctx, schedule.Query{Visit: scheduletest.FollowUp, From: r.Clock.Now().Add(72 * time.Hour)})
	must(t, err)
	h, err := book.Hold(ctx, owner, slots[0].ID, 1)
	must(t, err)
	b, err := book.Book(ctx, owner, h.ID, false)
	must(t, err)
	h, err = book.Hold(ctx, owner, slots[1].ID, 1)
	must(t, err)
	_, err = book.Move(ctx, owner, b.Ref, h.ID)
	must(t, err)
	r.Profile.Booking.Reminders = true
	shelf := schedule.NewShelf(schedule.Kinds{clinic.BookEmbedded: func(*clinic.Profile) (schedule.Schedule, error) { return book, nil }})
	reminders, err := openReminders(ctx, workerConn, shelf, oneProfile{r.Profile}, r.Clock.Now, zap.NewNop())
	must(t, err)
	must(t, reminders.Plan(ctx, agent.Conversation{Clinic: owner.Clinic, Channel: agent.WhatsApp, ID: owner.Conversation}, language.English, "sealed"))
	workerJS, err := openJetStream(workerConn)
	must(t, err)
	due, err := workerJS.Consumer(ctx, bus.StreamRemind, bus.ConsumerRemind)
	must(t, err)
	batch, err := due.FetchNoWait(1)
	must(t, err)
	for range batch.Messages() {
		t.Error("a reminder is due days before")
	}
	must(t, batch.Error())
	_, err = book.Confirm(ctx, owner, b.Ref)
	must(t, err)

	view := embedded.New(embedded.Config{Log: console, Now: r.Clock.Now}, r.Profile)
	day, err := view.Day(ctx, clinic.DateOf(slots[1].Start.In(r.Profile.Zone)))
	if err != nil || len(day) != 1 || day[0].Ref != b.Ref || day[0].State != schedule.Confirmed {
		t.Errorf("the console sees %+v, %v", day, err)
	}
	select {
	case err := <-refused:
		t.Errorf("NATS refused: %v", err)
	default:
	}

	short, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	if err := console.Write(short, bus.Page{Subject: "recado.book.sol.day.2026-12-01.x", Data: []byte("{}")}); err == nil {
		t.Error("the console can book")
	}
	gateway := as(t, url, "gateway", bus.RoleGateway, env)
	gateway.SetErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}) // refused, as it should be
	short, cancel = context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	if _, err := bus.OpenBookLog(short, gateway); err == nil {
		t.Error("the gateway can look at the log of bookings")
	}
}

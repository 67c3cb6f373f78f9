package bus_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/bus"
	"recado/agent/bus/embedded"
)

func openBookLog(t *testing.T) *bus.BookLog {
	t.Helper()
	server, err := embedded.Start(embedded.Config{Dir: memoryDir(t), NoSync: true})
	must(t, err)
	t.Cleanup(server.Stop)
	nc, err := server.Connect(bus.RoleWorker)
	must(t, err)
	t.Cleanup(nc.Close)
	if _, err := bus.OpenBookLog(t.Context(), nc); err == nil {
		t.Error("a log that nobody provisioned opens")
	}
	js, err := jetstream.New(nc)
	must(t, err)
	_, err = bus.Provision(t.Context(), js, bus.Layout{})
	must(t, err)
	log, err := bus.OpenBookLog(t.Context(), nc)
	must(t, err)
	return log
}

func TestPagesOfBookingsAreWrittenAllOrNone(t *testing.T) {
	log, ctx := openBookLog(t), t.Context()
	monday, tuesday := bus.BookDaySubject("sol", "2026-11-30", "a"), bus.BookDaySubject("sol", "2026-12-01", "a")
	page := func(subject string, seq uint64, text string) bus.Page {
		return bus.Page{Subject: subject, Seq: seq, Data: []byte(text)}
	}
	must(t, log.Write(ctx, page(monday, 0, "monday 1")))
	for name, pages := range map[string][]bus.Page{
		"the first": {page(monday, 0, "bad"), page(tuesday, 0, "bad")},
		"the last":  {page(tuesday, 0, "bad"), page(monday, 0, "bad")},
		"alone":     {page(monday, 0, "bad")},
		"in three":  {page(tuesday, 0, "bad"), page(monday, 0, "bad"), page(bus.BookDaySubject("sol", "2026-12-02", "a"), 0, "bad")},
	} {
		if err := log.Write(ctx, pages...); !errors.Is(err, bus.ErrConflict) {
			t.Errorf("%s is out of date: %v", name, err)
		}
	}
	read := func(filters ...string) map[string]bus.Page {
		t.Helper()
		all := map[string]bus.Page{}
		pages, err := log.Last(ctx, filters...)
		must(t, err)
		for _, p := range pages {
			all[p.Subject] = p
		}
		return all
	}
	all := read(bus.BookDaySubject("sol", "2026-11-30", "*"), bus.BookDaySubject("sol", "2026-12-01", "*"))
	if len(all) != 1 || string(all[monday].Data) != "monday 1" {
		t.Fatalf("after refusals there is %v", all)
	}
	must(t, log.Write(ctx, page(tuesday, 0, "tuesday 1"), page(monday, all[monday].Seq, "monday 2")))
	all = read(tuesday, monday)
	if len(all) != 2 || string(all[monday].Data) != "monday 2" || string(all[tuesday].Data) != "tuesday 1" {
		t.Errorf("there is %v", all)
	}
	if p, err := log.Latest(ctx, monday); err != nil || string(p.Data) != "monday 2" || p.Seq != all[monday].Seq {
		t.Errorf("the leader has %+v, %v", p, err)
	}
	if p, err := log.Latest(ctx, bus.BookDaySubject("luna", "2026-11-30", "a")); err != nil || p.Seq != 0 {
		t.Errorf("the leader has %+v, %v", p, err)
	}
	if none := read(bus.BookDaySubject("luna", "*", "*")); len(none) != 0 {
		t.Errorf("another clinic has %v", none)
	}
	if err := log.Write(ctx); err == nil {
		t.Error("nothing is written")
	}
}

func TestOfManyWhoWriteADayOneIsFirst(t *testing.T) {
	log := openBookLog(t)
	day := bus.BookDaySubject("sol", "2026-12-01", "a")
	var first atomic.Int64
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			own := bus.BookDaySubject("sol", "2026-12-02", fmt.Sprint(i))
			err := log.Write(t.Context(), bus.Page{Subject: own, Data: []byte("x")}, bus.Page{Subject: day, Data: []byte("x")})
			switch {
			case err == nil:
				first.Add(1)
			case !errors.Is(err, bus.ErrConflict):
				t.Errorf("%v", err)
			}
		})
	}
	all.Wait()
	pages, err := log.Last(t.Context(), "recado.book.sol.day.>")
	must(t, err)
	if first.Load() != 1 || len(pages) != 2 {
		t.Errorf("%d were first, %d pages stand", first.Load(), len(pages))
	}
}

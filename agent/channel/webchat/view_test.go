package webchat

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/channel"
)

type owners func() (string, error)

func (f owners) Owner(context.Context, agent.Conversation) (string, error) { return f() }

func (l *listener) withheld(seq uint64) {
	l.t.Helper()
	if kind, data, id := l.event(); kind != "withheld" || data != "{}" || id != fmt.Sprint(seq) {
		l.t.Fatalf("event %s %s is %s, want reply %d withheld", id, kind, data, seq)
	}
}

func TestAStopIsHonouredOnThePageToo(t *testing.T) {
	r := newRoom(t, func(c *Config) {
		c.Undelivered = func(context.Context, channel.Notice) error {
			t.Error("staff are told of a reply that the patient did not want")
			return nil
		}
	})
	c := r.browser(t)
	r.say(t, c, 1, "STOP")
	e, _ := r.lastEvent(t)
	l := r.listen(t, c, 0, "")
	r.reply(t, e.Of(), "t1", "before the stop")
	if got, _ := l.next(); got.ID != "t1" {
		t.Fatalf("got %s", got.ID)
	}
	if err := r.Bus.SetConsent(t.Context(), e.Of(), agent.ConsentStop, 1, time.Now()); err != nil {
		t.Fatal(err)
	}
	l.withheld(r.reply(t, e.Of(), "t2", "decided before the stop"))
	r.reply(t, e.Of(), "e3", "911")
	if got, _ := l.next(); got.ID != "e3" || !got.Emergency {
		t.Errorf("got %+v, want the emergency text", got)
	}
}

func TestThePageIsSilentWhileStaffHoldTheConversation(t *testing.T) {
	told := make(chan channel.Notice, 10)
	r := newRoom(t, func(c *Config) {
		c.Owners = owners(func() (string, error) { return "nurse", nil })
		c.Undelivered = func(_ context.Context, n channel.Notice) error { told <- n; return nil }
	})
	c := r.browser(t)
	r.say(t, c, 1, "hola")
	e, _ := r.lastEvent(t)
	l := r.listen(t, c, 0, "")
	seq := r.reply(t, e.Of(), "t1", "uno")
	l.withheld(seq)
	if len(told) != 1 { // told before the page learns of it
		t.Fatalf("%d notices, want 1", len(told))
	}
	if n := <-told; n.Reply != "t1" || n.Seq != seq || n.Conversation != e.Of() || n.Reason != string(channel.StaffHold) || !strings.Contains(string(n.Data), "uno") {
		t.Errorf("notice is %+v", n)
	}
	r.reply(t, e.Of(), "e2", "911")
	if got, _ := l.next(); got.ID != "e2" {
		t.Errorf("got %s", got.ID)
	}
}

// A reply that cannot be checked is neither shown nor lost, and emergency
// texts behind it do not wait for it.
func TestAReplyThatCannotBeCheckedWaitsAlone(t *testing.T) {
	down := errors.New("down")
	var failing, untold atomic.Bool
	for name, test := range map[string]struct {
		fault *atomic.Bool
		want  string
	}{"look-up": {&failing, "reply"}, "notice": {&untold, "withheld"}} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, func(c *Config) {
				c.Owners = owners(func() (string, error) {
					if failing.Load() {
						return "", down
					}
					if test.want == "withheld" {
						return "nurse", nil
					}
					return "", nil
				})
				c.Undelivered = func(context.Context, channel.Notice) error {
					if untold.Load() {
						return down
					}
					return nil
				}
			})
			test.fault.Store(true)
			c := r.browser(t)
			r.say(t, c, 1, "hola")
			e, _ := r.lastEvent(t)
			l := r.listen(t, c, 0, "")
			r.reply(t, e.Of(), "t1", "uno")
			r.reply(t, e.Of(), "t2", "dos")
			r.reply(t, e.Of(), "e3", "911")
			if got, id := l.next(); got.ID != "e3" || id != "" {
				t.Fatalf("got %s with id %q, want the emergency text without one", got.ID, id)
			}
			for l.scan.Scan() { // the page has to come back
			}
			if err := l.scan.Err(); err != nil {
				t.Fatal(err)
			}
			test.fault.Store(false)
			l = r.listen(t, c, 0, "")
			for range 2 {
				if kind, _, id := l.event(); kind != test.want || id == "" {
					t.Fatalf("got %s, want %s", kind, test.want)
				}
			}
			if got, id := l.next(); got.ID != "e3" || id == "" {
				t.Errorf("got %s with id %q", got.ID, id)
			}
		})
	}
}

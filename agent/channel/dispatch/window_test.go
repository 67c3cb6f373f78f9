package dispatch

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/channel/channeltest"
	"recado/agent/channel/whatsapp/graphtest"
)

// reminders has a template for one text.
type reminders struct{ key string }

func (r reminders) Template(out bus.Outbound) (channel.Template, bool) {
	if !slices.Contains(out.Keys, r.key) {
		return channel.Template{}, false
	}
	return channel.Template{Name: "visit_reminder", Language: "es_MX", Parameters: []string{"Clínica Sol", out.Facts["when"]}}, true
}

// addressed gives a reply the address of a message that was written at a time.
func (p *post) addressed(t *testing.T, wrote time.Time, phone string) func(*bus.Outbound) {
	return func(o *bus.Outbound) {
		c := agent.Conversation{Clinic: o.Clinic, Channel: o.Channel, ID: o.Conversation}
		sealed, err := channel.Address{Account: "106540352242922", Phone: phone, Wrote: wrote}.Seal(p.box, c)
		if err != nil {
			t.Fatal(err)
		}
		o.ReplyTo = sealed
	}
}

func withKey(key string) func(*bus.Outbound) {
	return func(o *bus.Outbound) {
		o.Keys, o.Facts = []string{key}, map[string]string{"when": "mañana a las 2:00 p. m."}
	}
}

// windowed is a gateway on a channel that holds to its window.
func (p *post) windowed(t *testing.T) (Config, channel.Windows) {
	t.Helper()
	p.graph.Limit(graphtest.Limits{Window: true})
	cfg := p.config(t)
	cfg.Windows = channel.NewWindows(p.Bucket(t, bus.BucketSeen))
	cfg.Templates = reminders{"booking.reminder"}
	return cfg, cfg.Windows
}

func TestOutsideTheWindowOnlyATemplateGoesOut(t *testing.T) {
	p := newPost(t)
	cfg, windows := p.windowed(t)
	now := time.Now()
	const phone = "16505550001"
	p.graph.Wrote(phone, now.Add(-25*time.Hour))
	if err := windows.Wrote(t.Context(), conversation(1), now.Add(-25*time.Hour)); err != nil {
		t.Fatal(err)
	}
	late := p.addressed(t, now.Add(-30*time.Hour), phone)
	p.publish(t, 1, "free", late)
	p.publish(t, 1, "reminder", late, withKey("booking.reminder"))
	run(t, cfg)
	if got := p.sent(t, 1); !slices.Equal(got, []string{"reminder"}) {
		t.Fatalf("sent: %v", got)
	}
	c := p.graph.Sent()[0]
	if c.Kind != "template" || c.Template != "visit_reminder" || c.TemplateLanguage != "es_MX" ||
		!slices.Equal(c.Parameters, []string{"Clínica Sol", "mañana a las 2:00 p. m."}) {
		t.Errorf("sent as %+v", c)
	}
	r := p.awaitState(t, "free", channel.Failed)
	n := <-p.told
	if r.Code != 131047 || n.Reply != "free" || n.Code != 131047 || r.Attempts != 0 {
		t.Errorf("record %+v, notice %+v", r, n)
	}
	if calls := p.graph.Calls(); len(calls) != 1 {
		t.Errorf("%d calls were made: what cannot be delivered is not tried", len(calls))
	}
}

func TestInsideTheWindowTheTextGoesOutAsItIs(t *testing.T) {
	p := newPost(t)
	cfg, windows := p.windowed(t)
	now := time.Now()
	for n, phone := range map[int]string{1: "16505550001", 2: "16505550002", 3: "16505550003"} {
		p.graph.Wrote(phone, now)
		wrote := now // 1: the reply is to a message of today
		switch n {
		case 2: // the reply is to an old message, and the patient wrote since
			wrote = now.Add(-72 * time.Hour)
			if err := windows.Wrote(t.Context(), conversation(n), now.Add(-time.Hour)); err != nil {
				t.Fatal(err)
			}
		case 3: // nothing is known: the channel decides
			wrote = time.Time{}
		}
		p.publish(t, n, "sr"+phone, p.addressed(t, wrote, phone), withKey("booking.reminder"))
	}
	run(t, cfg)
	p.sent(t, 3)
	for _, c := range p.graph.Sent() {
		if c.Kind != "text" {
			t.Errorf("%s went as %s", c.Callback, c.Kind)
		}
	}
}

func TestAWindowThatOnlyTheChannelKnowsToBeClosedIsHandledTheSame(t *testing.T) {
	p := newPost(t)
	cfg, _ := p.windowed(t) // nobody wrote, and no record says so
	p.publish(t, 1, "reminder", withKey("booking.reminder"))
	p.publish(t, 2, "free")
	p.publish(t, 3, "danger", emergency)
	run(t, cfg)
	if got := p.sent(t, 1); !slices.Equal(got, []string{"reminder"}) || p.graph.Sent()[0].Kind != "template" {
		t.Errorf("sent: %v", got)
	}
	for range 2 {
		n := <-p.told
		if n.Code != 131047 || n.Reply != "free" && n.Reply != "danger" {
			t.Errorf("staff are told of %+v", n)
		}
	}
	for _, id := range []string{"free", "danger"} {
		if r := p.awaitState(t, id, channel.Failed); r.Attempts != 1 {
			t.Errorf("%s was tried %d times", id, r.Attempts)
		}
	}
}

func TestAnEmergencyIsTriedEvenWhereTheWindowSeemsClosed(t *testing.T) {
	p := newPost(t)
	cfg, _ := p.windowed(t)
	const phone = "16505550001"
	p.graph.Wrote(phone, time.Now()) // what Recado does not know
	p.publish(t, 1, "danger", p.addressed(t, time.Now().Add(-25*time.Hour), phone), emergency)
	run(t, cfg)
	if got := p.sent(t, 1); !slices.Equal(got, []string{"danger"}) {
		t.Errorf("sent: %v", got)
	}
}

// unsureWindows fails until it is told otherwise.
type unsureWindows struct {
	channel.Windows
	err error
}

func (w *unsureWindows) LastWrote(context.Context, agent.Conversation) (time.Time, error) {
	if err := w.err; err != nil {
		w.err = nil
		return time.Time{}, err
	}
	return time.Now(), nil
}

func TestAReplyWaitsWhileItIsNotKnownWhenThePatientWrote(t *testing.T) {
	p := newPost(t)
	cfg, _ := p.windowed(t)
	cfg.Windows = &unsureWindows{err: errors.New("NATS is down")}
	const phone = "16505550001"
	p.graph.Wrote(phone, time.Now())
	p.publish(t, 1, "r", p.addressed(t, time.Now().Add(-40*time.Hour), phone))
	run(t, cfg)
	if _, err := p.graph.WaitSent(channeltest.Context(t), 1); err != nil {
		t.Fatal(err)
	}
	if len(p.notices) != 0 {
		t.Errorf("staff are told: %+v", p.notices)
	}
}

func TestAnAnswerThatTheChannelGaveItselfIsNotGivenTwice(t *testing.T) {
	p := newPost(t)
	cfg := p.config(t)
	confirmed := func(o *bus.Outbound) {
		c := agent.Conversation{Clinic: o.Clinic, Channel: o.Channel, ID: o.Conversation}
		sealed, err := channel.Address{Account: "106540352242922", Phone: "16505550001", Confirmed: true}.Seal(p.box, c)
		if err != nil {
			t.Fatal(err)
		}
		o.ReplyTo = sealed
	}
	for _, key := range []string{"consent.stopped", "consent.started", "consent.help"} {
		p.publish(t, 1, "k"+key[8:], confirmed, withKey(key), func(o *bus.Outbound) { o.Disposition = agent.Consent })
	}
	p.publish(t, 1, "answer", confirmed, func(o *bus.Outbound) { o.Keys = []string{"consent.help", "hours.now_open"} })
	run(t, cfg)
	if got := p.sent(t, 1); !slices.Equal(got, []string{"answer"}) {
		t.Errorf("sent: %v", got)
	}
	for _, id := range []string{"kstopped", "kstarted", "khelp"} {
		p.awaitState(t, id, channel.Withheld)
	}
	if len(p.notices) != 0 {
		t.Errorf("staff are told: %+v", p.notices)
	}
}

package deadletter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/bus/embedded"
	"recado/agent/clinic"
	"recado/agent/deadletter"
	"recado/agent/session"
	"recado/agent/vault"
	"recado/agent/worker"
)

const canary = "kanarienvogel"

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// rig is a real NATS server, keys, and a worker whose decider can be broken.
type rig struct {
	js     jetstream.JetStream
	sealer *vault.Sealer
	opener *vault.Opener
	box    *deadletter.Box
	broken atomic.Bool
	asked  atomic.Int64
}

func setup(t *testing.T) *rig {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "recado-dead-")
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	server, err := embedded.Start(embedded.Config{Dir: dir, NoSync: true})
	must(t, err)
	t.Cleanup(server.Stop)
	nc, err := server.Connect(bus.RoleConsole)
	must(t, err)
	t.Cleanup(nc.Close)
	r := &rig{}
	r.js, err = jetstream.New(nc)
	must(t, err)
	_, err = bus.Provision(t.Context(), r.js, bus.Layout{AckWait: time.Second})
	must(t, err)
	private, err := vault.NewPrivateKey()
	must(t, err)
	signing, err := vault.NewSigningKey()
	must(t, err)
	r.sealer, err = vault.NewSealer(private.Public(), signing)
	must(t, err)
	r.opener, err = vault.NewOpener([]vault.PrivateKey{private}, []vault.VerifyKey{signing.Public()})
	must(t, err)
	r.box, err = deadletter.Open(t.Context(), r.js)
	must(t, err)
	b, err := bus.Open(t.Context(), nc)
	must(t, err)
	client := redis.NewClient(session.Options(miniredis.RunT(t).Addr()))
	t.Cleanup(func() { client.Close() })
	sealed, err := vault.ParseBox(vault.NewBoxKey())
	must(t, err)
	w, err := worker.New(worker.Config{
		Bus: b, Store: session.NewRedis(client, sealed, 0), Decider: r, Profiles: profiles{}, Sealers: profiles{}, Operator: r.sealer,
		Slots: 4, RetryMin: time.Millisecond, RetryMax: 10 * time.Millisecond,
	})
	must(t, err)
	must(t, w.Start(t.Context()))
	t.Cleanup(func() { _ = w.Stop(context.Background()) })
	return r
}

// theClinic is the one that profiles knows, read once.
var theClinic = sync.OnceValue(clinic.Sample)

type profiles struct{}

func (profiles) Profile(id string) (*clinic.Profile, error) {
	if id != theClinic().ID {
		return nil, worker.ErrUnknownClinic
	}
	return theClinic(), nil
}

func (profiles) Sealer(string) (*vault.Sealer, bool) { return nil, false }

func (r *rig) Decide(_ context.Context, t agent.Turn) (agent.Decision, error) {
	r.asked.Add(1)
	if r.broken.Load() {
		return agent.Decision{}, errors.New("out of order")
	}
	return said(t, "en.answered"), nil
}

func (r *rig) EmergencyOnReceipt(agent.Event, *clinic.Profile, time.Time) (agent.Decision, bool) {
	return agent.Decision{}, false
}

func (r *rig) Fallback(t agent.Turn) agent.Decision { return said(t, "fallback") }

func said(t agent.Turn, key string) agent.Decision {
	d := agent.Decision{V: agent.Version, Disposition: agent.Answer, Rule: key, Session: t.Session, Assessment: agent.Assessment{Language: "en", ReplyLanguage: "en"}, Replies: []agent.Reply{{Key: key, Language: "en", Text: key}}}
	for _, e := range t.Events {
		d.Session.Seen = append(d.Session.Seen, e.ID)
	}
	return d
}

func event(id string) agent.Event {
	return agent.Event{
		V: agent.Version, ID: id, Clinic: theClinic().ID, Channel: agent.Web, Conversation: "0123456789abcdef",
		At: time.Now().UTC(), Kind: agent.KindText, Text: canary,
	}
}

func (r *rig) publish(t *testing.T, e agent.Event) []byte {
	t.Helper()
	data, err := json.Marshal(e)
	must(t, err)
	_, err = bus.PublishEvent(t.Context(), r.js, e)
	must(t, err)
	return data
}

// until waits for something that the worker does.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(30 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not in time: %s", what)
		}
	}
}

// letters waits for n of them.
func (r *rig) letters(t *testing.T, n int) []deadletter.Letter {
	t.Helper()
	var all []deadletter.Letter
	until(t, "dead letters", func() bool {
		var err error
		all, err = r.box.List(t.Context(), deadletter.Filter{})
		must(t, err)
		return len(all) >= n
	})
	if len(all) != n {
		t.Fatalf("%d letters, want %d", len(all), n)
	}
	return all
}

// replies are the rules of all turns of the conversation.
func (r *rig) rules(t *testing.T) (all []string) {
	t.Helper()
	stream, err := r.js.Stream(t.Context(), bus.StreamTurn)
	must(t, err)
	for seq := uint64(1); ; {
		msg, err := stream.GetMsg(t.Context(), seq, jetstream.WithGetMsgSubject(bus.TurnSubject(event("x").Of())))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return all
		}
		must(t, err)
		var turn bus.TurnRecord
		must(t, json.Unmarshal(msg.Data, &turn))
		all = append(all, turn.Decision.Rule)
		seq = msg.Sequence + 1
	}
}

func TestALetterThatFailedIsDecidedAnewOnceItsCauseIsGone(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.broken.Store(true)
	data := r.publish(t, event("e1"))
	l := r.letters(t, 1)[0]
	if l.Reason != bus.ReasonUndecided || l.Clinic != theClinic().ID || l.Conversation != "0123456789abcdef" || l.EventSeq == 0 || l.At.IsZero() || !l.Retried.IsZero() {
		t.Errorf("letter is %+v", l)
	}
	if shown, err := json.Marshal(l); err != nil || bytes.Contains(shown, []byte(canary)) || strings.Contains(string(shown), "ct") {
		t.Errorf("metadata: %s, %v", shown, err)
	}
	plain, err := l.Open(r.opener)
	must(t, err)
	if !bytes.Equal(plain, data) {
		t.Errorf("content is %q, not as it arrived", plain)
	}
	r.broken.Store(false)
	first, err := r.box.Retry(t.Context(), l, plain, deadletter.Options{})
	must(t, err)
	if !first.Stored || !first.Before.IsZero() || first.Seq <= l.EventSeq {
		t.Errorf("result is %+v", first)
	}
	until(t, "a second turn", func() bool { return len(r.rules(t)) == 2 })
	if rules := r.rules(t); rules[1] != "en.answered" {
		t.Errorf("turns are %q: the event counts as answered", rules)
	}
	// A second time changes nothing.
	again, err := r.box.Retry(t.Context(), l, plain, deadletter.Options{})
	must(t, err)
	if again.Stored || again.Before.IsZero() || again.Seq != first.Seq {
		t.Errorf("the second time: %+v", again)
	}
	found, err := r.box.Find(t.Context(), l.ID)
	must(t, err)
	if found.Retried.IsZero() {
		t.Error("the letter is not marked as put back")
	}
	// An ordinary repeat of the same event stays a repeat.
	_, err = r.js.Publish(t.Context(), bus.InSubject(event("e1").Of()), data)
	must(t, err)
	until(t, "a third turn", func() bool { return len(r.rules(t)) == 3 })
	if rules := r.rules(t); rules[2] != worker.RuleDuplicate || r.asked.Load() != 4 {
		t.Errorf("turns are %q after %d decisions", rules, r.asked.Load())
	}
}

func TestWhoDiesBetweenMarkAndPublishCanGoOn(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.broken.Store(true)
	r.publish(t, event("e1"))
	l := r.letters(t, 1)[0]
	plain, err := l.Open(r.opener)
	must(t, err)
	mark, err := json.Marshal(bus.Mark{V: 1, Event: "e1", At: time.Now()})
	must(t, err)
	must(t, bus.PublishMark(t.Context(), r.js, bus.RetrySubject(event("e1").Of(), l.ID), mark))
	r.broken.Store(false)
	got, err := r.box.Retry(t.Context(), l, plain, deadletter.Options{})
	must(t, err)
	if !got.Stored || got.Before.IsZero() {
		t.Errorf("result is %+v", got)
	}
	// When the stream would not recognise a repeat any more, there is none.
	var refused *deadletter.RefusedError
	_, err = r.box.Retry(t.Context(), l, plain, deadletter.Options{Late: true, Now: time.Now().Add(bus.RetryWindow)})
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "already") {
		t.Errorf("error is %v", err)
	}
}

func TestALetterIsRefusedThatWouldOnlyComeBack(t *testing.T) {
	t.Parallel()
	old := event("e1")
	next := old
	next.V = 2
	other := old
	other.Conversation = "fedcba9876543210"
	encode := func(v any) []byte { data, _ := json.Marshal(v); return data }
	for name, c := range map[string]struct {
		reason bus.Reason
		plain  []byte
		age    time.Duration
		late   bool
		want   string // in the refusal; empty for none
	}{
		"undecided":       {bus.ReasonUndecided, encode(old), time.Hour, false, ""},
		"unknown clinic":  {bus.ReasonUnknownClinic, encode(old), time.Hour, false, ""},
		"readable now":    {bus.ReasonUnreadable, encode(old), time.Hour, false, ""},
		"broken JSON":     {bus.ReasonUnreadable, []byte(`{"text":"` + canary), time.Hour, false, "no event"},
		"a raw webhook":   {bus.ReasonUnknownClinic, []byte(`{"from":"` + canary + `"}`), time.Hour, false, "no event"},
		"a newer version": {bus.ReasonVersion, encode(next), time.Hour, false, "update"},
		"undelivered":     {"undelivered", []byte(`{"text":"` + canary + `"}`), time.Hour, false, "answer from the inbox"},
		"subject":         {bus.ReasonSubject, encode(old), time.Hour, false, "subject"},
		"mismatch":        {bus.ReasonMismatch, encode(old), time.Hour, false, "another conversation"},
		"moved":           {bus.ReasonUndecided, encode(other), time.Hour, false, "another conversation"},
		"late":            {bus.ReasonUndecided, encode(old), 30 * time.Hour, false, "--late"},
		"late on purpose": {bus.ReasonUndecided, encode(old), 30 * time.Hour, true, ""},
	} {
		now := time.Now()
		l := deadletter.Letter{ID: "dabc", Clinic: old.Clinic, Conversation: old.Conversation, Reason: c.reason, At: now.Add(-c.age)}
		_, err := l.Check(c.plain, deadletter.Options{Late: c.late, Now: now})
		var refused *deadletter.RefusedError
		switch {
		case c.want == "" && err != nil, c.want != "" && !errors.As(err, &refused):
			t.Errorf("%s: error is %v", name, err)
		case err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), canary)):
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestLettersAreChosenAndFound(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for _, e := range []struct{ subject, data string }{
		{bus.InSubject(event("").Of()), "no JSON " + canary},
		{bus.InSubject(agent.Conversation{Clinic: "luna", Channel: agent.Web, ID: "0123456789abcdef"}), "no JSON"},
	} {
		_, err := r.js.Publish(t.Context(), e.subject, []byte(e.data))
		must(t, err)
	}
	r.letters(t, 2)
	for name, c := range map[string]struct {
		filter deadletter.Filter
		want   int
	}{
		"clinic": {deadletter.Filter{Clinic: "luna"}, 1}, "reason": {deadletter.Filter{Reason: bus.ReasonUnreadable}, 2},
		"another reason": {deadletter.Filter{Reason: bus.ReasonVersion}, 0}, "later": {deadletter.Filter{Since: time.Now().Add(time.Hour)}, 0},
	} {
		got, err := r.box.List(t.Context(), c.filter)
		must(t, err)
		if len(got) != c.want {
			t.Errorf("%s: %d letters, want %d", name, len(got), c.want)
		}
	}
	_, err := r.box.Find(t.Context(), "d0")
	if !errors.Is(err, deadletter.ErrNotFound) {
		t.Errorf("error is %v", err)
	}
}

func TestEveryReasonHasItsAdvice(t *testing.T) {
	t.Parallel()
	for _, r := range []bus.Reason{
		bus.ReasonUnreadable, bus.ReasonVersion, bus.ReasonMismatch, bus.ReasonUnknownClinic, bus.ReasonUndecided, bus.ReasonSubject, "undelivered", "unheard of",
	} {
		if a := deadletter.AdviceFor(r); a.Means == "" || a.Do == "" {
			t.Errorf("%s: %+v", r, a)
		}
	}
}

package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/bus/embedded"
	"recado/agent/clinic"
	"recado/agent/inbox"
	"recado/agent/staff"
)

func TestACaseReturnsToTheQueueWhenItsHolderIsSignedOut(t *testing.T) {
	server, err := embedded.Start(embedded.Config{Dir: filepath.Join(memoryDir(t), "nats"), NoSync: true})
	must(t, err)
	t.Cleanup(server.Stop)
	provision, err := server.Connect(bus.RoleProvision)
	must(t, err)
	t.Cleanup(provision.Close)
	js, err := openJetStream(provision)
	must(t, err)
	_, err = bus.Provision(t.Context(), js, bus.Layout{})
	must(t, err)
	client := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	t.Cleanup(func() { client.Close() })
	nc, err := server.Connect(bus.RoleConsole)
	must(t, err)
	t.Cleanup(nc.Close)
	keys, err := newDevKeys()
	must(t, err)
	profile := clinic.Sample()
	clinics, err := tryClinics(zap.NewNop(), "")
	must(t, err)
	d, err := newDevConsole(t.Context(), devConsole{
		nc: nc, redis: client, clinics: clinics, keys: &keys, public: "http://localhost:1", out: t.Output(), log: zap.NewNop(),
		save: func() error { return nil },
	})
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	end := d.begin(ctx, stop)
	t.Cleanup(func() { must(t, end()) })

	sealer, err := keys.sealer()
	must(t, err)
	c := agent.Conversation{Clinic: profile.ID, Channel: agent.WhatsApp, ID: "0123456789abcdef"}
	plain, err := json.Marshal(agent.Escalation{V: agent.Version, ID: "t1", Clinic: c.Clinic, Channel: c.Channel, Conversation: c.ID, Priority: agent.PriorityUrgent})
	must(t, err)
	sealed, err := sealer.Seal(c.Clinic, "t1", plain)
	must(t, err)
	raw, err := json.Marshal(bus.Escalation{Envelope: sealed, ID: "t1", Clinic: c.Clinic, Conversation: c.ID, Channel: c.Channel, Priority: agent.PriorityUrgent, At: time.Now()})
	must(t, err)
	_, err = js.Publish(t.Context(), bus.EscSubject(c, agent.PriorityUrgent), raw)
	must(t, err)
	var one inbox.Case
	for late := time.Now().Add(patience); one.ID == ""; {
		if one, err = d.inbox.Latest(t.Context(), c.Clinic, c.ID); err != nil && time.Now().After(late) {
			t.Fatal(err)
		}
	}
	if _, err := newDemoStaff(&keys).door(d.staff)(t.Context(), "made up"); err == nil {
		t.Error("a made up link signs in")
	}
	demo := newDemoStaff(&keys)
	demo.last = time.Now().Unix() / demoPeriod // the set-up took this one
	in, err := demo.door(d.staff)(t.Context(), demo.token)
	must(t, err)
	token, _, err := d.staff.Start(t.Context(), in, "")
	must(t, err)
	_, err = d.inbox.Claim(t.Context(), c.Clinic, one.ID, inbox.Actor{Person: in.Person.ID})
	must(t, err)
	must(t, d.index.Wait(t.Context(), d.index.Revision()-1))
	// While she may hold it, it stays hers.
	must(t, d.returnOnce(t.Context()))
	if got, _, err := d.inbox.Case(t.Context(), c.Clinic, one.ID); err != nil || got.Owner != in.Person.ID {
		t.Fatalf("it is held by %q, %v", got.Owner, err)
	}
	must(t, d.staff.SignOut(t.Context(), token))
	for late := time.Now().Add(patience); ; {
		must(t, d.staff.Sweep(t.Context()))
		got, _, err := d.inbox.Case(t.Context(), c.Clinic, one.ID)
		must(t, err)
		if got.State == inbox.Open && got.Owner == "" {
			break
		}
		if time.Now().After(late) {
			t.Fatalf("it is %s, held by %q", got.State, got.Owner)
		}
	}

	// Somebody holds it who may read alone, as after emergency access is over.
	reader, _, err := d.staff.Invite(t.Context(), in.Person, staff.NewPerson{
		Name: "Rosa", Email: "rosa@clinic.example", Roles: map[string]staff.Role{c.Clinic: staff.Reader},
	})
	must(t, err)
	for _, who := range []string{reader.ID, "nobody"} {
		_, err = d.inbox.Claim(t.Context(), c.Clinic, one.ID, inbox.Actor{Person: who})
		must(t, err)
		within(t, "the list knows", func() bool { now, _ := d.index.Case(c.Clinic, one.ID); return now.Owner == who })
		must(t, d.returnOnce(t.Context()))
		if got, _, err := d.inbox.Case(t.Context(), c.Clinic, one.ID); err != nil || got.State != inbox.Open {
			t.Errorf("held by %q, who may not: it is %s, %v", who, got.State, err)
		}
	}
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/vault"
)

// staffBuckets hold what is for staff alone.
var staffBuckets = []string{
	bus.BucketCase, bus.BucketHead, bus.BucketRecord, bus.BucketThread, bus.BucketStaff, bus.BucketPaging, bus.BucketPrivate,
}

var handedOff = agent.Conversation{Clinic: "sol", Channel: agent.WhatsApp, ID: "0123456789abcdef"}

// composeInbox is the compose file's NATS with its streams, after a worker
// handed a conversation off.
type composeInbox struct {
	url  string
	env  map[string]string
	keys store.OneKey
}

func startComposeInbox(t *testing.T) composeInbox {
	t.Helper()
	c := composeInbox{env: composeEnv(t)}
	c.url = startComposeNATS(t, c.env)
	admin, err := openJetStream(as(t, c.url, "admin", bus.RoleProvision, c.env))
	must(t, err)
	_, err = bus.Provision(t.Context(), admin, bus.Layout{})
	must(t, err)
	private, err := vault.NewPrivateKey()
	must(t, err)
	signing, err := vault.NewSigningKey()
	must(t, err)
	c.keys.Seal, err = vault.NewSealer(private.Public(), signing)
	must(t, err)
	c.keys.Open, err = vault.NewOpener([]vault.PrivateKey{private}, []vault.VerifyKey{signing.Public()})
	must(t, err)

	plain, err := json.Marshal(agent.Escalation{
		V: agent.Version, ID: "t1", Clinic: handedOff.Clinic, Channel: handedOff.Channel, Conversation: handedOff.ID,
		Priority: agent.PriorityUrgent, ReplyTo: "sealed", Messages: []agent.Message{{From: agent.Patient, Text: "me duele"}},
	})
	must(t, err)
	sealed, err := c.keys.Seal.Seal(handedOff.Clinic, "t1", plain)
	must(t, err)
	data, err := json.Marshal(bus.Escalation{
		Envelope: sealed, ID: "t1", Clinic: handedOff.Clinic, Conversation: handedOff.ID, Channel: handedOff.Channel,
		Priority: agent.PriorityUrgent, At: time.Now(),
	})
	must(t, err)
	worker, err := bus.Open(t.Context(), as(t, c.url, "worker", bus.RoleWorker, c.env))
	must(t, err)
	_, err = worker.PublishBatch(t.Context(), 0,
		bus.Message{Subject: bus.TurnSubject(handedOff), Data: []byte("{}")},
		bus.Message{Subject: bus.EscSubject(handedOff, agent.PriorityUrgent), Data: data})
	must(t, err)
	return c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheConsolesUserOfTheComposeFileSufficesForTheInbox(t *testing.T) {
	c := startComposeInbox(t)
	nc := as(t, c.url, "console", bus.RoleConsole, c.env)
	refused := make(chan error, 64)
	nc.SetErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
		select {
		case refused <- err:
		default:
		}
	})
	js, err := openJetStream(nc)
	must(t, err)
	now := time.Now
	s, err := store.Open(t.Context(), store.Config{JetStream: js, Keys: c.keys, Now: func() time.Time { return now() }})
	must(t, err)
	x, err := s.Index(t.Context())
	must(t, err)
	t.Cleanup(x.Close)
	filing, stop := context.WithCancel(t.Context())
	filed := make(chan inbox.Case, 8)
	ended := make(chan error, 1)
	go func() { ended <- s.Ingest(filing, func(c inbox.Case) { filed <- c }) }()
	var one inbox.Case
	select {
	case one = <-filed:
	case <-time.After(patience):
		t.Fatal("the escalation is not filed")
	}
	must(t, x.Wait(t.Context(), 0))
	ana := inbox.Actor{Person: "ana"}
	do := func(_ inbox.Case, err error) { t.Helper(); must(t, err) }
	do(s.Claim(t.Context(), handedOff.Clinic, one.ID, ana))
	do(s.Note(t.Context(), handedOff.Clinic, one.ID, ana, store.NewEntryID(), "a note"))
	do(s.Write(t.Context(), handedOff.Clinic, one.ID, ana, store.NewEntryID(), "a message"))
	do(s.Said(t.Context(), handedOff.Clinic, one.ID, store.NewEntryID(), "an answer", agent.PriorityRoutine))
	do(s.Say(t.Context(), handedOff.Clinic, one.ID, ana, store.Reply{ID: store.NewEntryID(), Key: "staff.call_us", Language: "en", Text: "Call us."}))
	if o, err := s.Unseal(t.Context(), handedOff.Clinic, "t1"); err != nil || o.Escalation.Messages[0].Text != "me duele" {
		t.Errorf("the record: %+v, %v", o, err)
	}
	if thread, err := s.Thread(t.Context(), handedOff.Clinic, handedOff.ID); err != nil || len(thread) != 3 {
		t.Errorf("the thread: %+v, %v", thread, err)
	}
	must(t, s.Reconcile(t.Context(), x))
	released, err := s.ReleaseAll(t.Context(), x, "", "ana")
	if err != nil || len(released) != 1 {
		t.Errorf("released %v, %v", released, err)
	}
	do(s.Resolve(t.Context(), handedOff.Clinic, one.ID, ana, inbox.Called))
	must(t, x.Wait(t.Context(), x.Revision()-1))
	stop()
	must(t, <-ended)

	for _, bucket := range []string{bus.BucketStaff, bus.BucketPaging, bus.BucketPrivate} {
		kv, err := js.KeyValue(t.Context(), bucket)
		must(t, err)
		_, err = kv.Put(t.Context(), "sol.a", []byte("{}"))
		must(t, err)
		_, err = kv.Get(t.Context(), "sol.a")
		must(t, err)
		keys, err := kv.Keys(t.Context())
		if err != nil || len(keys) != 1 {
			t.Errorf("%s: keys %v, %v", bucket, keys, err)
		}
		must(t, kv.Purge(t.Context(), "sol.a"))
	}
	for i := range 2 {
		_, err := js.Publish(t.Context(), bus.AuditSubject("sol"), []byte("{}"), jetstream.WithExpectLastSequencePerSubject(lastAudit(t, js, i)))
		must(t, err)
	}
	audit, err := js.OrderedConsumer(t.Context(), bus.StreamAudit, jetstream.OrderedConsumerConfig{FilterSubjects: []string{bus.AuditSubject("sol")}})
	must(t, err)
	for range 2 {
		_, err := audit.Next(jetstream.FetchMaxWait(patience))
		must(t, err)
	}

	before := time.Now().Add(time.Minute)
	now = func() time.Time { return time.Now().Add(100 * 24 * time.Hour) }
	if n, err := s.Expire(t.Context(), x, handedOff.Clinic, before); err != nil || n != 1 {
		t.Errorf("expired %d, %v", n, err)
	}
	must(t, nc.Flush())
	select {
	case err := <-refused:
		t.Errorf("NATS refused: %v", err)
	default:
	}
}

// lastAudit is the sequence of the clinic's last entry.
func lastAudit(t *testing.T, js jetstream.JetStream, entries int) uint64 {
	t.Helper()
	if entries == 0 {
		return 0
	}
	stream, err := js.Stream(t.Context(), bus.StreamAudit)
	must(t, err)
	last, err := stream.GetLastMsgForSubject(t.Context(), bus.AuditSubject("sol"))
	must(t, err)
	return last.Sequence
}

func TestWorkersAndGatewaysCanReadNothingThatIsForStaff(t *testing.T) {
	c := startComposeInbox(t)
	console := as(t, c.url, "console", bus.RoleConsole, c.env)
	js, err := openJetStream(console)
	must(t, err)
	_, err = js.Publish(t.Context(), bus.AuditSubject("sol"), []byte("{}"))
	must(t, err)
	for _, bucket := range append(staffBuckets, bus.BucketOwner) {
		kv, err := js.KeyValue(t.Context(), bucket)
		must(t, err)
		_, err = kv.Put(t.Context(), bus.OwnerKey(handedOff), []byte(`{"v":1,"owner":"ana"}`))
		must(t, err)
	}

	// Ways to read, as requests; each is answered with content to the console.
	type way struct{ subject, body string }
	var ways []way
	consumer := func(stream, filter string) way {
		return way{"$JS.API.CONSUMER.CREATE." + stream + ".spy." + filter,
			fmt.Sprintf(`{"stream_name":%q,"config":{"name":"spy","filter_subject":%q,"ack_policy":"none","mem_storage":true,"inactive_threshold":5000000000}}`, stream, filter)}
	}
	for _, bucket := range staffBuckets {
		stream, subject := "KV_"+bucket, "$KV."+bucket+"."+bus.OwnerKey(handedOff)
		ways = append(ways,
			way{"$JS.API.STREAM.INFO." + stream, ""},
			way{"$JS.API.STREAM.MSG.GET." + stream, fmt.Sprintf(`{"last_by_subj":%q}`, subject)},
			way{"$JS.API.STREAM.MSG.GET." + stream, `{"seq":1}`},
			consumer(stream, "$KV."+bucket+".>"),
			way{"$JS.API.CONSUMER.MSG.NEXT." + stream + ".spy", `{"batch":1,"no_wait":true}`})
		switch bucket {
		case bus.BucketCase, bus.BucketHead, bus.BucketStaff: // those are answered by the leader alone
		default:
			ways = append(ways, way{"$JS.API.DIRECT.GET." + stream + "." + subject, ""})
		}
	}
	ways = append(ways,
		way{"$JS.API.STREAM.INFO." + bus.StreamAudit, ""},
		way{"$JS.API.DIRECT.GET." + bus.StreamAudit + "." + bus.AuditSubject("sol"), ""},
		way{"$JS.API.STREAM.MSG.GET." + bus.StreamAudit, fmt.Sprintf(`{"last_by_subj":%q}`, bus.AuditSubject("sol"))},
		consumer(bus.StreamAudit, bus.AuditSubject("sol")),
		way{"$JS.API.CONSUMER.MSG.NEXT." + bus.StreamTurn + "." + bus.ConsumerConsole, `{"batch":1,"no_wait":true}`},
	)
	ask := func(nc *nats.Conn, w way, wait time.Duration) ([]byte, error) {
		msg, err := nc.Request(w.subject, []byte(w.body), wait)
		if err != nil {
			return nil, err
		}
		var failed struct {
			Error json.RawMessage `json:"error"`
		}
		if json.Unmarshal(msg.Data, &failed) == nil && failed.Error != nil {
			return nil, fmt.Errorf("refused: %s", failed.Error)
		}
		return msg.Data, nil
	}
	for _, w := range ways {
		if _, err := ask(console, w, patience); err != nil {
			t.Errorf("console: %s: %v: this is no way to read, so its refusal proves nothing", w.subject, err)
		}
	}
	for user, role := range map[string]bus.Role{"worker": bus.RoleWorker, "gateway": bus.RoleGateway} {
		nc := as(t, c.url, user, role, c.env)
		nc.SetErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}) // refused, as it should be
		var asking sync.WaitGroup
		for _, w := range ways {
			asking.Go(func() {
				if data, err := ask(nc, w, 700*time.Millisecond); err == nil {
					t.Errorf("%s: %s answers %d bytes", user, w.subject, len(data))
				}
			})
		}
		asking.Wait()

		// What they need of it works, and writing it does not.
		owners, err := openOwners(t.Context(), nc)
		must(t, err)
		if owner, err := owners.Owner(t.Context(), handedOff); err != nil || owner != "ana" {
			t.Errorf("%s sees the owner %q, %v", user, owner, err)
		}
		for _, subject := range []string{
			"$KV." + bus.BucketOwner + "." + bus.OwnerKey(handedOff), "$KV." + bus.BucketCase + ".sol.x", bus.AuditSubject("sol"),
			"$JS.API.STREAM.PURGE." + bus.StreamAudit, "$JS.API.CONSUMER.DELETE." + bus.StreamTurn + "." + bus.ConsumerConsole,
		} {
			if _, err := ask(nc, way{subject, `{"v":1}`}, 300*time.Millisecond); err == nil {
				t.Errorf("%s can write %s", user, subject)
			}
		}
	}
	if _, err := js.Stream(t.Context(), bus.StreamAudit); err != nil {
		t.Error(err)
	}
}

func TestWorkersAndGatewaysAreNeverAskedForAPrivateKey(t *testing.T) {
	for _, command := range []string{"worker", "gateway"} {
		help, errOut, code := runWith(t, "", command, "--help")
		if code != 0 || !strings.Contains(help, "RECADO_SEAL_PUBLIC_KEY") {
			t.Fatalf("%s --help: exit code %d: %s", command, code, errOut)
		}
		if flat := strings.ToLower(strings.Join(strings.Fields(help), " ")); strings.Contains(flat, "private_key") || strings.Contains(flat, "private key") || strings.Contains(flat, "private-key") {
			t.Errorf("%s asks for a private key:\n%s", command, help)
		}
		private, err := vault.NewPrivateKey()
		must(t, err)
		text, err := private.Text()
		must(t, err)
		if _, err := sealerOf(text, text); err == nil {
			t.Errorf("%s takes a private key in place of a public one", command)
		}
	}
}

package whatsapp

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel/channeltest"
)

func stored(t *testing.T, n *channeltest.NATS) uint64 {
	t.Helper()
	stream, err := n.JS.Stream(t.Context(), bus.StreamIn)
	if err != nil {
		t.Fatal(err)
	}
	return stream.CachedInfo().State.Msgs
}

func TestAnEventIsTakenOnceBeyondTheStreamsMemory(t *testing.T) {
	n := channeltest.Start(t)
	in := NewIntake(n.JS, n.Bucket(t, "seen_test"))
	e := agent.Event{V: 1, ID: "wamid.1", Clinic: testClinic, Channel: agent.WhatsApp,
		Conversation: "0123456789abcdef", At: time.Now(), Kind: agent.KindText, Text: "hi"}
	for range 3 {
		if err := in.Take(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if got := stored(t, n); got != 1 {
		t.Fatalf("%d events stored, want 1", got)
	}
	// The stream forgets; the bucket does not.
	if err := n.JS.DeleteStream(t.Context(), bus.StreamIn); err != nil {
		t.Fatal(err)
	}
	if _, err := bus.Provision(t.Context(), n.JS, bus.Layout{}); err != nil {
		t.Fatal(err)
	}
	if err := in.Take(t.Context(), e); err != nil || stored(t, n) != 0 {
		t.Errorf("a redelivery after days was stored again (%v)", err)
	}
}

func TestAnEventIsNotSeenBeforeItIsStored(t *testing.T) {
	n := channeltest.Start(t)
	seen := n.Bucket(t, "seen_test")
	e := agent.Event{V: 1, ID: "wamid.1", Clinic: "Not A Clinic", Channel: agent.WhatsApp,
		Conversation: "0123456789abcdef", At: time.Now(), Kind: agent.KindText}
	if err := NewIntake(n.JS, seen).Take(t.Context(), e); err == nil {
		t.Fatal("an event that cannot be published was taken")
	}
	keys, err := seen.ListKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for key := range keys.Keys() {
		t.Errorf("%s is seen and not stored", key)
	}
}

func TestAliasesAgreeWhoeverIsFirst(t *testing.T) {
	n := channeltest.Start(t)
	bucket := n.Bucket(t, bus.BucketAlias)
	people := conversations{aliases: NewAliases(bucket, testKey), key: testKey}
	for round := range 20 {
		p := person{phone: "1650555" + strconv.Itoa(1000+round), user: "US.1" + strconv.Itoa(round)}
		got := make([]string, 3)
		var wg sync.WaitGroup
		for i, known := range []person{p, {user: p.user}, p} {
			wg.Go(func() {
				var err error
				if got[i], err = people.of(t.Context(), testClinic, known); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got[0] != got[1] || got[1] != got[2] {
			t.Fatalf("one patient in several conversations: %v", got)
		}
	}
	var keys jetstream.KeyLister
	keys, err := bucket.ListKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for key := range keys.Keys() {
		if len(key) != 32 {
			t.Errorf("key %q is no hash", key)
		}
	}
}

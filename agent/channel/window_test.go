package channel_test

import (
	"sync"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/channel/channeltest"
)

func TestTheLatestTimeThatAPatientWroteCountsInWhateverOrderTheyAreTold(t *testing.T) {
	n := channeltest.Start(t)
	w := channel.NewWindows(n.Bucket(t, bus.BucketSeen))
	c := agent.Conversation{Clinic: "harbor", Channel: agent.WhatsApp, ID: "0123456789abcdef"}
	at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	if got, err := w.LastWrote(t.Context(), c); err != nil || !got.IsZero() {
		t.Fatalf("a stranger wrote at %s (%v)", got, err)
	}
	var all sync.WaitGroup
	for i := range 20 { // webhooks of one patient on several gateways
		all.Go(func() {
			if err := w.Wrote(t.Context(), c, at.Add(-time.Duration(i)*10*time.Minute)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got, err := w.LastWrote(t.Context(), c); err != nil || !got.Equal(at) {
		t.Errorf("last wrote at %s (%v), want %s", got, err, at)
	}
	other := c
	other.Clinic = "sol"
	if got, err := w.LastWrote(t.Context(), other); err != nil || !got.IsZero() {
		t.Errorf("another clinic's patient wrote at %s (%v)", got, err)
	}
}

func TestALineRightAfterAnotherIsNotNotedAnew(t *testing.T) {
	n := channeltest.Start(t)
	bucket := n.Bucket(t, bus.BucketSeen)
	w := channel.NewWindows(bucket)
	c := agent.Conversation{Clinic: "harbor", Channel: agent.WhatsApp, ID: "0123456789abcdef"}
	at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	for i := range 10 {
		if err := w.Wrote(t.Context(), c, at.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	status, err := bucket.Status(t.Context())
	if err != nil || status.Values() != 1 {
		t.Fatalf("%d values (%v)", status.Values(), err)
	}
	entry, err := bucket.Get(t.Context(), "wrote.harbor."+c.ID)
	if err != nil || entry.Revision() != 1 {
		t.Errorf("ten lines in ten seconds are written more than once: %v (%v)", entry, err)
	}
}

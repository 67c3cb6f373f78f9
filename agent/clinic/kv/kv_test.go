package kv_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"recado/agent/bus"
	"recado/agent/bus/embedded"
	"recado/agent/clinic"
	"recado/agent/clinic/kv"
	"recado/agent/clinic/library"
)

func open(t *testing.T) *kv.Profiles {
	t.Helper()
	server, err := embedded.Start(embedded.Config{Dir: t.TempDir(), NoSync: true})
	must(t, err)
	t.Cleanup(server.Stop)
	nc, err := server.Connect(bus.RoleProvision)
	must(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	must(t, err)
	if _, err := kv.Open(t.Context(), js); err == nil || !strings.Contains(err.Error(), "recado streams") {
		t.Errorf("before the bucket is there: %v", err)
	}
	_, err = bus.Provision(t.Context(), js, bus.Layout{})
	must(t, err)
	profiles, err := kv.Open(t.Context(), js)
	must(t, err)
	return profiles
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// raw is the sample clinic under another id.
func raw(id string) []byte {
	return bytes.Replace(clinic.SampleYAML(), []byte("id: buenavista"), []byte("id: "+id), 1)
}

func push(t *testing.T, profiles *kv.Profiles, id string, content []byte) {
	t.Helper()
	must(t, profiles.Push(t.Context(), &clinic.Profile{ID: id}, content))
}

// follow serves the bucket and returns what it says after each change.
func follow(t *testing.T, profiles *kv.Profiles) (*library.Library, <-chan *library.Snapshot) {
	t.Helper()
	l, err := library.New(library.Config{})
	must(t, err)
	heard := make(chan *library.Snapshot, 100)
	ctx, stop := context.WithCancel(t.Context())
	_, run, err := profiles.Follow(ctx, l, zap.NewNop())
	must(t, err)
	l.OnChange(func(now *library.Snapshot) { heard <- now })
	done := make(chan struct{})
	go func() { defer close(done); run() }()
	t.Cleanup(func() { stop(); <-done })
	return l, heard
}

func next(t *testing.T, heard <-chan *library.Snapshot) *library.Snapshot {
	t.Helper()
	select {
	case now := <-heard:
		return now
	case <-time.After(20 * time.Second):
		t.Fatal("a change of the bucket is not seen")
		return nil
	}
}

func TestProfilesOfTheBucketAreServedAndTheirChangesTakenIn(t *testing.T) {
	profiles := open(t)
	push(t, profiles, "harbor", raw("harbor"))
	l, heard := follow(t, profiles)
	if ids := fmt.Sprint(l.Now().IDs()); ids != "[harbor]" {
		t.Fatalf("at the start %s", ids)
	}
	push(t, profiles, "oak", raw("oak"))
	if ids := fmt.Sprint(next(t, heard).IDs()); ids != "[harbor oak]" {
		t.Errorf("after a push %s", ids)
	}
	good, _ := l.Now().Profile("oak")
	// A bad one that somebody stored by other means is refused.
	push(t, profiles, "oak", []byte("name: x\n"))
	push(t, profiles, "pine", raw("pine"))
	now := next(t, heard)
	if _, ok := now.Profile("pine"); !ok {
		now = next(t, heard)
	}
	if p, _ := now.Profile("oak"); p != good {
		t.Error("the last good one is not served")
	}
	must(t, profiles.Remove(t.Context(), "harbor"))
	if ids := fmt.Sprint(next(t, heard).IDs()); ids != "[oak pine]" {
		t.Errorf("after a removal %s", ids)
	}
}

func TestWhatIsPushedTogetherIsTakenInTogether(t *testing.T) {
	profiles := open(t)
	l, heard := follow(t, profiles)
	const many = 20
	for i := range many {
		push(t, profiles, fmt.Sprintf("c%d", i), raw(fmt.Sprintf("c%d", i)))
	}
	changes := 0
	for l.Now().Len() < many {
		next(t, heard)
		changes++
	}
	if changes > many/2 {
		t.Errorf("%d changes for %d profiles", changes, many)
	}
}

func TestTheBucketTellsAllOfItsProfiles(t *testing.T) {
	profiles := open(t)
	if all, err := profiles.All(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("an empty bucket: %v, %v", all, err)
	}
	push(t, profiles, "oak", raw("oak"))
	push(t, profiles, "harbor", raw("harbor"))
	push(t, profiles, "gone", raw("gone"))
	must(t, profiles.Remove(t.Context(), "gone"))
	all, err := profiles.All(t.Context())
	must(t, err)
	if len(all) != 2 || all[0].Name != "harbor" || all[1].Name != "oak" || !bytes.Equal(all[1].Raw, raw("oak")) {
		t.Errorf("%d profiles", len(all))
	}
}

func TestWhatIsNotThereCannotBeRemoved(t *testing.T) {
	profiles := open(t)
	for _, id := range []string{"nobody", "no body", ""} {
		if err := profiles.Remove(t.Context(), id); !errors.Is(err, kv.ErrNoProfile) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestAProfileThatNATSCannotCarryIsRefused(t *testing.T) {
	profiles := open(t)
	if err := profiles.Push(t.Context(), &clinic.Profile{ID: "big"}, make([]byte, kv.MaxProfile+1)); err == nil || !strings.Contains(err.Error(), "the most") {
		t.Errorf("error is %v", err)
	}
}

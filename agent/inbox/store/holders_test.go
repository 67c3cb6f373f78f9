package store

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/bus"
)

func onPhone(i int) agent.Conversation {
	return agent.Conversation{Clinic: sun, Channel: agent.SMS, ID: fmt.Sprintf("%016d", i)}
}

func TestWhoeverAsksSeesWhatWasSoBeforeAskingHoweverManyAskAtOnce(t *testing.T) {
	r := setup(t)
	js := r.connect(t)
	owners, err := OpenOwners(t.Context(), js)
	must(t, err)
	bucket, err := openBucket(t.Context(), js, bus.BucketOwner)
	must(t, err)
	const conversations, rounds, askers = 8, 12, 6
	var all sync.WaitGroup
	for i := range conversations {
		all.Go(func() {
			key := bus.OwnerKey(onPhone(i))
			for n := range rounds {
				want := fmt.Sprint("person-", n)
				switch n % 4 {
				case 1:
					want = "" // given back
				case 3:
					want = ""
					if err := bucket.Delete(t.Context(), key); err != nil {
						t.Error(err)
						return
					}
				}
				if n%4 != 3 {
					if _, err := bucket.PutString(t.Context(), key, fmt.Sprintf(`{"v":1,"owner":%q}`, want)); err != nil {
						t.Error(err)
						return
					}
				}
				var asking sync.WaitGroup
				for range askers {
					asking.Go(func() {
						if got, err := owners.Owner(t.Context(), onPhone(i)); err != nil || got != want {
							t.Errorf("conversation %d, change %d: %q, %v, want %q", i, n, got, err, want)
						}
					})
				}
				asking.Wait()
			}
		})
	}
	all.Wait()
	owners.holders.mu.Lock()
	defer owners.holders.mu.Unlock()
	if !owners.holders.whole {
		t.Error("every question went to the bucket itself")
	}
}

func TestACopyOfWhoHoldsWhatIsMadeAnewWithTheBucket(t *testing.T) {
	r := setup(t)
	js := r.connect(t)
	owners, err := OpenOwners(t.Context(), js)
	must(t, err)
	bucket, err := openBucket(t.Context(), js, bus.BucketOwner)
	must(t, err)
	_, err = bucket.PutString(t.Context(), bus.OwnerKey(onPhone(1)), `{"v":1,"owner":"ana"}`)
	must(t, err)
	if who, err := owners.Owner(t.Context(), onPhone(1)); err != nil || who != "ana" {
		t.Fatalf("held by %q, %v", who, err)
	}
	must(t, js.DeleteKeyValue(t.Context(), bus.BucketOwner))
	_, err = bus.Provision(t.Context(), js, bus.Layout{})
	must(t, err)
	owners.holders.mu.Lock()
	owners.holders.proved = time.Now().Add(-proofAge)
	owners.holders.mu.Unlock()
	if who, err := owners.Owner(t.Context(), onPhone(1)); err != nil || who != "" {
		t.Errorf("in a new bucket it is held by %q, %v", who, err)
	}
}

func TestAValueThatIsNoneConcernsItsConversationAlone(t *testing.T) {
	r := setup(t)
	js := r.connect(t)
	owners, err := OpenOwners(t.Context(), js)
	must(t, err)
	bucket, err := openBucket(t.Context(), js, bus.BucketOwner)
	must(t, err)
	_, err = bucket.PutString(t.Context(), bus.OwnerKey(onPhone(1)), `{`)
	must(t, err)
	_, err = bucket.PutString(t.Context(), bus.OwnerKey(onPhone(2)), `{"v":1,"owner":"ana"}`)
	must(t, err)
	if who, err := owners.Owner(t.Context(), onPhone(1)); err == nil {
		t.Errorf("a broken value says that %q holds it", who)
	}
	if who, err := owners.Owner(t.Context(), onPhone(2)); err != nil || who != "ana" {
		t.Errorf("the other is held by %q, %v", who, err)
	}
}

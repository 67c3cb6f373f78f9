package main

import (
	"testing"

	"recado/agent/bus"
)

// What waits to be sent once more is followed by the gateway's user of the
// compose file, and nothing else of the bucket is.
func TestTheGatewaysUserOfTheComposeFileFollowsWhatIsToBeSentAgain(t *testing.T) {
	env := composeEnv(t)
	at := startComposeNATS(t, env)
	admin, err := openJetStream(as(t, at, "admin", bus.RoleProvision, env))
	must(t, err)
	_, err = bus.Provision(t.Context(), admin, bus.Layout{})
	must(t, err)
	js, err := openJetStream(as(t, at, "gateway", bus.RoleGateway, env))
	must(t, err)
	bucket, err := js.KeyValue(t.Context(), bus.BucketDelivery)
	must(t, err)
	_, err = bucket.Put(t.Context(), "again.t1", []byte("{}"))
	must(t, err)
	watch, err := bucket.Watch(t.Context(), "again.>")
	must(t, err)
	defer watch.Stop() //nolint:errcheck // the server ends it by itself
	if entry := <-watch.Updates(); entry == nil || entry.Key() != "again.t1" {
		t.Errorf("found %v", entry)
	}
}

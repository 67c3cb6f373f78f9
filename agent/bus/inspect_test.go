package bus_test

import (
	"testing"

	"recado/agent/bus"
)

func TestInspectTellsWhatProvisionWouldDoAndDoesNothing(t *testing.T) {
	t.Parallel()
	r := setup(t)
	inspect := func(layout bus.Layout, may func(string) bool) map[string]string {
		t.Helper()
		report, err := bus.Inspect(t.Context(), r.js, layout, may)
		must(t, err)
		found := map[string]string{}
		for _, c := range report {
			found[c.Kind+" "+c.Name] = c.Action
		}
		return found
	}
	all := func(string) bool { return true }
	for name, action := range inspect(bus.Layout{}, all) {
		if action != bus.ActionUnchanged {
			t.Errorf("%s is %s right after Provision", name, action)
		}
	}
	must(t, r.js.DeleteStream(t.Context(), bus.StreamAudit))
	must(t, r.js.DeleteKeyValue(t.Context(), bus.BucketCase))
	stream, err := r.js.Stream(t.Context(), bus.StreamIn)
	must(t, err)
	must(t, stream.DeleteConsumer(t.Context(), bus.ConsumerWorker))
	turn, err := r.js.Stream(t.Context(), "KV_"+bus.BucketOwner)
	must(t, err)
	config := turn.CachedInfo().Config
	config.AllowDirect = true
	_, err = r.js.UpdateStream(t.Context(), config)
	must(t, err)
	for range 2 { // the second time finds the same
		got := inspect(bus.Layout{Replicas: 1}, func(subject string) bool { return subject != "$JS.API.STREAM.INFO."+bus.StreamTurn })
		for name, want := range map[string]string{
			"stream " + bus.StreamAudit: bus.ActionMissing, "bucket " + bus.BucketCase: bus.ActionMissing, "consumer " + bus.ConsumerWorker: bus.ActionMissing,
			"bucket " + bus.BucketOwner: bus.ActionDiffers, "stream " + bus.StreamIn: bus.ActionUnchanged, "stream " + bus.StreamTurn: bus.ActionUnseen,
		} {
			if got[name] != want {
				t.Errorf("%s is %s, want %s", name, got[name], want)
			}
		}
	}
	if got := inspect(bus.Layout{Replicas: 3}, all)["stream "+bus.StreamIn]; got != bus.ActionDiffers {
		t.Errorf("a single copy where three are wanted: %s", got)
	}
}

package answer

import (
	"runtime"
	"testing"
	"time"

	"recado/agent/clinic"
)

// A deployment changes profiles for as long as it runs: what was worked out for
// one goes when nobody has it any more.
func TestTheIndexOfAProfileThatIsGoneIsForgotten(t *testing.T) {
	count := func() (n int) {
		indexes.Range(func(_, _ any) bool { n++; return true })
		return n
	}
	kept := clinic.Sample()
	x, before := indexOf(kept), count()
	var changed []*clinic.Profile
	for range 20 {
		changed = append(changed, clinic.Sample())
		indexOf(changed[len(changed)-1])
	}
	if n := count(); n < 21 {
		t.Fatalf("%d indexes: the test looks at nothing", n)
	}
	runtime.KeepAlive(changed)
	changed = nil
	late := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for count() > before { // clean-ups run some time after a collection
		runtime.GC()
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%d indexes are left, and there were %d", count(), before)
		}
	}
	if x != indexOf(kept) {
		t.Error("a profile in use lost its index")
	}
	runtime.KeepAlive(kept)
}

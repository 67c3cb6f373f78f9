package fault_test

import (
	"slices"
	"testing"
	"time"

	"recado/agent/soak/fault"
)

func plan(seed uint64, during time.Duration) []fault.Fault {
	return fault.Plan(fault.Options{Seed: seed, During: during, Kinds: fault.Single()})
}

func TestASeedGivesOnePlan(t *testing.T) {
	if !slices.Equal(plan(7, time.Minute), plan(7, time.Minute)) {
		t.Error("two plans of one seed differ")
	}
	if slices.Equal(plan(7, time.Minute), plan(8, time.Minute)) {
		t.Error("two seeds give one plan")
	}
}

func TestALongPlanHasEveryKind(t *testing.T) {
	for seed := range uint64(20) {
		all := plan(seed, 2*time.Minute)
		for _, kind := range fault.Single() {
			if !slices.ContainsFunc(all, func(f fault.Fault) bool { return f.Kind == kind }) {
				t.Errorf("seed %d: no %s among %d faults", seed, kind, len(all))
			}
		}
	}
}

func TestFaultsOfAPartDoNotOverlapAndEndInTime(t *testing.T) {
	for seed := range uint64(50) {
		free := map[string]time.Duration{}
		var last time.Duration
		for _, f := range plan(seed, time.Minute) {
			if f.At < last {
				t.Fatalf("seed %d: %s begins before the one before it", seed, f.Kind)
			}
			last = f.At
			if f.At < free[f.Kind.Part()] {
				t.Fatalf("seed %d: %s begins before the last fault of its part is over", seed, f.Kind)
			}
			free[f.Kind.Part()] = f.At + f.For
			if f.At+f.For > time.Minute || f.For <= 0 {
				t.Fatalf("seed %d: %s lasts from %s for %s", seed, f.Kind, f.At, f.For)
			}
		}
	}
}

func TestNeitherRedisNorALanguageModelMayHoldAnEmergencyUp(t *testing.T) {
	for _, kind := range append(fault.Single(), fault.Cluster()...) {
		if part := kind.Part(); (part == "redis" || part == "llm") && (kind.Blocks() || kind.StallsWorker()) {
			t.Errorf("%s excuses a late emergency", kind)
		}
	}
}

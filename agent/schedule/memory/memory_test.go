package memory_test

import (
	"testing"

	"recado/agent/schedule/memory"
	"recado/agent/schedule/scheduletest"
)

func TestItKeepsThePromisesOfABook(t *testing.T) {
	scheduletest.Run(t, func(t *testing.T) scheduletest.Rig {
		r := scheduletest.Rig{Profile: scheduletest.NewProfile(t), Clock: scheduletest.NewClock()}
		r.Schedule = memory.New(r.Profile, r.Clock.Now)
		return r
	})
}

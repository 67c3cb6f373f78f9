package agent

import (
	"sync"

	"recado/agent/clinic"
)

// What ships takes long to read, and so does what an agent works out for a
// profile that it has not seen: all tests of this folder share one of each,
// and change neither.
var (
	Shipped = sync.OnceValues(func() (*Agent, error) { return New() })
	Sample  = sync.OnceValue(clinic.Sample)
)

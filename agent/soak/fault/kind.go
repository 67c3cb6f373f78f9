// Package fault says what is broken, when and for how long: a plan made of a
// seed, so that it can be repeated. It breaks nothing itself.
package fault

import "slices"

// Kind is one way to break something.
type Kind string

// The kinds. A name begins with the part that is broken.
const (
	WorkerKill  Kind = "worker.kill"  // SIGKILL of one worker, which is started again
	WorkerStop  Kind = "worker.stop"  // SIGSTOP of one worker, beyond its leases, then SIGCONT
	WorkerClock Kind = "worker.clock" // the clock of one worker jumps by hours, then back
	WorkerDrain Kind = "worker.drain" // SIGTERM of one worker, as a deployment does it

	GatewayKill Kind = "gateway.kill"
	GatewayStop Kind = "gateway.stop"
	ConsoleKill Kind = "console.kill"
	ConsoleStop Kind = "console.stop"

	RedisKill     Kind = "redis.kill"     // SIGKILL; it comes back empty
	RedisWipe     Kind = "redis.wipe"     // FLUSHALL
	RedisStop     Kind = "redis.stop"     // it takes connections and answers nothing
	RedisSlow     Kind = "redis.slow"     // each answer takes longer than a worker waits
	RedisReadOnly Kind = "redis.readonly" // it refuses writes, as a replica does
	RedisMemory   Kind = "redis.memory"   // it refuses writes for want of memory

	NATSKill  Kind = "nats.kill"  // SIGKILL, then started again
	NATSStop  Kind = "nats.stop"  // it takes connections and answers nothing
	NATSDisk  Kind = "nats.disk"  // its disk is full
	NATSCut   Kind = "nats.cut"   // all connections to it are cut, and again
	NATSDelay Kind = "nats.delay" // each piece of data takes long
	NATSHold  Kind = "nats.hold"  // one process hears nothing of it, without a broken connection

	LLMSlow    Kind = "llm.slow"    // answers take longer than anybody waits
	LLMRate    Kind = "llm.429"     //
	LLMError   Kind = "llm.5xx"     //
	LLMGarbage Kind = "llm.garbage" // answers that are none, or forbidden ones

	GraphRefuse Kind = "graph.refuse" // the channel refuses: rate limits, errors of its own
	GraphDrop   Kind = "graph.drop"   // the channel takes messages and does not say so

	// Dark is Redis and the language model down at once: emergencies have to
	// be answered all the same.
	Dark Kind = "redis+llm.down"

	// Faults of a cluster.
	LeaderKill Kind = "cluster.leader"   // SIGKILL of the server that leads the streams
	Minority   Kind = "cluster.minority" // one server is cut off from the others and from everybody
	Rolling    Kind = "cluster.rolling"  // every server is restarted, one after the other
	Failover   Kind = "redis.failover"   // Redis is killed and its replica is made the new one
)

// Single returns the kinds for one NATS server and one Redis.
func Single() []Kind {
	return []Kind{
		WorkerKill, WorkerStop, WorkerClock, WorkerDrain, GatewayKill, GatewayStop, ConsoleKill, ConsoleStop,
		RedisKill, RedisWipe, RedisStop, RedisSlow, RedisReadOnly, RedisMemory,
		NATSKill, NATSStop, NATSDisk, NATSCut, NATSDelay, NATSHold,
		LLMSlow, LLMRate, LLMError, LLMGarbage, GraphRefuse, GraphDrop, Dark,
	}
}

// Cluster returns the kinds for three NATS servers and a Redis with a
// replica.
func Cluster() []Kind {
	return []Kind{
		LeaderKill, Minority, Rolling, Failover,
		WorkerKill, WorkerStop, GatewayKill, RedisWipe, NATSCut, NATSHold, LLMSlow, Dark,
	}
}

// Part is what a kind breaks. Faults of one part do not overlap: each begins
// from a part that is whole.
func (k Kind) Part() string {
	switch k {
	case Dark, Failover:
		return "redis"
	case LeaderKill, Minority, Rolling:
		return "nats"
	}
	for i := range k {
		if k[i] == '.' {
			return string(k[:i])
		}
	}
	return string(k)
}

// Heavy reports whether the kind stops all work while it lasts, so that
// others have nothing to show beside it.
func (k Kind) Heavy() bool {
	return slices.Contains([]Kind{NATSKill, NATSStop, NATSDisk, NATSCut, GatewayStop, LeaderKill, Minority, Rolling}, k)
}

// Blocks reports whether an emergency may have to wait while a fault of this
// kind lasts: the one way from the patient to a worker and back is broken.
// Everything else, Redis and the language model above all, must not hold one
// up.
func (k Kind) Blocks() bool {
	switch k.Part() {
	case "nats", "gateway", "graph":
		return true
	}
	return false
}

// StallsWorker reports whether an emergency that one worker holds has to wait
// until another gets it.
func (k Kind) StallsWorker() bool { return k == WorkerKill || k == WorkerStop }

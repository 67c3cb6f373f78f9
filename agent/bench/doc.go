// Package bench measures a worker on the machine that it runs on.
//
// Figures of one machine say little, and the same figure drifts by half
// within minutes where other work runs beside it. So throughput is given as a
// ratio to a null worker that does the same reading and writing around no
// thought at all, on the same servers, in turns with the real one: A B A B.
// Latency is taken from when a message was due to be sent, not from when the
// sender got around to it, so that a stall counts for every message that it
// held up.
package bench

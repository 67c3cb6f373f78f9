// Package worker joins bus, session and agent: it takes events from the
// input stream and commits turns, each event exactly once and in order,
// however often it is delivered and whatever crashes.
//
// An event goes this way:
//
//  1. On receipt the emergency rules look at it, alone. If they speak, the
//     emergency reply and the escalation are published at once, together with
//     a mark that makes this happen once for ever. Neither a slow turn nor a
//     dead Redis delays them.
//  2. The lease of its conversation is taken in the session store. If another
//     worker has it, that one is told that more has arrived.
//  3. All unanswered events of the conversation are read in stream order:
//     they are one turn.
//  4. The turn is decided and committed by one atomic publish, which the
//     server refuses if another worker has committed meanwhile.
//  5. The session is saved and the lease released, unless more has arrived.
//  6. The event is acknowledged, if the committed cursor covers it.
//
// JetStream is the truth at every step; whatever else is lost is rebuilt
// from the last turn record.
package worker

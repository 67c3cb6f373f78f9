// Package bus is the contract of Recado's messages on NATS JetStream: the
// streams, the subjects, what is in a message, and the few ways of writing
// and reading that keep a conversation in order.
//
// The input stream is the mailbox and the turn stream is the truth. A turn is
// committed by one atomic publish whose first message, the turn record, is
// accepted only when it follows the turn record that its writer knew. So a
// worker that was overtaken cannot commit, whatever it believes about locks.
package bus

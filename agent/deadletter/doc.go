// Package deadletter is how operators look at what could not be processed, and
// put it back once its cause is gone.
//
// A dead letter lies sealed in the turn stream, where staff's consoles file it
// as a case. What is here reads what is written outside on it; its content
// opens with the staff side's private key alone. Putting one back stores the
// bytes that arrived, once, at the end of their conversation, whose workers
// decide them anew.
package deadletter

// Package inbox is what staff work on, without I/O: cases, what may be done
// with them, when they are due, and how they are counted.
//
// A record is one sealed escalation or dead letter. A case is all records of
// one conversation until it is resolved; a later record returns the case to
// the queue while it is fresh, and opens the next one after that. A Case
// holds no word of a patient: the words are in its sealed records and in its
// sealed thread of notes and private messages.
//
// Every change is a pure function from a Case to the Case after it, so that a
// store can apply it under compare-and-set and repeat it when somebody else
// was first.
package inbox

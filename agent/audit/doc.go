// Package audit is the record of who saw and did what on the staff's side: a
// chain of SHA-256 hashes for each clinic, in the stream bus.StreamAudit.
//
// Each entry holds the hash of the one before it, and its own hash covers
// everything it says and its place, so an entry cannot be changed, left out,
// moved or added without every later hash being made anew. Whoever may write
// the stream could do that, and cut off the end; that is seen by a Head, the
// place and hash of the last entry, which was noted somewhere else.
//
// An entry holds ids and codes, and the reason that a member of staff typed
// where one is asked for. It has no field for anything a patient wrote.
//
// What must not happen unseen is done only after Append has returned without
// an error.
package audit

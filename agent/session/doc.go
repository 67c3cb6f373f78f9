// Package session keeps what workers remember of a conversation, and the
// lease that lets one worker at a time think about it.
//
// Nothing here is the truth. A store may be wiped at any moment: the turn
// records in JetStream say what was committed, and their compare-and-set
// keeps order. The store saves work: no two workers think about the same
// turn, and a session need not be read from JetStream.
package session

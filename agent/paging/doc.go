// Package paging wakes people: it tells the clinic's staff, outside of the
// console, that somebody waits, step by step of a ladder until somebody
// acknowledges by claiming the case.
//
// A page holds no word of a patient, no name, no address and no intent: the
// clinic, how pressing it is, a short reference, since when it waits, and a
// link into the console, where one has to sign in. Following the link changes
// nothing.
//
// Any number of consoles run a Pager at once. What was sent is kept in the
// bucket of agent/paging/store, so that each step is taken once; a console
// that is killed between sending and writing it down may send at most that
// one page of an alarm twice, under the same id. Leases compare the clocks of
// consoles, which have to agree to within some ten seconds.
package paging

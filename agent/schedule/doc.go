// Package schedule is what Recado knows of a clinic's appointment book: open
// times, a hold, a booking. It does no I/O; each kind of book is a package
// below it, and scheduletest holds all of them to the same promises.
//
// A booking is a time and a reference. No name, no reason, no birth date: the
// patient is the conversation that booked, and the clinic finds out the rest
// where it may be told.
//
// Every call may be repeated after a lost answer, a crash or a second
// delivery, with the same result: a hold is its owner's and slot's, a booking
// is made of a hold. So a turn that is decided twice books once.
package schedule

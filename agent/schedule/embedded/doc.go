// Package embedded is Recado's own appointment book, for clinics that have no
// other.
//
// The truth is a log in JetStream. Each provider's day is a subject whose last
// message holds all of its visits; each patient has a subject with theirs. A
// change is one atomic batch: the day, both days of a move, and the patient's
// list, each of them only if nobody wrote meanwhile. So the log itself decides
// who gets a time, and no state outside of it can book a time twice or lose a
// visit.
//
// Redis has the holds alone. They spare patients a lost race: who has a hold
// meets no rival. A Redis that was emptied gives every hold a second chance: a
// hold says by itself what it is for and until when, and one that was given
// before Redis was emptied is good as long as nobody else holds the time.
//
// A patient's own page notes the latest of their turns that spoke to the book
// (see schedule.Owner). It is part of every change, so a turn that was overtaken
// can change nothing after the one that did.
//
// A provider is who their profile's name says: one who gets another name there
// has another, empty book.
package embedded

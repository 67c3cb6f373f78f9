// Package booking is the conversation in which a patient books, moves, confirms
// or gives up a visit by text. Agent.Decide hears a turn with Hear, decides by
// its own policy whether it is for the book, and then takes one Step.
//
// Hear and everything that chooses words are pure. The only I/O is on the
// schedule.Schedule of the turn, under a time-out of its own.
//
// # What is said
//
// A visit is a day, a time, a place and a reference. No text names the patient,
// a reason, a doctor or what they do. One question is asked a message, and only
// what is needed and not known. Every question that has few answers offers them
// as choices, which are tapped, or answered with their number or in words.
//
// A visit is booked, and given up, by an unmistakable choice alone: a tap, or
// words of which every one belongs to a choice (see doubts). A question or a
// condition beside it has the time kept and asked about; anything else has the
// question asked again. A bare "Tuesday" books the only Tuesday of an offer of
// several days, since that is the one the patient read; where it tells no time
// from the others, or asks ("what about Tuesday?", "mejor el martes"), the
// patient may mean a time of that day that nobody showed them, so they are asked,
// or shown the day.
//
// A reply is taken in words where all of them belong to the grammar of such
// replies (see phrases): then it needs no classifier, which could make nothing
// of "2" or "a las 3 mejor". Danger, care and stop words were looked for
// before, in the whole turn. Other sentences of the turn are judged and
// answered by themselves.
//
// # Deciding twice
//
// A turn may be decided more than once: its worker died before it committed,
// another one overtook it, more has arrived meanwhile and joined it. What the
// book was told by a run that was never committed stays in the book, and the
// next run begins with the same draft. Nevertheless one choice makes one visit,
// and no visit stays that neither the patient nor staff were told of:
//
//   - Every call of the book may be repeated, and an owner has one hold. So the
//     same choice leads to the same booking.
//   - A call says how far its turn reads, and a book that can tell turns apart
//     refuses one that is behind (schedule.ErrOvertaken): the turn is given up
//     then. A turn that changes nothing says how far it reads all the same, and
//     looks at the book after that.
//   - A draft notes the references that there are when it begins, before
//     anything can be booked from it, and booking takes an offer that was
//     committed. So a booking that is not among them was made by a run that was
//     overtaken. If the turn now chooses another time, that booking is moved
//     there; the same time is told as booked; a turn that chooses nothing cancels
//     it. A visit that such a run moved is moved back.
//   - A turn that is none of the book's business (a hand-off, a person who took
//     over, a stop) says nothing of a visit, and may be the last one. It looks
//     for what an earlier run of it booked or moved, and staff are told of that
//     (Untold): the patient chose it, so it stands. The draft goes on as one
//     that moves that visit. A turn after a draft's Lifetime looks once more.
//   - An emergency makes no call. Where something may have been booked staff are
//     told to look, and the next turn tells, moves or cancels it as long as the
//     draft lives. It closes the open question: what is said next answers
//     nothing that was asked before it.
//
// # Where staff alone book
//
// A book that offers no times, or refuses to hold or book one for good
// (schedule.ErrUnsupported), is asked for nothing more: the patient's wish is
// left as a request in it, where it takes one, and staff get a record that says
// the same as the patient reads.
package booking

package booking

// Remind repeats the open question in short, beside the answer to something
// else. It is empty where nothing is open. It makes no call.
func Remind(t Turn) Result {
	d := t.Draft.open(t.Now)
	if d == nil {
		return Result{}
	}
	s := &step{Turn: t, d: d.clone()}
	switch d.Asked {
	case AskVisit, AskWhich, AskEnd, AskDrop, AskWhichDay:
		s.out.Draft = s.d // about something that was done with; it may still be answered
		return s.out
	}
	s.repeat()
	s.d.At = t.Now
	s.out.Draft = s.d
	return s.out
}

// Aside is said beside a hand-off: a visit may be asked for without its
// reason. The draft stays, or one begins that a day goes on from. It is empty
// where no visit is spoken of. It makes no call.
func Aside(t Turn) Result {
	d := t.Draft.open(t.Now).clone()
	if d == nil {
		if !wanted(t) {
			return Result{}
		}
		d = &Draft{Asked: AskDay}
	}
	d.At = t.Now
	s := &step{Turn: t, d: d}
	s.say("booking.private", nil)
	s.out.Draft = d
	return s.out
}

// wanted reports whether a turn asks for a visit by one of the words for it.
func wanted(t Turn) bool {
	for _, tok := range t.Tokens {
		if visitWords[tok.Surface] || visitWords[tok.Word] {
			return true
		}
	}
	return false
}

package inbox

import "slices"

// Outcome is how a round ended.
type Outcome string

// The outcomes.
const (
	Answered    Outcome = "answered"     // the patient was answered, in the channel or in private
	Called      Outcome = "called"       // somebody spoke with the patient
	Booked      Outcome = "booked"       // a visit was booked, moved or cancelled
	Clinician   Outcome = "clinician"    // a clinician took it over
	ERAdvised   Outcome = "er_advised"   // the patient was told to call 911 or go to an emergency room
	Unreachable Outcome = "unreachable"  // nobody answered
	WrongPerson Outcome = "wrong_person" // the number belongs to somebody else
	NotPHI      Outcome = "not_phi"      // it was not about anybody's care: the assistant could have answered
	NothingToDo Outcome = "nothing"      // nothing was to be done
)

// Outcomes are all of them, in the order in which staff are shown them.
var Outcomes = []Outcome{Answered, Called, Booked, Clinician, ERAdvised, Unreachable, WrongPerson, NotPHI, NothingToDo}

// Valid reports whether o is one of Outcomes.
func (o Outcome) Valid() bool { return slices.Contains(Outcomes, o) }

package deadletter

import "recado/agent/bus"

// Advice is what a reason means and what there is to do about it.
type Advice struct {
	Means string
	Do    string
}

// advices by reason.
var advices = map[bus.Reason]Advice{
	bus.ReasonUnreadable: {
		"Something arrived that is no event: broken JSON, or a field that breaks the contract.",
		"Find out who publishes it. Putting it back does not help; staff read what it says in the inbox.",
	},
	bus.ReasonVersion: {
		"An event of another contract version arrived: a gateway is newer, or older, than the workers.",
		"Update the workers, then put it back: recado dead retry.",
	},
	bus.ReasonMismatch: {
		"An event names another conversation than the subject that it was published on.",
		"Correct the gateway that published it. Putting it back does not help.",
	},
	bus.ReasonUnknownClinic: {
		"No worker has a profile for the clinic, or no clinic has the account that it was sent to.",
		"Start workers with that clinic's profile, or correct the account; then put it back: recado dead retry.",
	},
	bus.ReasonUndecided: {
		"Deciding failed every time: the patient got the hand-off text, and staff the message.",
		"Look at the workers' log for what failed. After an update put it back, unless staff have answered: recado dead retry.",
	},
	bus.ReasonSubject: {
		"Something was published on a subject that names no conversation.",
		"Find out who publishes there, and correct it. Putting it back does not help.",
	},
	"undelivered": {
		"A reply could not be delivered to the patient.",
		"Answer from the inbox, or call. The case tells the channel's error code.",
	},
}

// AdviceFor returns what a reason means; one for reasons that this build does
// not know as well.
func AdviceFor(r bus.Reason) Advice {
	if a, ok := advices[r]; ok {
		return a
	}
	return Advice{"A reason that this build does not know: it was written by another version.", "Use the newest recado to look at it."}
}

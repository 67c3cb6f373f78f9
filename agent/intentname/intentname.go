// Package intentname names the intents that the policy treats in a way of
// their own. A test holds each against the files of intents/.
package intentname

// The intents with a part in the policy.
const (
	OptOut     = "opt_out"
	OptIn      = "opt_in"
	Help       = "help"
	Cancel     = "cancel"
	Confirm    = "confirm"
	Human      = "human"
	Complaint  = "complaint"
	Callback   = "callback"
	OffTopic   = "off_topic"
	Spam       = "spam"
	Abuse      = "abuse"
	Injection  = "injection"
	Attachment = "attachment"
	Medical    = "medical_emergency"
	Poisoning  = "poisoning"
	SelfHarm   = "self_harm"
	Violence   = "violence"
	Greeting   = "greeting"
	Thanks     = "thanks"
	Booking    = "booking"
	Reschedule = "reschedule"
)

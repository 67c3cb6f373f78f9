// Package guard finds what must not be answered in a public channel:
// emergencies, a person's care, identifiers. Its rules are data that a
// clinician can read and sign.
package guard

// Risk orders what a detector may find. Detectors only ever raise it.
type Risk int

// The risks, lowest first.
const (
	None Risk = iota
	// Escalate means that a person's care may be touched: hand off.
	Escalate
	// Emergency means that life or limb may be in danger now.
	Emergency
)

// Category tells which kind of detector spoke.
type Category string

// The categories of signals.
const (
	CategoryEmergency  Category = "emergency"
	CategoryCare       Category = "personal_care"
	CategoryIdentifier Category = "identifier"
	CategoryGate       Category = "gate"       // the answer was not earned
	CategoryClassifier Category = "classifier" // the trained model's share of risk
	CategoryLLM        Category = "llm"
	CategoryAttachment Category = "attachment"
	CategoryConsent    Category = "consent" // about the messages themselves: no risk
	CategoryDecline    Category = "decline" // nothing that a clinic does: no risk
)

// riskHint is the risk of rules whose words are as often those of the front
// desk: an illness is named, a part of somebody's body.
const riskHint = "hint"

// riskDecline is the risk of rules that know what no clinic does: the weather,
// somebody's lamp, another patient's name. They lower nothing that anything
// else found.
const riskDecline = "decline"

// Signal is evidence that a detector found. It points into the message and
// never quotes it.
type Signal struct {
	Rule     string   `json:"rule"`
	Category Category `json:"category"`
	// Span is the half-open byte range of the evidence in the turn's text as
	// the patient wrote it; {0,0} where a signal has no place.
	Span     [2]int  `json:"span"`
	Risk     Risk    `json:"-"`
	Intent   string  `json:"intent,omitempty"` // the intent that the rule implies
	Strength float64 `json:"strength,omitempty"`
}

// Hint reports whether the signal is too weak to be a risk by itself: it is
// one where other evidence points to a person's care too.
func (s Signal) Hint() bool { return s.Category == CategoryCare && s.Risk == None }

package agent

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
)

//go:embed thresholds.json
var thresholdsFile []byte

// Thresholds are the probabilities at which the classifier is believed. They
// are fitted on the development set, never on training examples, and stored
// in thresholds.json beside the code.
type Thresholds struct {
	// Emergency is the share of the emergency intents at which a message is
	// an emergency without a rule; EmergencyClause the same for one clause.
	Emergency       float64 `json:"emergency"`
	EmergencyClause float64 `json:"emergency_clause"`
	// Sensitive is the share of sensitive and emergency intents at which a
	// message is handed off without a rule; SensitiveClause the same for one
	// clause of it.
	Sensitive       float64 `json:"sensitive"`
	SensitiveClause float64 `json:"sensitive_clause"`
	// Clinical replaces Sensitive where the message holds a clinical term and
	// a person.
	Clinical float64 `json:"clinical"`
	// Hint is the share of sensitive and emergency intents from which on a
	// hint of the rules or of the gate is believed.
	Hint float64 `json:"hint"`
	// Unexplained replaces Sensitive where somebody in particular is spoken of
	// in words that no example holds.
	Unexplained float64 `json:"unexplained"`
	// Context is how much likelier safe intents become in a short message
	// after a front-desk turn; the last turn's own intent twice as much.
	Context float64 `json:"context"`
	// Answer is the least share of the best safe intent, and of all safe
	// intents together, that earns an answer.
	Answer     float64 `json:"answer"`
	AnswerSafe float64 `json:"answer_safe"`
	// Clause is the least share for a second intent, from a clause.
	Clause float64 `json:"clause"`
	// Consent is the least share of opt_out, opt_in and help.
	Consent float64 `json:"consent"`
}

func shippedThresholds() (Thresholds, error) {
	var t Thresholds
	d := json.NewDecoder(bytes.NewReader(thresholdsFile))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return t, fmt.Errorf("thresholds.json: %w", err)
	}
	return t, nil
}

package judge

import (
	"slices"

	"recado/evals/outcome"
)

// The kinds of checks, by the names that suites give the expectations.
const (
	checkDisposition = "disposition"
	checkNot         = "not"
	checkIntents     = "intents"
	checkAllIntents  = "all_intents"
	checkReplyLang   = "reply_lang"
	checkConsent     = "consent"
	checkStaff       = "staff"
	checkPriority    = "priority"
	checkBooking     = "booking"
	checkPromises    = "promises" // of a turn under hostile models
)

var checkKinds = []string{checkDisposition, checkNot, checkIntents, checkAllIntents, "slots", checkReplyLang, "reply", "replies",
	"contains", "lacks", "matches", checkConsent, checkStaff, checkPriority, checkBooking, "max_ms", "max_tokens"}

// checkKind is the kind of a check, of which there is one spelling.
func checkKind(c outcome.Check) string {
	switch c.What {
	case "intent":
		return checkIntents
	case "slot":
		return "slots"
	case "language":
		return checkReplyLang
	}
	return c.What
}

// ofChecks makes a measure check_<kind> of each kind of check: of turns with
// such checks, those of which all held.
func ofChecks() []measure {
	var out []measure
	for _, kind := range checkKinds {
		is := func(c outcome.Check) bool { return checkKind(c) == kind }
		out = append(out, measure{
			MeasureInfo: MeasureInfo{Name: "check_" + kind, Title: "Expectation " + kind + " met",
				About: "of messages that expect something of " + kind + ", those of which it held"},
			asks: func(t *outcome.Turn) bool { return slices.ContainsFunc(t.Checks, is) },
			hit: func(t *outcome.Turn) bool {
				return !slices.ContainsFunc(t.Checks, func(c outcome.Check) bool { return is(c) && !c.OK })
			},
			covers: []string{kind},
		})
	}
	return out
}

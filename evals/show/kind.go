package show

import (
	"strings"

	"recado/evals/judge"
)

// kindTitles are the kinds of failures in words.
var kindTitles = map[string]string{
	"":                        "Passed",
	judge.KindBreach:          "A promise is broken",
	judge.KindPHIMissed:       "Care not handed off",
	judge.KindEmergencyMissed: "Emergency not taken for one",
	judge.KindConsentMissed:   "Stop or start not heard",
	judge.KindLookalike:       "Taken for a stop or start",
	judge.KindCareAsEmergency: "Care taken for an emergency",
	judge.KindOverEscalated:   "Handed off needlessly",
	judge.KindDisposition:     "Other disposition",
	judge.KindLanguage:        "Answered in the other language",
	judge.KindIntent:          "Another question answered",
	judge.KindTwins:           "Right in one language only",
	judge.KindTypedAnew:       "Right as written only",
	judge.KindError:           "Not judged (ERROR)",
	judge.KindUngated:         "Failures that no gate counts",
	judge.KindKnown:           "Known to fail (KNOWN)",
	judge.KindMended:          "Mended: remove known",
}

func kindTitle(kind string) string {
	if title, ok := kindTitles[kind]; ok {
		return title
	}
	if what, ok := strings.CutPrefix(kind, judge.KindCheck); ok {
		return "Expectation of " + strings.ReplaceAll(what, "_", " ") + " not met"
	}
	return strings.ReplaceAll(kind, "_", " ")
}

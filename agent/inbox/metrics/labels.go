package metrics

import (
	"slices"

	"recado/agent"
	"recado/agent/inbox"
	"recado/agent/language"
)

// Values of labels, besides the ids of clinics. Whatever is none of them is
// other.
const other = "other"

var (
	priorities = []string{
		string(agent.PriorityEmergency), string(agent.PriorityUrgent), string(agent.PriorityRoutine), string(agent.PriorityRequest),
	}
	languages = []string{string(language.English), string(language.Spanish), string(language.Mixed), string(language.Other), "unknown"}
	// ages are the bands of inbox.AgeLimits.
	ages = []string{"under 1h", "1h to 4h", "4h to 24h", "1d to 3d", "3d to 7d", "over 7d"}
	// reasons are what kinds of rules hand over. Which rule about which words
	// it was tells what somebody suffers from; in a small clinic that is one
	// person's secret.
	reasons = []string{
		"words", "gate", "policy", "classifier", "llm", "attachment", "identifier", "dead_letter", "undecided", "fault", "stray", "none",
	}
)

// oneOf is value, or other where it is none of known.
func oneOf(known []string, value string) string {
	if slices.Contains(known, value) {
		return value
	}
	return other
}

func languageLabel(l language.Language) string {
	if l == "" {
		return "unknown"
	}
	return oneOf(languages, string(l))
}

func reasonLabel(reason string) string {
	switch {
	case reason == "":
		return "none"
	case slices.Contains(reasons, reason):
		return reason
	}
	return "words"
}

func outcomeLabel(o inbox.Outcome) string {
	if o.Valid() {
		return string(o)
	}
	return other
}

// summed is counts with the keys as label values, zeros of the known ones
// included, so that a graph has no gaps.
func summed[K comparable](counts map[K]int, known []string, label func(K) string) map[string]int {
	all := map[string]int{}
	for _, k := range known {
		all[k] = 0
	}
	for k, n := range counts {
		all[label(k)] += n
	}
	return all
}

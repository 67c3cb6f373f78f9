package clinic

import (
	"strings"

	"recado/agent/nearest"
)

// suggest says what a name that is unknown may have been meant to be.
func suggest(got string, known []string) string {
	if best := nearest.Name(got, known, nearest.Close(len(got))); best != "" {
		return "did you mean " + best + "?"
	}
	if len(known) > 24 {
		return "see the sample profile for the names there are"
	}
	return "known are " + strings.Join(known, ", ")
}

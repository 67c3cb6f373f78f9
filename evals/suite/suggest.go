package suite

import (
	"strings"

	"recado/agent/nearest"
)

// suggest says what an unknown name may have been meant to be.
func suggest(got string, known []string) string {
	if best := nearest.Name(got, known, nearest.Close(len(got))); best != "" {
		return "did you mean " + best + "?"
	}
	return "there is " + strings.Join(known, ", ")
}

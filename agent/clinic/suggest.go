package clinic

import "strings"

// suggest says what a name that is unknown may have been meant to be.
func suggest(got string, known []string) string {
	best, least := "", 1+max(2, len(got)/3)
	for _, k := range known {
		if d := distance(strings.ToLower(got), k, least); d < least {
			best, least = k, d
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	if len(known) > 24 {
		return "see the sample profile for the names there are"
	}
	return "known are " + strings.Join(known, ", ")
}

// distance is the edit distance of a and b, or limit where it is larger.
func distance(a, b string, limit int) int {
	if len(a) > 64 || len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return min(row[len(b)], limit)
}

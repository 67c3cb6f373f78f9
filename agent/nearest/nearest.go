// Package nearest finds the name that a misspelt one was meant to be, for
// error messages.
package nearest

import "strings"

// longest is the most bytes of a name that is compared; longer ones are no
// slip of a name.
const longest = 64

// Name returns the known name with the fewest single-letter edits from got,
// the first of equals, or "" where none is within that many. Case of got
// does not count.
func Name(got string, known []string, within int) string {
	got = strings.ToLower(got)
	best, least := "", within+1
	for _, k := range known {
		if len(got) > longest || len(got)-len(k) >= least || len(k)-len(got) >= least {
			continue
		}
		if d := distance(got, k); d < least {
			best, least = k, d
		}
	}
	return best
}

// Close is how many edits a slip in a name of that many bytes may take.
func Close(bytes int) int { return max(2, bytes/3) }

// distance is Levenshtein's.
func distance(a, b string) int {
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
	return row[len(b)]
}

package doctor

import (
	"maps"
	"slices"
)

// sorted are the keys of m in order, so that a report is the same each time.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

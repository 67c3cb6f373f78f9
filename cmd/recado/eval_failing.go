package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"recado/evals/outcome"
)

// failing are the cases that did not pass in a run.
type failing map[[2]string]bool

// failingIn reads the cases of a run that failed or were not judged, under any
// variant, however they were typed.
func failingIn(path string) (failing, error) {
	r, err := outcome.Open(path)
	if err != nil {
		return nil, err
	}
	f := failing{}
	for o, err := range r.All() {
		if err != nil {
			return nil, err
		}
		if o.Status != outcome.Pass {
			f[[2]string{o.Suite, o.ID}] = true
		}
	}
	if len(f) == 0 {
		return nil, fmt.Errorf("no case fails in %s: there is nothing to run", path)
	}
	return f, nil
}

func (f failing) has(suite, id string) bool { return f[[2]string{suite, id}] }

// String names the cases for a run's header.
func (f failing) String() string {
	h := sha256.New()
	for _, k := range slices.SortedFunc(maps.Keys(f), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		fmt.Fprintf(h, "%q\n", k)
	}
	return fmt.Sprintf("only %d failing cases (%s)", len(f), hex.EncodeToString(h.Sum(nil))[:12])
}

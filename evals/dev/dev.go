// Package dev holds the development set: messages that were labelled by
// themselves, apart from the examples of package intents. Thresholds are
// fitted on it and rules were written while looking at it, so that its
// figures are a little better than what unseen messages will show.
package dev

import (
	"embed"

	"recado/evals/suite"
)

//go:embed dev.yaml *.jsonl
var files embed.FS

// Dir is where the files lie in the repository.
const Dir = "evals/dev"

// Suite reads the set.
func Suite(k suite.Known) (*suite.Suite, error) { return suite.LoadFS(files, Dir, "dev.yaml", k) }

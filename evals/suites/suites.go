// Package suites holds the suites that ship with Recado: what patients write,
// and what a careful clinic would have Recado do.
package suites

import (
	"embed"

	"recado/evals/suite"
)

//go:embed *.yaml
var files embed.FS

// Dir is where the files lie in the repository.
const Dir = "evals/suites"

// All reads the suites in order of names.
func All(k suite.Known) ([]*suite.Suite, error) { return suite.FolderFS(files, Dir, k) }

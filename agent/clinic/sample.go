package clinic

import (
	_ "embed"
	"fmt"
)

//go:embed sample.yaml
var sample []byte

// SampleYAML is the profile of a fictional family and paediatric clinic, to
// copy and change.
func SampleYAML() []byte { return append([]byte(nil), sample...) }

// Sample is the profile of SampleYAML. Each call returns its own copy.
func Sample() *Profile {
	p, err := Parse("sample.yaml", sample)
	if err != nil {
		// the embedded file is part of the program and held right by a test
		panic(fmt.Sprintf("the embedded sample clinic is wrong:\n%v", err))
	}
	return p
}

package main

import (
	"fmt"
	"runtime/debug"
)

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(std streams) error {
	fmt.Fprintf(std.out, "recado %s\n", versionOf())
	return nil
}

// versionOf is the module's version and, where the build recorded it, the
// commit.
func versionOf() string {
	version, commit := "development", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			version = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = " " + s.Value
			}
		}
	}
	return version + commit
}

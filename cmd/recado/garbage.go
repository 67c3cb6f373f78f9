package main

import (
	"os"
	"runtime/debug"
)

// collectSeldom lets a worker's memory grow further before garbage is looked
// for: what it keeps is small (some 25 MB of models), so that Go's default
// collects many times a second under load. It costs 0.1 GB at most. GOGC in the
// environment overrules it; an idle process is collected every two minutes all
// the same.
func collectSeldom() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

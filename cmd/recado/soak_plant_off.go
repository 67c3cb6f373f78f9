//go:build !plant

package main

// soakEnvironment is what a soak adds to the environment of its processes.
func soakEnvironment() []string { return nil }

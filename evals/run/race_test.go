//go:build race

package run

// RaceDetector is on: everything takes ten times as long.
const RaceDetector = true

//go:build !race

package run

const RaceDetector = false

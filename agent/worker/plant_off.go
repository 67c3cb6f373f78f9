//go:build !plant

package worker

// plant plants no bug: see the build with the tag plant.
func (w *Worker) plant() {}

// Package process runs other programs for a tool that starts, kills and stops
// them on purpose: each in a process group of its own, so that Ctrl-C in a
// terminal reaches the tool alone, and each killed by the kernel when the
// tool dies, so that nothing is left behind.
package process

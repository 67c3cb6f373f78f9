//go:build !linux

package process

import (
	"errors"
	"syscall"
)

func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func lockThread() {}

// EndsWithParent tells whether this system ends processes with their parent.
const EndsWithParent = false

// CanLimitFiles tells whether LimitFiles works on this system.
const CanLimitFiles = false

// LimitFiles works on Linux only.
func (p *Process) LimitFiles(uint64) error {
	return errors.New("limit files: this needs Linux")
}

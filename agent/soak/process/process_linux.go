package process

import (
	"fmt"
	"runtime"
	"syscall"
	"unsafe"
)

func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func lockThread() { runtime.LockOSThread() }

// EndsWithParent tells whether this system ends processes with their parent.
const EndsWithParent = true

// CanLimitFiles tells whether LimitFiles works on this system.
const CanLimitFiles = true

// rlimit is the kernel's struct rlimit64.
type rlimit struct{ cur, max uint64 }

// LimitFiles makes each write beyond this offset of a file fail in the
// running program, as on a disk that is full; 0 takes the limit away. The
// program has to ignore SIGXFSZ.
func (p *Process) LimitFiles(bytes uint64) error {
	limit := rlimit{bytes, ^uint64(0)}
	if bytes == 0 {
		limit.cur = ^uint64(0)
	}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(p.PID()), syscall.RLIMIT_FSIZE,
		uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if errno != 0 {
		return fmt.Errorf("limit the files of %s: %w", p.Name, errno)
	}
	return nil
}

package main

import "syscall"

// release unmaps a span. Constants are mapped page by page from then on: one
// that is needed would bring 2 MB with it where the system holds the file in
// such pieces. Code may come so, for it runs the faster.
func release(s span) error {
	if !s.code {
		_ = advise(s, syscall.MADV_NOHUGEPAGE) // not every kernel has large pages to do without
	}
	return advise(s, syscall.MADV_DONTNEED)
}

func advise(s span, advice uintptr) error {
	if _, _, errno := syscall.Syscall(syscall.SYS_MADVISE, s.from, s.to-s.from, advice); errno != 0 {
		return errno
	}
	return nil
}

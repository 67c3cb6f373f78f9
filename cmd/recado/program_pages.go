package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// settle gives back what starting took and serving does not: garbage of
// reading models and rules, and pages of the program itself. The latter are
// those of every package's beginning, most of what the system counts as an
// idle process's memory; a page that is needed after all is mapped again when
// it is read. It is about thrift alone, so a system that cannot do it keeps
// the pages.
func settle() {
	debug.FreeOSMemory()
	_ = releaseProgram()
}

// span is a part of the address space.
type span struct {
	from, to uintptr
	code     bool // may be executed
}

// releaseProgram unmaps the pages of the program's file that no one can write
// and no one has written, such as its code.
func releaseProgram() error {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return fmt.Errorf("look up the program's file: %w", err)
	}
	maps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return fmt.Errorf("look up the program's pages: %w", err)
	}
	defer maps.Close()
	spans, err := programSpans(maps, program)
	if err != nil {
		return err
	}
	for _, s := range spans {
		if err := release(s); err != nil {
			return fmt.Errorf("release the program's pages: %w", err)
		}
	}
	return nil
}

// programSpans reads smaps, in the form of proc(5), and returns where a file
// is mapped unchanged and for reading only. A page that was written before it
// became read-only, by a linker or a debugger, is in memory alone: its span
// is left out.
func programSpans(smaps io.Reader, file string) ([]span, error) {
	var spans []span
	var at *span // of the program's, and not yet known to be unchanged
	lines := bufio.NewScanner(smaps)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) >= 5 && !strings.HasSuffix(fields[0], ":"):
			at = nil
			if fields[1] != "r-xp" && fields[1] != "r--p" || len(fields) < 6 || !strings.HasSuffix(lines.Text(), " "+file) {
				continue
			}
			from, to, _ := strings.Cut(fields[0], "-")
			a, err := strconv.ParseUint(from, 16, strconv.IntSize)
			if err != nil {
				return nil, fmt.Errorf("read the program's pages: %w", err)
			}
			b, err := strconv.ParseUint(to, 16, strconv.IntSize)
			if err != nil {
				return nil, fmt.Errorf("read the program's pages: %w", err)
			}
			at = &span{uintptr(a), uintptr(b), fields[1] == "r-xp"}
		case at != nil && len(fields) == 3 && fields[0] == "Anonymous:":
			if fields[1] == "0" {
				spans = append(spans, *at)
			}
			at = nil
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the program's pages: %w", err)
	}
	return spans, nil
}

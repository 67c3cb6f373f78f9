package main

import (
	"bufio"
	"os"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"recado/agent"
)

func TestOnlyUnchangedReadOnlyPagesOfTheProgramAreReleased(t *testing.T) {
	const smaps = `00400000-01da0000 r-xp 00000000 fe:00 4711      /opt/re cado
Rss:               18040 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
01da0000-03d49000 r--p 019a0000 fe:00 4711      /opt/re cado
Anonymous:             0 kB
03d49000-03d4a000 r--p 03949000 fe:00 4711      /opt/re cado
Anonymous:             4 kB
03d4a000-04241000 rw-p 0394a000 fe:00 4711      /opt/re cado
Anonymous:             0 kB
1b78d9c00000-1b78dd800000 rw-p 00000000 00:00 0
Anonymous:         38744 kB
7f54ad091000-7f54ad1e7000 r-xp 00026000 fe:00 4712      /usr/lib/libc.so.6
Anonymous:             0 kB
7f54ad1e7000-7f54ad1e8000 r--s 00026000 fe:00 4711      /opt/re cado
Anonymous:             0 kB
`
	got, err := programSpans(strings.NewReader(smaps), "/opt/re cado")
	if err != nil {
		t.Fatal(err)
	}
	if want := []span{{0x400000, 0x1da0000, true}, {0x1da0000, 0x3d49000, false}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestAnUnreadableAddressIsAnErrorAndNoSpan(t *testing.T) {
	if got, err := programSpans(strings.NewReader("zz-10 r-xp 0 0 0 /opt/recado\nAnonymous: 0 kB\n"), "/opt/recado"); err == nil || got != nil {
		t.Errorf("spans %v, error %v", got, err)
	}
}

func TestAProgramRunsOnWithItsPagesReleased(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells a process where its pages are")
	}
	before := programResident(t)
	if err := releaseProgram(); err != nil {
		t.Fatal(err)
	}
	if after := programResident(t); after >= before {
		t.Errorf("the program has %d kB in memory, and had %d", after, before)
	}
	if _, err := agent.New(); err != nil { // reads much of the program's code and constants
		t.Error(err)
	}
}

// programResident is how much of the program's unchanging pages is in memory,
// in kB.
func programResident(t *testing.T) int {
	t.Helper()
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	smaps, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer smaps.Close()
	total, ours := 0, false
	for lines := bufio.NewScanner(smaps); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		switch {
		case !strings.HasSuffix(fields[0], ":"):
			ours = strings.HasSuffix(lines.Text(), " "+program) && strings.HasPrefix(fields[1], "r-")
		case ours && fields[0] == "Rss:":
			n, err := strconv.Atoi(fields[1])
			if err != nil {
				t.Fatal(err)
			}
			total += n
		}
	}
	return total
}

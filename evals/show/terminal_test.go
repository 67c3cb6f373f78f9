package show_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"recado/evals/show"
)

var painted = regexp.MustCompile(`\x1b\[[0-9;]*m`)

func TestNoLineIsWiderThanTheTerminal(t *testing.T) {
	for _, m := range []*made{plainRun(), hostileRun()} {
		for _, width := range []int{100, 120, 0} {
			r := m.against(t, plainRun())
			for _, line := range strings.Split(write(t, "terminal", r, show.Options{ShowText: true, Width: width}), "\n") {
				if n := utf8.RuneCountInString(line); n > max(width, 100) {
					t.Errorf("at %d columns a line has %d: %q", width, n, line)
				}
			}
		}
	}
}

func TestColoursChangeNoWord(t *testing.T) {
	r := plainRun().against(t, plainRun())
	without, with := write(t, "terminal", r, show.Options{}), write(t, "terminal", r, show.Options{Colour: true})
	if strings.Contains(without, "\x1b") {
		t.Error("there are colours that nobody asked for")
	}
	if with == without || painted.ReplaceAllString(with, "") != without {
		t.Error("with colours the report says something else, or has none")
	}
}

func TestNothingInARunMovesTheTerminalsCursor(t *testing.T) {
	r := hostileRun().against(t, hostileRun())
	got := painted.ReplaceAllString(write(t, "terminal", r, show.Options{ShowText: true, Colour: true, Listed: 50}), "")
	for _, bad := range []string{"\x1b", "\x07", "\x00", "\r", "\u202E", "\x7f", "\t"} {
		if at := strings.Index(got, bad); at >= 0 {
			t.Errorf("the report holds %q: %q", bad, got[max(0, at-40):at+10])
		}
	}
}

func TestGatesComeFirstAndRedOnesBeforeGreen(t *testing.T) {
	got := write(t, "terminal", plainRun().report(), show.Options{})
	order := []string{"gates fail", "\nGates\n", "\nFAIL ", "\nUNSURE ", "\nPASS ", "\nMeasures", "\nEnglish less Spanish", "\nWhat typing changes", "\nHow it was decided", "\nCare not handed off"}
	at := 0
	for _, want := range order {
		next := strings.Index(got[at:], want)
		if next < 0 {
			t.Fatalf("%q does not come after what should be before it in\n%s", want, got)
		}
		at += next
	}
	if strings.LastIndex(got, "\nFAIL ") > strings.Index(got, "\nUNSURE ") {
		t.Error("a gate that fails comes after one that is unsure")
	}
	for _, want := range []string{"escalate-es-03", "want escalate, got answer", "evals/suites/line.yaml:40"} {
		if !strings.Contains(got, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
}

func TestOnlyATerminalIsColourful(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "report.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	if show.Colourful(f) {
		t.Error("a file is colourful")
	}
	device, err := os.Open(os.DevNull) // a device, as a terminal is one
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	if !show.Colourful(device) {
		t.Fatal("a character device, as a terminal is one, gets no colours")
	}
	t.Setenv("NO_COLOR", "1")
	if show.Colourful(device) {
		t.Error("NO_COLOR is set and there are colours")
	}
}

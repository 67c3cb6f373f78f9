package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	evalrun "recado/evals/run"
)

// evalProgress tells how far a run is: a bar on a terminal, now and then a line
// elsewhere. What ends within a moment tells nothing.
type evalProgress struct {
	out      *os.File
	terminal bool
	now      func() time.Time
	started  time.Time
	told     time.Time
	drawn    bool
}

// How often something is told.
const (
	redraw   = 100 * time.Millisecond
	newLine  = 10 * time.Second
	barWidth = 24
)

func newEvalProgress(out *os.File) *evalProgress {
	info, err := out.Stat()
	return &evalProgress{out: out, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0, now: time.Now}
}

func (p *evalProgress) begin() {
	p.started = p.now()
	p.told = p.started
}

// tell takes the state after a case.
func (p *evalProgress) tell(at evalrun.Progress) {
	every := newLine
	if p.terminal {
		every = redraw
	}
	if p.now().Sub(p.told) < every {
		return
	}
	p.told = p.now()
	line := p.line(at)
	if !p.terminal {
		fmt.Fprintln(p.out, line)
		return
	}
	done := at.Before + at.Ran
	filled := barWidth * done / max(at.Total, 1)
	fmt.Fprintf(p.out, "\r\x1b[K[%s%s] %s", strings.Repeat("█", filled), strings.Repeat("░", barWidth-filled), line)
	p.drawn = true
}

// line is the state in words.
func (p *evalProgress) line(at evalrun.Progress) string {
	done := at.Before + at.Ran
	s := fmt.Sprintf("%d of %d", done, at.Total)
	if at.Fail > 0 {
		s += fmt.Sprintf(", %d fail", at.Fail)
	}
	if at.Known > 0 {
		s += fmt.Sprintf(", %d known to fail", at.Known)
	}
	if at.Error > 0 {
		s += fmt.Sprintf(", %d not judged", at.Error)
	}
	if at.Calls > 0 {
		s += fmt.Sprintf(", %d calls", at.Calls)
	}
	if at.Cost > 0 {
		s += fmt.Sprintf(", $%.4f", at.Cost)
	}
	if took := p.now().Sub(p.started); took > time.Second && at.Ran > 0 && done < at.Total {
		left := time.Duration(float64(took) / float64(at.Ran) * float64(at.Total-done))
		s += fmt.Sprintf(", %s left", left.Round(time.Second))
	}
	return s
}

// end clears the bar.
func (p *evalProgress) end(evalrun.Progress) {
	if p.drawn {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

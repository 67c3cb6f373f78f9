package patient

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"time"

	"recado/agent/soak/check"
)

// Line is one message of a script.
type Line struct {
	ID   string // as WhatsApp calls it
	Sort check.Sort
	Text string
}

// Event is the id of the event that the gateway makes of it: a hash, since
// WhatsApp's own id holds the sender's number.
func (l Line) Event() string {
	sum := sha256.Sum256([]byte(l.ID))
	return hex.EncodeToString(sum[:16])
}

// Way is how the lines of a step are delivered.
type Way int

// The ways.
const (
	Plain   Way = iota // one webhook after the other, each taken before the next is sent
	Batch              // all lines in one webhook
	Swapped            // the second line's webhook before the first one's
	Repeats            // each webhook several times, the first copies at once
	Again              // as Plain, and once more later
)

// Step is what a patient does next.
type Step struct {
	At    time.Duration // since the start of the run, and not before the step before it is done
	Lines []Line
	Way   Way
	// Pause is how long the patient writes at each line after the first, where
	// they come one after the other.
	Pause time.Duration
}

// Script is what one patient does.
type Script struct {
	Phone string
	Steps []Step
}

// Options say what is written.
type Options struct {
	Seed     uint64
	Patients int
	Messages int           // of each patient, about
	During   time.Duration // all is written in this time
	// Emergencies is how often a patient writes about nothing but an
	// emergency, so that one is under way at any time. Defaults to 1.5 s.
	Emergencies time.Duration
}

// weights are how often patients write about what; they add up to 100.
var weights = []struct {
	sort   check.Sort
	weight int
}{
	{check.FrontDesk, 48}, {check.Unsure, 20}, {check.Care, 16}, {check.Emergency, 5}, {check.Person, 7}, {check.Stop, 4},
}

// Scripts returns what patients write. The same options give the same scripts.
func Scripts(o Options) []Script {
	if o.Emergencies <= 0 {
		o.Emergencies = 1500 * time.Millisecond
	}
	random := rand.New(rand.NewPCG(o.Seed, 0x9a71e47))
	var all []Script
	for p := range o.Patients {
		all = append(all, script(random, phone(p), o))
	}
	n := o.Patients
	for at := o.Emergencies; at < o.During; at += o.Emergencies {
		s := Script{Phone: phone(n)}
		s.Steps = []Step{{At: at, Lines: []Line{line(random, s.Phone, 0, check.Emergency)}}}
		all = append(all, s)
		n++
	}
	return all
}

// phone is a number that is given to nobody (555-0100 and on are fiction).
func phone(n int) string { return fmt.Sprintf("1713555%04d", n) }

func script(random *rand.Rand, phone string, o Options) Script {
	s := Script{Phone: phone}
	n := max(1, o.Messages/2+random.IntN(o.Messages+1))
	at := time.Duration(random.Int64N(int64(o.During) * 3 / 4))
	pause := max((o.During-at)/time.Duration(n), time.Millisecond)
	stopped := false
	for written := 0; written < n; {
		step := Step{At: at}
		lines, fresh := 1, choose(random)
		if stopped && random.IntN(3) == 0 {
			fresh = check.Start
		}
		if fresh == check.Stop && stopped {
			fresh = check.FrontDesk
		}
		switch fresh {
		case check.Stop, check.Start:
			stopped = fresh == check.Stop
			step.Way = []Way{Plain, Repeats, Again}[random.IntN(3)]
		default:
			step.Way = []Way{Plain, Plain, Plain, Batch, Swapped, Repeats, Again}[random.IntN(7)]
			switch {
			case step.Way == Swapped:
				lines = 2
			case step.Way == Batch:
				lines = 2 + random.IntN(2)
			case random.IntN(2) == 0:
				lines = 2 + random.IntN(3) // a burst
				step.Pause = time.Duration(random.Int64N(int64(800 * time.Millisecond)))
			}
		}
		for i := range lines {
			if i > 0 {
				for fresh = choose(random); fresh == check.Stop; {
					fresh = choose(random)
				}
			}
			step.Lines = append(step.Lines, line(random, phone, written, fresh))
			written++
		}
		s.Steps = append(s.Steps, step)
		at += time.Duration(random.Int64N(2 * int64(pause)))
		at = min(at, o.During)
	}
	return s
}

func choose(random *rand.Rand) check.Sort {
	n := random.IntN(100)
	for _, w := range weights {
		if n -= w.weight; n < 0 {
			return w.sort
		}
	}
	return check.FrontDesk
}

func line(random *rand.Rand, phone string, n int, s check.Sort) Line {
	all := texts[s]
	return Line{ID: fmt.Sprintf("wamid.%s.%d", phone, n), Sort: s, Text: all[random.IntN(len(all))]}
}

package audit

import "time"

// FaultKind says what is wrong with an entry.
type FaultKind string

// The kinds of faults.
const (
	Changed    FaultKind = "changed"      // what it says is not what its hash was made of
	Missing    FaultKind = "missing"      // entries before it are not there
	OutOfOrder FaultKind = "out_of_order" // it stands where another one belongs, or is there twice
	Unlinked   FaultKind = "unlinked"     // it does not follow the entry before it: one of them was made anew or put in
	CutOff     FaultKind = "cut_off"      // entries at the end are not there
	Foreign    FaultKind = "foreign"      // it belongs to another clinic's chain
	Garbled    FaultKind = "garbled"      // it cannot be read, or has another form than entries have
	Rewritten  FaultKind = "rewritten"    // it is not the one that was noted
	Removed    FaultKind = "removed"      // messages were taken out of the stream, of this chain or another
)

// Fault is one thing that is wrong with a chain.
type Fault struct {
	Kind FaultKind `json:"kind"`
	Seq  uint64    `json:"seq"` // the entry that it is about; of several, the first
	Text string    `json:"text"`
}

// maxFaults is how many faults a report lists.
const maxFaults = 20

// Report is what a verification found.
type Report struct {
	Clinic      string    `json:"clinic"`
	Entries     uint64    `json:"entries"` // that were read
	First, Last time.Time `json:"-"`       // when the first and the last one were made
	Head        Head      `json:"head"`
	Anchored    bool      `json:"anchored"`         // compared with a noted head, or an export's end
	Faults      []Fault   `json:"faults,omitempty"` // the first ones
	More        int       `json:"more,omitempty"`   // faults that are not listed
}

// Intact reports whether nothing is wrong.
func (r Report) Intact() bool { return len(r.Faults) == 0 }

package inbox

import "time"

// EntryKind says what an entry of a thread is. A note and a message to the
// patient are different kinds that are written by different functions, so
// that one is never taken for the other.
type EntryKind string

// The kinds of entries.
const (
	EntryNote    EntryKind = "note"    // for staff only
	EntryStaff   EntryKind = "staff"   // on the private page, from staff to the patient
	EntryPatient EntryKind = "patient" // on the private page, from the patient
)

// Entry is one line of a conversation's thread, which goes on over its cases.
// It is sealed wherever it is stored.
type Entry struct {
	ID   string    `json:"id"` // UUID
	Kind EntryKind `json:"kind"`
	Case string    `json:"case"`         // that it was written in
	By   string    `json:"by,omitempty"` // the person, of notes and of what staff wrote
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// MaxEntryText is the longest text of an entry in bytes.
const MaxEntryText = 16 << 10

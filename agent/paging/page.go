package paging

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"recado/agent"
	"recado/agent/paging/ladder"
)

// Kind says why a page is sent.
type Kind string

// The kinds of pages.
const (
	Arrived      Kind = "arrived"      // something pressing waits for staff
	Late         Kind = "late"         // nobody took it in time
	Overdue      Kind = "overdue"      // it was taken and not resolved in time
	Acknowledged Kind = "acknowledged" // staff have it: to those who were paged
	Glass        Kind = "glass"        // somebody broke the glass
	Filing       Kind = "filing"       // the inbox cannot file what comes in
	Audit        Kind = "audit"        // the audit is unavailable: nothing can be opened
	Storage      Kind = "storage"      // the console cannot reach its storage
	Works        Kind = "works"        // a trouble is over: to those who were paged
	Counts       Kind = "digest"       // the morning's counts
	Test         Kind = "test"         // somebody tries the ladder
)

// Page is one message to one contact. It holds nothing that a patient wrote
// or that tells who they are.
type Page struct {
	// ID names the page for ever: sent again after a crash it has the same
	// one, so that whoever gets it can tell.
	ID string
	// Thread is the same for all pages about one alarm.
	Thread string

	Kind     Kind
	Clinic   string // id
	Name     string // of the clinic, as patients know it
	Priority agent.Priority
	Case     string // id; empty where it is about several, or none
	// Reference is the short name of the case, or of the one that waits
	// longest; empty where there is none.
	Reference string
	Count     int       // how many wait, where it is about several
	Since     time.Time // when the waiting began, in the clinic's zone
	At        time.Time // when the page was made, in the clinic's zone
	Step      int       // of the ladder, from 1; 0 for what has none
	Repeat    int       // how often the step was taken before
	Link      string    // into the console
	Digest    *Digest   // for Counts
}

// Digest is what a clinic's inbox holds in the morning.
type Digest struct {
	Open    int // in the queue
	Claimed int
	Waiting int // nobody has taken them
	Late    int // a clock ran out
	Oldest  time.Duration
	// Priorities are how many there are of each, those with none left out.
	Priorities map[agent.Priority]int
}

// Sender brings pages to contacts of one kind. It is called by many
// goroutines at once.
type Sender interface {
	// Send delivers a page, or fails within ctx. Sent again, a page has the
	// same ID. The error is a *Failure where it can be; it tells neither the
	// address nor a token in it.
	Send(ctx context.Context, to ladder.Contact, p Page) error
	// Reach reports why a page could not be sent there now; it sends none.
	Reach(ctx context.Context, to ladder.Contact) error
}

// Code says in one word why a page was not delivered.
type Code string

// The codes.
const (
	Unreachable Code = "unreachable" // no connection
	TimedOut    Code = "timed_out"
	Insecure    Code = "insecure" // no encryption, or a certificate that is not trusted
	Denied      Code = "denied"   // user or password
	Rejected    Code = "rejected" // the other side answered no
	Forbidden   Code = "private"  // the address is in a private network, and that is not allowed
	Redirected  Code = "redirected"
	Unsendable  Code = "unsendable" // nothing here can send it
)

// Failure is an error of a Sender. It holds no address.
type Failure struct {
	Code   Code
	Status int // of HTTP or SMTP; 0 where there was no answer
	// Permanent failures come back when the same page is sent again.
	Permanent bool
	// Problem says more, in words of ours; it may be empty.
	Problem string
}

func (f *Failure) Error() string {
	s := string(f.Code)
	if f.Status > 0 {
		s += fmt.Sprintf(" (status %d)", f.Status)
	}
	if f.Problem != "" {
		s += ": " + f.Problem
	}
	return s
}

// plain is s as one short line: names of clinics come from files.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.In(r, unicode.Cf) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > 80 {
		s = string(runes[:80])
	}
	return s
}

// TestPage is a page that tries a contact; run tells one trial from another.
func TestPage(run, clinicID string, step, contact int, at time.Time) Page {
	return Page{
		ID: hash(Test, "\x00", run, "\x00", clinicID, "\x00", step, "\x00", contact), Thread: hash(Test, "\x00", run),
		Kind: Test, Clinic: clinicID, Name: plain(clinicID), Step: step, Since: at, At: at,
	}
}

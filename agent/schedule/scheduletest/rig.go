// Package scheduletest holds every appointment book to the same promises.
package scheduletest

import (
	"sync"
	"testing"
	"time"

	"recado/agent/clinic"
	"recado/agent/schedule"
)

// Rig is a book under test. It is empty: nothing is held or booked.
type Rig struct {
	Schedule schedule.Schedule
	// Profile is the clinic; NewProfile, or one with the same visits.
	Profile *clinic.Profile
	// Clock is what the book takes for the time.
	Clock *Clock
}

// The visits of NewProfile.
const (
	FollowUp = "follow_up"   // 20 minutes, with both providers
	NewVisit = "new_patient" // 40 minutes, for new patients, with Dr. Ana Sol alone
)

const profile = `id: sol
name: Clínica Sol
zone: America/Chicago
phone: (713) 555-0142
links:
  booking: https://sol.example/book
  secure: https://sol.example/private
languages: [en, es]
locations:
  - id: main
    name: Main
    address: 1 Main Street
    hours:
      mon-thu: 8:00-12:00, 13:00-17:00
      fri: 8:00-12:00
  - id: east
    name: East
    address: 2 East Street
    hours:
      mon-fri: 9:00-15:00
holidays:
  - us: thanksgiving
  - us: day_after_thanksgiving
    hours: 9:00-10:00
providers:
  - {name: Dr. Ana Sol, role: {en: pediatrician, es: pediatra}, accepting: true, days: mon-fri, locations: [main]}
  - {name: Dr. Luis Mar, role: {en: family doctor, es: médico familiar}, accepting: false, days: [tue, thu], locations: [east]}
booking:
  kind: embedded
  visits:
    - {id: follow_up, name: {en: follow-up visit, es: consulta de seguimiento}, length: 20 min}
    - {id: new_patient, name: {en: new patient visit, es: primera consulta}, length: 40 min, new: true}
  notice: 2 hours
  ahead: 30 days
  hold: 10 min
`

// NewProfile is a clinic with two locations, two providers, split shifts and
// two holidays.
func NewProfile(t testing.TB) *clinic.Profile {
	t.Helper()
	p, err := clinic.Parse("sol.yaml", []byte(profile))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Clock is a clock that moves when it is told to. It is safe for concurrent
// use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock shows a Monday at nine in the morning in Chicago, three days before
// Thanksgiving.
func NewClock() *Clock {
	return &Clock{now: time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)}
}

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Owner is a patient of the clinic; each number is another one.
func (r Rig) Owner(n int) schedule.Owner {
	const digits = "0123456789abcdef"
	id := []byte("patient0000")
	for i := len(id) - 1; n > 0 && i >= 7; i-- {
		id[i] = digits[n%16]
		n /= 16
	}
	return schedule.Owner{Clinic: r.Profile.ID, Channel: "whatsapp", Conversation: string(id)}
}

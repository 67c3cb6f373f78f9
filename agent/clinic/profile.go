// Package clinic holds what a clinic publishes about itself and the
// arithmetic of its opening hours. A profile is one YAML file; Load reports
// every mistake in it with its line.
package clinic

import "time"

// Profile is one clinic. Every reply's facts come from here.
type Profile struct {
	ID       string // subject-safe: lower-case letters, digits, dashes
	Name     string
	Zone     *time.Location // all hours are in this zone
	Phone    string         // as it is shown to patients, e.g. "(713) 555-0142"
	Email    string         // for general questions; optional
	Fax      string         // optional
	Website  string         // optional
	Links    Links
	Location []Location // at least one; the first is the main one
	Holidays []Holiday
	Seasons  []Season
	WalkIns  WalkIns
	Plans    []Plan
	// Uninsured is true when people without insurance are seen.
	Uninsured bool
	Services  []Service
	Providers []Provider
	Languages []string // BCP 47 codes spoken at the desk, e.g. en, es, vi
	Prices    []Price
	// Payment says how one can pay and what help there is: cards, payment
	// plans, a sliding scale. Optional.
	Payment    Bilingual
	FirstVisit FirstVisit
	Booking    Booking
	Channels   Channels
	// Texts replaces catalogue texts by key, in both languages or not at all.
	Texts map[string]Bilingual
	// QuietTexts do the same while no location is open, and go before Texts.
	QuietTexts map[string]Bilingual
}

// Bilingual is a text in both languages of the clinic. Neither may be empty.
type Bilingual struct {
	EN string `yaml:"en"`
	ES string `yaml:"es"`
}

// In returns the text in Spanish for "es" and in English for any other code.
func (b Bilingual) In(code string) string {
	if code == "es" {
		return b.ES
	}
	return b.EN
}

// Links are the addresses that replies send patients to. All are https.
type Links struct {
	Booking string // where visits are booked; optional
	Forms   string // new-patient paperwork; optional
	Secure  string // where care is discussed: the hand-off link; required
	Reviews string // optional
}

// Location is one place that the clinic sees patients at.
type Location struct {
	ID         string
	Name       string
	Aliases    []string // other names patients use: the neighbourhood, the street
	Address    string
	Map        string // link; optional
	Phone      string // where it differs from the clinic's; optional
	Directions Bilingual
	Parking    Bilingual
	Access     Bilingual // wheelchairs, strollers, lift; optional
	Hours      Week
}

// Week is the regular opening hours by weekday, Sunday first as in
// time.Weekday. No interval means closed.
type Week [7][]Interval

// Interval is a half-open span of a day in minutes after midnight. A split
// shift is two intervals of a day, in order and not overlapping. Close may
// be 1440.
type Interval struct{ Open, Close int }

// Holiday is a date, or a rule for one, on which hours differ.
type Holiday struct {
	Name Bilingual
	Rule HolidayRule
	// Hours on that day; none means closed.
	Hours []Interval
	// Locations it applies to, by id; none means all.
	Locations []string
}

// HolidayRule resolves to one date a year.
type HolidayRule struct {
	Year   int  // 0 means every year
	Easter bool // Easter Sunday; Month, Day and Nth are unused
	Month  time.Month
	Day    int // with Month: a fixed date
	// Weekday and Nth give "fourth Thursday of November"; Nth -1 is the last.
	Weekday time.Weekday
	Nth     int // 0 when Day is used
	Offset  int // days after that date: "day after Thanksgiving" is 1
}

// Season replaces the regular week between two dates, both included. With
// year 0 in both it comes every year, and may pass New Year.
type Season struct {
	Name      Bilingual
	From, To  Date
	Hours     Week
	Locations []string
}

// WalkIns says whether patients may come without an appointment.
type WalkIns struct {
	Accepted bool
	Note     Bilingual // e.g. "before 4 pm, first come first served"; optional
}

// Plan is one insurance plan or programme.
type Plan struct {
	Name     string
	Aliases  []string // names and misspellings that patients use
	Accepted bool     // false: known and not accepted
	Note     Bilingual
}

// Service is something that the clinic treats or does. Only what is listed
// here may be affirmed in a channel.
type Service struct {
	ID       string
	Name     Bilingual
	Aliases  []string // lay and clinical names in both languages
	Offered  bool     // false: known and not offered
	Walk     bool     // offered without appointment
	Note     Bilingual
	Location []string // ids; none means all
}

// Provider is one clinician.
type Provider struct {
	Name string // as patients know it, e.g. "Dr. Ana Treviño"
	// NameES is the name in Spanish texts where it differs: "Dra. Ana Treviño".
	NameES  string
	Aliases []string
	Role    Bilingual // "pediatrician" / "pediatra"
	// RoleAliases are other words for the role in both languages: "kids
	// doctor", "doctor de niños".
	RoleAliases []string
	Languages   []string
	Gender      string // "female", "male" or empty: patients ask for "a woman doctor"
	Accepting   bool   // takes new patients
	Days        []time.Weekday
	Location    []string
}

// Names is the provider's name in both languages.
func (v *Provider) Names() Bilingual {
	if v.NameES == "" {
		return Bilingual{v.Name, v.Name}
	}
	return Bilingual{v.Name, v.NameES}
}

// Price is one published price.
type Price struct {
	ID      string
	Name    Bilingual
	Aliases []string
	// Cents is the price in US cents; UpTo, when set, makes it a range.
	Cents, UpTo int
	Note        Bilingual
}

// FirstVisit is what new patients should know.
type FirstVisit struct {
	Bring        []Bilingual // a list, in order
	MinutesEarly int         // how long before the visit to arrive
	NewPatients  bool        // the clinic accepts new patients
}

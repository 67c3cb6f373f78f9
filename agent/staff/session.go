package staff

import "time"

// How long things last. None can be configured: they are promises.
const (
	Idle        = 15 * time.Minute // without anything that the person did
	Absolute    = 12 * time.Hour   // whatever the person does
	StepUpFor   = 10 * time.Minute // a second factor counts as fresh
	GlassFor    = 30 * time.Minute // broken glass
	LinkFor     = 24 * time.Hour   // a set-up link
	CeremonyFor = 5 * time.Minute  // between begin and finish
)

// Method is how somebody proved who they are.
type Method string

// Methods.
const (
	ByPasskey  Method = "passkey"
	ByPassword Method = "password" // with a code of an authenticator
	ByRecovery Method = "recovery" // a recovery code
	ByOIDC     Method = "oidc"
	BySetUp    Method = "setup" // just set up a factor by a link
)

// SignIn is the proof that somebody is a person, made by the ways of signing
// in. Start turns it into a session within a minute.
type SignIn struct {
	Person Person
	Method Method

	at         time.Time
	generation uint64
}

// Session is one browser of one person, as pages may show it.
type Session struct {
	ID        string    `json:"id"`     // a public handle, safe to show; the cookie holds another secret
	Person    string    `json:"person"` // Person.ID
	Method    Method    `json:"method"`
	Started   time.Time `json:"started"`
	Active    time.Time `json:"active"`              // when the person last did something
	SteppedUp time.Time `json:"stepped_up,omitzero"` // when they last showed a second factor; zero is never
	Agent     string    `json:"agent,omitempty"`     // browser and system, short
	Glass     *Glass    `json:"glass,omitempty"`     // nil when whole, or whole again
}

// Glass is access to a clinic without a role there, for an emergency.
type Glass struct {
	Clinic string    `json:"clinic"`
	Reason string    `json:"reason"` // for the audit; never logged
	Until  time.Time `json:"until"`
}

// Ends is when the session ends unless the person does something.
func (s Session) Ends() time.Time {
	idle, absolute := s.Active.Add(Idle), s.Started.Add(Absolute)
	if idle.Before(absolute) {
		return idle
	}
	return absolute
}

// Fresh reports whether a second factor was shown within StepUpFor before now.
func (s Session) Fresh(now time.Time) bool {
	return !s.SteppedUp.IsZero() && now.Sub(s.SteppedUp) < StepUpFor
}

// Can reports whether p, in this session, has at least the role need at
// clinic: by their roles, or by broken glass (as Staff, never as Admin). Both
// must come from one call of Service.Get, which leaves out glass whose time is
// over.
func (s Session) Can(p Person, clinic string, need Role) bool {
	return p.Can(clinic, need) || s.ByGlass(p, clinic, need)
}

// ByGlass reports whether only broken glass allows it; what is done so is
// marked in the audit.
func (s Session) ByGlass(p Person, clinic string, need Role) bool {
	return !p.Disabled && p.ID == s.Person && s.Glass != nil && s.Glass.Clinic == clinic && Staff.Allows(need) && !p.Can(clinic, need)
}

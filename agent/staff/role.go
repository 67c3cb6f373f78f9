package staff

import "recado/agent/inbox"

// Role is what a person may do at a clinic.
type Role string

// Roles, each with all that the ones before it may do. No role at all is "".
const (
	Reader Role = "reader" // sees lists and figures; opens no content
	Staff  Role = "staff"  // claims, opens, replies
	Admin  Role = "admin"  // people, audit, export, retention
)

// Everywhere, in place of a clinic in Person.Roles, is every clinic; for
// admins also what came for no clinic, inbox.NoClinic.
const Everywhere = "*"

// Roles are all roles, the least first.
func Roles() []Role { return []Role{Reader, Staff, Admin} }

// Known reports whether r is one of Roles.
func (r Role) Known() bool { return r.rank() > 0 }

// Allows reports whether r is at least need. Nothing allows an unknown need.
func (r Role) Allows(need Role) bool { return need.Known() && r.rank() >= need.rank() }

func (r Role) rank() int {
	switch r {
	case Reader:
		return 1
	case Staff:
		return 2
	case Admin:
		return 3
	}
	return 0
}

// Role returns what p may do at clinic, "" for nothing. A disabled person may
// do nothing anywhere.
func (p Person) Role(clinic string) Role {
	if p.Disabled || clinic == "" || clinic == Everywhere {
		return ""
	}
	own, all := p.Roles[clinic], p.Roles[Everywhere]
	if clinic == inbox.NoClinic && all != Admin {
		all = ""
	}
	if all.rank() > own.rank() {
		own = all
	}
	if !own.Known() {
		return ""
	}
	return own
}

// Can reports whether p has at least the role need at clinic. It does not know
// of broken glass; see Session.Can.
func (p Person) Can(clinic string, need Role) bool { return p.Role(clinic).Allows(need) }

// Clinics returns those of all where p has a role, in their order.
func (p Person) Clinics(all []string) []string {
	var mine []string
	for _, clinic := range all {
		if p.Can(clinic, Reader) {
			mine = append(mine, clinic)
		}
	}
	return mine
}

// everywhere reports whether p is an admin of all clinics.
func (p Person) everywhere() bool { return !p.Disabled && p.Roles[Everywhere] == Admin }

// Governs reports whether p may change other's account: p is an admin wherever
// other has a role, so that nobody reaches through another's account what they
// could not reach through their own.
func (p Person) Governs(other Person) bool {
	if p.Disabled {
		return false
	}
	if p.everywhere() {
		return true
	}
	for clinic := range other.Roles {
		if clinic == Everywhere || !p.Can(clinic, Admin) {
			return false
		}
	}
	return len(other.Roles) > 0
}

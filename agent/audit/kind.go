package audit

import "slices"

// Kind says what was done.
type Kind string

// Kinds of what people do with their own access.
const (
	SignedIn       Kind = "signed_in"
	SignInFailed   Kind = "sign_in_failed"
	SignedOut      Kind = "signed_out"
	SteppedUp      Kind = "stepped_up" // gave a second factor again
	FactorAdded    Kind = "factor_added"
	FactorRemoved  Kind = "factor_removed"
	SessionRevoked Kind = "session_revoked"
	BrokeGlass     Kind = "broke_glass" // took access in an emergency; Why is the reason
	GlassEnded     Kind = "glass_ended"
)

// Kinds of what is done with people.
const (
	PersonInvited  Kind = "person_invited"
	PersonChanged  Kind = "person_changed" // name, roles
	PersonDisabled Kind = "person_disabled"
	PersonEnabled  Kind = "person_enabled"
	FactorsReset   Kind = "factors_reset"
	LinkMade       Kind = "link_made" // a set-up link, or a patient's private link
	LinkUsed       Kind = "link_used"
)

// Kinds of what is done with cases and their contents.
const (
	RecordOpened     Kind = "record_opened" // the words of an escalation or dead letter
	ThreadOpened     Kind = "thread_opened" // notes and private messages
	CaseClaimed      Kind = "case_claimed"
	CaseReleased     Kind = "case_released"
	CaseAssigned     Kind = "case_assigned" // Subject is the person who holds it now
	CaseReopened     Kind = "case_reopened"
	CaseHandedBack   Kind = "case_handed_back"
	CaseResolved     Kind = "case_resolved" // Subject is the outcome
	CaseRemoved      Kind = "case_removed"  // retention has passed
	Replied          Kind = "replied"       // a text of the catalogue, in the channel; Subject is its key
	Noted            Kind = "noted"
	WrotePrivate     Kind = "wrote_private" // on the private page, by staff or the patient
	Exported         Kind = "exported"      // Subject is what: "cases", "audit"
	AuditRead        Kind = "audit_read"
	RetentionChanged Kind = "retention_changed"
)

// Kinds of the private page and of the machinery.
const (
	PrivateOpened     Kind = "private_opened"
	PrivateCodeSent   Kind = "private_code_sent"
	PrivateCodeFailed Kind = "private_code_failed"
	PrivateLocked     Kind = "private_locked"
	KeyRotated        Kind = "key_rotated"
	KeyRetired        Kind = "key_retired"
	Paged             Kind = "paged"
	PageAcknowledged  Kind = "page_acknowledged"
)

// Unreadable is the kind of an entry that Read could not read. None is
// stored.
const Unreadable Kind = "unreadable"

// Kinds are all that may be stored, in the order in which people choose them.
var Kinds = []Kind{
	SignedIn, SignInFailed, SignedOut, SteppedUp, FactorAdded, FactorRemoved, SessionRevoked, BrokeGlass, GlassEnded,
	PersonInvited, PersonChanged, PersonDisabled, PersonEnabled, FactorsReset, LinkMade, LinkUsed,
	RecordOpened, ThreadOpened, CaseClaimed, CaseReleased, CaseAssigned, CaseReopened, CaseHandedBack, CaseResolved,
	CaseRemoved, Replied, Noted, WrotePrivate, Exported, AuditRead, RetentionChanged,
	PrivateOpened, PrivateCodeSent, PrivateCodeFailed, PrivateLocked, KeyRotated, KeyRetired, Paged, PageAcknowledged,
}

// Valid reports whether k is one of Kinds.
func (k Kind) Valid() bool { return slices.Contains(Kinds, k) }

package whatsapp

import (
	"strings"
	"time"

	"recado/agent/channel"
)

// pairLimit is WhatsApp's pace for messages to one patient.
const pairLimit = 6 * time.Second

// codeWindow says that the time of free replies has passed.
const codeWindow = 131047

// meaning is what an error code asks for.
type meaning struct {
	advice channel.Advice
	reason string
	scope  channel.Scope
}

// judge fills e, whose advice is what the HTTP status says, from the code and
// its details. Meta's titles change, and its words may quote the request: the
// reasons are ours.
func judge(e *channel.SendError, code int, details string) {
	e.Code = code
	known, ok := meanings[code]
	switch {
	case ok:
		e.Advice, e.Reason, e.Scope = known.advice, known.reason, known.scope
	case code >= 200 && code <= 299:
		e.Advice, e.Reason = channel.Repair, "permission is missing"
	}
	if name := parameter(details); name != "" && malformed(e) {
		e.Reason += " (" + name + ")"
	}
	if code == 131056 {
		e.After = pairLimit
	}
}

// malformed reports whether Meta could not do with the request's form: another
// form of the same message may pass.
func malformed(e *channel.SendError) bool {
	switch e.Code {
	case 100, 131008, 131009, 131051:
		return true
	}
	return false
}

// parameter is the first of these that details name. Nothing else of them is
// kept.
func parameter(details string) string {
	details = strings.ToLower(details)
	at, found := len(details), ""
	for _, name := range []string{"template", "interactive", "button", "section", "row", "body", "recipient", "language", "message_id", "biz_opaque_callback_data"} {
		if i := strings.Index(details, name); i >= 0 && i < at {
			at, found = i, name
		}
	}
	return found
}

// again are the codes of a status after which a message that WhatsApp had taken
// may be sent once more: its own trouble and its limits of pace, which pass, and
// the end of the time of free replies, after which a template may. All others
// end at staff: sending again reaches nobody (131026), is what WhatsApp asks not
// to do (131048, 131049, 130472), or needs another form or an operator first.
var again = map[int]bool{
	1: true, 2: true, 130429: true, 131000: true, 131016: true, 131056: true, 131057: true, 133004: true,
	codeWindow: true,
}

// meanings are the codes that say more than the HTTP status, in an answer or
// in a status webhook. A code that is not here is judged by its HTTP status.
var meanings = map[int]meaning{
	1:      {channel.Retry, "unknown error at WhatsApp", channel.ScopePatient},
	2:      {channel.Retry, "WhatsApp is down or overloaded", channel.ScopeNumber},
	4:      {channel.Retry, "the app's limit of calls", channel.ScopeNumber},
	80007:  {channel.Retry, "the business account's limit of calls", channel.ScopeNumber},
	130429: {channel.Retry, "the number's limit of messages a second", channel.ScopeNumber},
	131000: {channel.Retry, "something went wrong at WhatsApp", channel.ScopePatient},
	131016: {channel.Retry, "WhatsApp's service is unavailable", channel.ScopeNumber},
	131048: {channel.Retry, "the number's limit for messages that were reported as spam", channel.ScopeNumber},
	131056: {channel.Retry, "too many messages to one patient at once", channel.ScopePatient},
	131057: {channel.Retry, "the account is in maintenance at WhatsApp", channel.ScopeNumber},
	133004: {channel.Retry, "WhatsApp's server is unavailable for a while", channel.ScopeNumber},
	133015: {channel.Retry, "the number was removed a moment ago and is not ready", channel.ScopeNumber},

	codeWindow: {channel.Window, "more than 24 hours since the patient wrote", channel.ScopePatient},
	131050:     {channel.Stopped, "the patient stopped messages at WhatsApp", channel.ScopePatient},

	100:    {channel.GiveUp, "a parameter is not valid", channel.ScopePatient},
	130472: {channel.GiveUp, "the patient is part of an experiment of WhatsApp's that takes no such message", channel.ScopePatient},
	130497: {channel.GiveUp, "the account may not write to the patient's country", channel.ScopePatient},
	131008: {channel.GiveUp, "a parameter is missing", channel.ScopePatient},
	131009: {channel.GiveUp, "a parameter's value is not valid", channel.ScopePatient},
	131021: {channel.GiveUp, "sender and recipient are the same", channel.ScopePatient},
	131026: {channel.GiveUp, "the patient cannot be reached on WhatsApp", channel.ScopePatient},
	131049: {channel.GiveUp, "WhatsApp chose not to deliver it", channel.ScopePatient},
	131051: {channel.GiveUp, "the type of message is not supported", channel.ScopePatient},
	131052: {channel.GiveUp, "a file could not be fetched", channel.ScopePatient},
	131053: {channel.GiveUp, "a file could not be taken", channel.ScopePatient},
	132000: {channel.GiveUp, "the template has another number of gaps than the profile says", channel.ScopePatient},
	132001: {channel.GiveUp, "the template does not exist in that language, or is not approved", channel.ScopePatient},
	132005: {channel.GiveUp, "the template is too long once it is filled", channel.ScopePatient},
	132007: {channel.GiveUp, "the template breaks a policy", channel.ScopePatient},
	132012: {channel.GiveUp, "a gap of the template takes another form of value", channel.ScopePatient},
	132015: {channel.GiveUp, "the template is paused for its quality", channel.ScopePatient},
	132016: {channel.GiveUp, "the template is switched off for its quality", channel.ScopePatient},
	135000: {channel.GiveUp, "unknown error about the request", channel.ScopePatient},

	0:      {channel.Repair, "the token is not valid", channel.ScopeNumber},
	3:      {channel.Repair, "the app lacks a capability", channel.ScopeNumber},
	10:     {channel.Repair, "permission is missing", channel.ScopeNumber},
	33:     {channel.Repair, "the clinic's number was deleted at WhatsApp", channel.ScopeNumber},
	190:    {channel.Repair, "the token has expired", channel.ScopeNumber},
	368:    {channel.Repair, "the account is blocked for breaking a policy", channel.ScopeNumber},
	131005: {channel.Repair, "permission is missing", channel.ScopeNumber},
	131030: {channel.Repair, "a test number writes only to phones on its list", channel.ScopePatient},
	131031: {channel.Repair, "the account is locked", channel.ScopeNumber},
	131037: {channel.Repair, "the number's display name is not approved", channel.ScopeNumber},
	131042: {channel.Repair, "the account's payment method", channel.ScopeNumber},
	131045: {channel.Repair, "the number is registered with another certificate", channel.ScopeNumber},
	133000: {channel.Repair, "the number's last removal was not finished", channel.ScopeNumber},
	133005: {channel.Repair, "the number's two-step PIN", channel.ScopeNumber},
	133006: {channel.Repair, "the number has to be verified again", channel.ScopeNumber},
	133010: {channel.Repair, "the phone number is not registered", channel.ScopeNumber},
}

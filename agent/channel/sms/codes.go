package sms

import "recado/agent/channel"

// codeStopped says that the patient stopped messages at Twilio.
const codeStopped = 21610

// meaning is what an error code asks for.
type meaning struct {
	advice channel.Advice
	reason string
	scope  channel.Scope
}

// refusal is what a code of a status asks for; nil where it is not known.
func refusal(code int) *channel.SendError {
	known, ok := meanings[code]
	if !ok {
		return nil
	}
	return &channel.SendError{Advice: known.advice, Code: code, Reason: known.reason, Scope: known.scope}
}

// meanings are the codes that say more than the HTTP status, in an answer or
// in a status. The reasons are ours: Twilio's own words may quote the number.
// Twilio adds finer codes from time to time; one that is not here is judged by
// its HTTP status.
var meanings = map[int]meaning{
	20429: {channel.Retry, "too many calls at once", channel.ScopeNumber},
	20500: {channel.Retry, "something went wrong at Twilio", channel.ScopePatient},
	20503: {channel.Retry, "Twilio's service is unavailable", channel.ScopeNumber},
	21611: {channel.Retry, "the number's queue at Twilio is full", channel.ScopeNumber},
	30001: {channel.Retry, "Twilio's queue is full", channel.ScopeNumber},
	30022: {channel.Retry, "the number's limit of messages a second", channel.ScopeNumber},

	codeStopped: {channel.Stopped, "the patient stopped messages at the phone network", channel.ScopePatient},

	21211: {channel.GiveUp, "the patient's phone number is not valid", channel.ScopePatient},
	21217: {channel.GiveUp, "the patient's phone number is not valid", channel.ScopePatient},
	21602: {channel.GiveUp, "the text is empty", channel.ScopePatient},
	21604: {channel.GiveUp, "the patient's phone number is missing", channel.ScopePatient},
	21612: {channel.GiveUp, "the patient's number cannot be reached from the clinic's", channel.ScopePatient},
	21614: {channel.GiveUp, "the patient's number takes no SMS", channel.ScopePatient},
	21617: {channel.GiveUp, "the text is too long", channel.ScopePatient},
	21635: {channel.GiveUp, "the patient's number is a landline", channel.ScopePatient},
	30003: {channel.GiveUp, "the patient's phone is off or out of reach", channel.ScopePatient},
	30004: {channel.GiveUp, "the phone network blocks messages to the patient", channel.ScopePatient},
	30005: {channel.GiveUp, "the patient's number is unknown", channel.ScopePatient},
	30006: {channel.GiveUp, "the patient's number is a landline", channel.ScopePatient},
	30007: {channel.GiveUp, "the phone network filtered the message", channel.ScopePatient},
	30008: {channel.GiveUp, "the phone network gave no reason", channel.ScopePatient},
	30036: {channel.GiveUp, "the message waited too long at Twilio", channel.ScopePatient},

	20003: {channel.Repair, "the account SID or the auth token is not valid", channel.ScopeNumber},
	20005: {channel.Repair, "the account is not active", channel.ScopeNumber},
	20006: {channel.Repair, "the account may not do that", channel.ScopeNumber},
	20008: {channel.Repair, "the credentials are for tests only", channel.ScopeNumber},
	20403: {channel.Repair, "the account may not do that", channel.ScopeNumber},
	20404: {channel.Repair, "there is no such account", channel.ScopeNumber},
	21212: {channel.Repair, "the clinic's number is not valid", channel.ScopeNumber},
	21408: {channel.Repair, "the account may not send to that country", channel.ScopePatient},
	21603: {channel.Repair, "the clinic's number is missing", channel.ScopeNumber},
	21606: {channel.Repair, "the clinic's number is not the account's, or takes no SMS", channel.ScopeNumber},
	21608: {channel.Repair, "a trial account sends to verified numbers only", channel.ScopePatient},
	21609: {channel.Repair, "the public URL for status callbacks is not valid", channel.ScopeNumber},
	21659: {channel.Repair, "the clinic's number is not one of Twilio's", channel.ScopeNumber},
	21660: {channel.Repair, "the clinic's number is another account's", channel.ScopeNumber},
	21661: {channel.Repair, "the clinic's number takes no SMS", channel.ScopeNumber},
	30002: {channel.Repair, "the account is suspended", channel.ScopeNumber},
	30023: {channel.Repair, "the registration's messages for the day are used up", channel.ScopeNumber},
	30032: {channel.Repair, "the clinic's toll-free number is not verified", channel.ScopeNumber},
	30033: {channel.Repair, "the clinic's registration for business messages is suspended", channel.ScopeNumber},
	30034: {channel.Repair, "the clinic's number is not registered for business messages (A2P 10DLC)", channel.ScopeNumber},
}

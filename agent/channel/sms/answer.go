package sms

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"recado/agent/channel"
)

// codeStopped says that the patient stopped messages at Twilio.
const codeStopped = 21610

// outcome reads an answer of the Messages API: the message's id, or why not.
func outcome(resp *http.Response, answer []byte) (string, error) {
	var a struct {
		SID       string `json:"sid"`
		Status    any    `json:"status"` // a word for a message, a number for an error
		Code      int    `json:"code"`
		ErrorCode int    `json:"error_code"`
	}
	err := json.Unmarshal(answer, &a)
	if resp.StatusCode/100 == 2 && a.Status != "failed" && a.Status != "undelivered" {
		if err != nil || a.SID == "" {
			return "", errors.New("send an SMS: answered with success and without a message id")
		}
		return a.SID, nil
	}
	e := &channel.SendError{Advice: adviceOfStatus(resp.StatusCode), Reason: fmt.Sprintf("HTTP status %d", resp.StatusCode)}
	if e.Code = a.Code; e.Code == 0 {
		e.Code = a.ErrorCode
	}
	if known, ok := advices[e.Code]; ok {
		e.Advice, e.Reason = known.advice, known.reason
	}
	if e.Advice == channel.Retry {
		e.After = retryAfter(resp.Header.Get("Retry-After"))
	}
	return "", e
}

func adviceOfStatus(code int) channel.Advice {
	switch {
	case code == http.StatusRequestTimeout, code == http.StatusTooManyRequests, code >= 500:
		return channel.Retry
	case code == http.StatusUnauthorized, code == http.StatusForbidden, code == http.StatusNotFound, code/100 == 3:
		return channel.Repair
	}
	return channel.GiveUp
}

// advices are the codes that say more than the HTTP status. The reasons are
// ours: Twilio's own words may quote the number. Twilio adds finer codes from
// time to time; one that is not here is judged by its HTTP status.
var advices = map[int]struct {
	advice channel.Advice
	reason string
}{
	20429: {channel.Retry, "too many calls at once"},
	20500: {channel.Retry, "something went wrong at Twilio"},
	20503: {channel.Retry, "Twilio's service is unavailable"},
	21611: {channel.Retry, "the number's queue at Twilio is full"},
	30001: {channel.Retry, "Twilio's queue is full"},
	30022: {channel.Retry, "the number's limit of messages a second"},

	codeStopped: {channel.Stopped, "the patient stopped messages at the phone network"},

	21211: {channel.GiveUp, "the patient's phone number is not valid"},
	21217: {channel.GiveUp, "the patient's phone number is not valid"},
	21602: {channel.GiveUp, "the text is empty"},
	21604: {channel.GiveUp, "the patient's phone number is missing"},
	21612: {channel.GiveUp, "the patient's number cannot be reached from the clinic's"},
	21614: {channel.GiveUp, "the patient's number takes no SMS"},
	21617: {channel.GiveUp, "the text is too long"},
	30003: {channel.GiveUp, "the patient's phone is off or out of reach"},
	30004: {channel.GiveUp, "the phone network blocks messages to the patient"},
	30005: {channel.GiveUp, "the patient's number is unknown"},
	30006: {channel.GiveUp, "the patient's number is a landline"},
	30007: {channel.GiveUp, "the phone network filtered the message"},
	30008: {channel.GiveUp, "the phone network gave no reason"},

	20003: {channel.Repair, "the account SID or the auth token is not valid"},
	20005: {channel.Repair, "the account is not active"},
	20006: {channel.Repair, "the account may not do that"},
	20008: {channel.Repair, "the credentials are for tests only"},
	20403: {channel.Repair, "the account may not do that"},
	20404: {channel.Repair, "there is no such account"},
	21212: {channel.Repair, "the clinic's number is not valid"},
	21408: {channel.Repair, "the account may not send to that country"},
	21603: {channel.Repair, "the clinic's number is missing"},
	21606: {channel.Repair, "the clinic's number is not the account's, or takes no SMS"},
	21608: {channel.Repair, "a trial account sends to verified numbers only"},
	21609: {channel.Repair, "the public URL for status callbacks is not valid"},
	21659: {channel.Repair, "the clinic's number is not one of Twilio's"},
	21660: {channel.Repair, "the clinic's number is another account's"},
	21661: {channel.Repair, "the clinic's number takes no SMS"},
	30002: {channel.Repair, "the account is suspended"},
	30034: {channel.Repair, "the clinic's number is not registered for business messages (A2P 10DLC)"},
}

// retryAfter reads the header in seconds or as a date; 0 without it. It is
// at most an hour.
func retryAfter(header string) time.Duration {
	var d time.Duration
	if n, err := strconv.ParseUint(header, 10, 31); err == nil {
		d = time.Duration(n) * time.Second
	} else if t, err := http.ParseTime(header); err == nil {
		d = time.Until(t)
	}
	return min(max(d, 0), time.Hour)
}

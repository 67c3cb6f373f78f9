package whatsapp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"recado/agent/channel"
)

// pairLimit is WhatsApp's pace for messages to one patient.
const pairLimit = 6 * time.Second

// outcome reads an answer of the Graph API: the message's id, or why not.
func outcome(resp *http.Response, answer []byte) (string, error) {
	var a struct {
		Messages []struct {
			ID string `json:"id"`
		} `json:"messages"`
		Error *struct {
			Code *int `json:"code"` // 0 is a code of its own
		} `json:"error"`
	}
	err := json.Unmarshal(answer, &a)
	if resp.StatusCode/100 == 2 && a.Error == nil {
		if err != nil || len(a.Messages) == 0 || a.Messages[0].ID == "" {
			return "", errors.New("send a WhatsApp message: answered with success and without a message id")
		}
		return a.Messages[0].ID, nil
	}
	e := &channel.SendError{Advice: adviceOfStatus(resp.StatusCode), Reason: fmt.Sprintf("HTTP status %d", resp.StatusCode)}
	if a.Error != nil && a.Error.Code != nil {
		e.Code = *a.Error.Code
		if known, ok := advices[e.Code]; ok {
			e.Advice, e.Reason = known.advice, known.reason
		} else if e.Code >= 200 && e.Code <= 299 {
			e.Advice, e.Reason = channel.Repair, "permission is missing"
		}
	}
	if e.Advice == channel.Retry {
		e.After = retryAfter(resp.Header.Get("Retry-After"))
		if e.After == 0 && e.Code == 131056 {
			e.After = pairLimit
		}
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
// ours: Meta's own words may quote the request.
var advices = map[int]struct {
	advice channel.Advice
	reason string
}{
	1:      {channel.Retry, "unknown error at WhatsApp"},
	2:      {channel.Retry, "WhatsApp is down or overloaded"},
	4:      {channel.Retry, "the app's limit of calls"},
	80007:  {channel.Retry, "the business account's limit of calls"},
	130429: {channel.Retry, "the number's limit of messages a second"},
	131000: {channel.Retry, "something went wrong at WhatsApp"},
	131016: {channel.Retry, "WhatsApp's service is unavailable"},
	131048: {channel.Retry, "the number's limit for messages that were reported as spam"},
	131056: {channel.Retry, "too many messages to one patient at once"},

	131047: {channel.Window, "more than 24 hours since the patient wrote"},
	131050: {channel.Stopped, "the patient stopped messages at WhatsApp"},

	100:    {channel.GiveUp, "a parameter is not valid"},
	131008: {channel.GiveUp, "a parameter is missing"},
	131009: {channel.GiveUp, "a parameter's value is not valid"},
	131021: {channel.GiveUp, "sender and recipient are the same"},
	131026: {channel.GiveUp, "the patient cannot be reached on WhatsApp"},
	131051: {channel.GiveUp, "the type of message is not supported"},

	0:      {channel.Repair, "the token is not valid"},
	10:     {channel.Repair, "permission is missing"},
	190:    {channel.Repair, "the token has expired"},
	368:    {channel.Repair, "the account is blocked for breaking a policy"},
	131005: {channel.Repair, "permission is missing"},
	131031: {channel.Repair, "the account is locked"},
	131042: {channel.Repair, "the account's payment method"},
	133010: {channel.Repair, "the phone number is not registered"},
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

package sms

import (
	"encoding/json"
	"errors"
	"net/http"

	"recado/agent/channel"
)

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
	e := channel.Refused(resp.StatusCode)
	if e.Code = a.Code; e.Code == 0 {
		e.Code = a.ErrorCode
	}
	if known, ok := meanings[e.Code]; ok {
		e.Advice, e.Reason, e.Scope = known.advice, known.reason, known.scope
	}
	if e.Advice == channel.Retry {
		e.After = channel.RetryAfter(resp.Header)
	}
	return "", e
}

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
	if resp.StatusCode == http.StatusTooManyRequests {
		e.Scope = channel.ScopeNumber
	}
	if known, ok := meanings[e.Code]; ok {
		e.Advice, e.Reason, e.Scope = known.advice, known.reason, known.scope
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

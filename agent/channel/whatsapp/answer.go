package whatsapp

import (
	"encoding/json"
	"errors"
	"net/http"

	"recado/agent/channel"
)

// outcome reads an answer of the Graph API: the message's id, or why not.
func outcome(resp *http.Response, answer []byte) (string, error) {
	var a struct {
		Messages []struct {
			ID string `json:"id"`
		} `json:"messages"`
		Error *struct {
			Code *int      `json:"code"` // 0 is a code of its own
			Data errorData `json:"error_data"`
		} `json:"error"`
	}
	whole, err := read(answer, &a)
	if resp.StatusCode/100 == 2 && a.Error == nil {
		if err != nil || !whole || len(a.Messages) == 0 || a.Messages[0].ID == "" {
			return "", errors.New("send a WhatsApp message: answered with success and without a message id")
		}
		return a.Messages[0].ID, nil
	}
	e := channel.Refused(resp.StatusCode)
	if a.Error != nil && a.Error.Code != nil {
		judge(e, *a.Error.Code, a.Error.Data.Details)
	}
	if e.Advice == channel.Retry {
		e.After = max(e.After, channel.RetryAfter(resp.Header))
	}
	return "", e
}

// accepted reads an answer to a request that makes no message.
func accepted(resp *http.Response, answer []byte) error {
	var a struct {
		Success bool `json:"success"`
	}
	if resp.StatusCode/100 == 2 && json.Unmarshal(answer, &a) == nil && a.Success {
		return nil
	}
	if _, err := outcome(resp, answer); err != nil {
		return err
	}
	return errors.New("answered with a message id to a request that makes no message")
}

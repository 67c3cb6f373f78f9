package twiliotest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"recado/agent/channel/sms"
)

// Write sends text from a patient's phone to the clinic, as a signed webhook,
// and returns the message's id. Stop words of Twilio's own block the phone
// from here on and are confirmed by Twilio; START lifts that.
func (s *Server) Write(ctx context.Context, phone, text string) (id string, err error) {
	s.mu.Lock()
	id, cfg := s.sid(), s.cfg
	phone = digits(phone)
	s.phones[phone] = append(s.phones[phone], Message{Mine: true, Text: text, At: time.Now()})
	kind, confirmation := s.keyword(phone, text)
	if confirmation != "" {
		s.phones[phone] = append(s.phones[phone], Message{By: "twilio", Text: confirmation, At: time.Now()})
	}
	s.change()
	s.mu.Unlock()
	form := Form(id, "+"+phone, cfg.Number, text)
	if kind != "" {
		form.Set("OptOutType", kind)
	}
	return id, s.Deliver(ctx, form)
}

// keyword handles a word of Twilio's: it returns what the webhook is told of
// it and what Twilio answers. The lock is held.
func (s *Server) keyword(phone, text string) (kind, confirmation string) {
	word := strings.ToUpper(strings.TrimSpace(text))
	if s.cfg.OptOut != nil {
		switch kind = s.cfg.OptOut[word]; kind {
		case "STOP":
			s.stopped[phone] = true
		case "START":
			delete(s.stopped, phone)
		case "":
			return "", ""
		}
		return kind, "Advanced Opt-Out: " + kind
	}
	switch word {
	case "STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT":
		s.stopped[phone] = true
		confirmation = "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe."
	case "START", "UNSTOP", "YES":
		if s.stopped[phone] {
			confirmation = "You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe."
		}
		delete(s.stopped, phone)
	}
	return "", confirmation
}

// Form is the webhook of a text message.
func Form(id, from, to, text string) url.Values {
	return url.Values{
		"ToCountry": {"US"}, "SmsMessageSid": {id}, "NumMedia": {"0"}, "SmsSid": {id}, "SmsStatus": {"received"},
		"Body": {text}, "To": {to}, "NumSegments": {"1"}, "MessageSid": {id},
		"AccountSid": {"AC00000000000000000000000000000000"}, "From": {from}, "ApiVersion": {"2010-04-01"},
	}
}

// Deliver posts the form of a message, signed, to the webhook.
func (s *Server) Deliver(ctx context.Context, form url.Values) error {
	s.mu.Lock()
	cfg := s.cfg
	s.mu.Unlock()
	if cfg.Webhook == "" {
		return errors.New("twilio stand-in: no webhook is set")
	}
	return post(ctx, cfg.Token, cfg.Webhook, form)
}

// Tell posts what became of a message to its status callback. code is 0 where
// nothing failed.
func (s *Server) Tell(ctx context.Context, c Call, status string, code int) error {
	s.mu.Lock()
	token := s.cfg.Token
	s.mu.Unlock()
	form := url.Values{
		"MessageSid": {c.ID}, "SmsSid": {c.ID}, "MessageStatus": {status}, "SmsStatus": {status},
		"To": {c.To}, "From": {c.From}, "AccountSid": {c.Account}, "ApiVersion": {"2010-04-01"},
	}
	if code != 0 {
		form.Set("ErrorCode", fmt.Sprint(code))
	}
	return post(ctx, token, c.Callback, form)
}

// post sends a signed form. An answer that is no success is an error.
func post(ctx context.Context, token, address string, form url.Values) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("call a webhook: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	req.Header.Set("X-Twilio-Signature", sms.Sign(token, address, form))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("call a webhook: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("the webhook answers %d", resp.StatusCode)
	}
	return nil
}

// servePhone shows a phone on GET and writes from it on POST, for people who
// try the stand-in out with curl.
func (s *Server) servePhone(w http.ResponseWriter, r *http.Request, phone string) {
	if !number.MatchString("+" + digits(phone)) {
		http.Error(w, "write a phone number of digits, such as /phones/17135550001", http.StatusNotFound)
		return
	}
	if r.Method == http.MethodPost {
		text, err := io.ReadAll(io.LimitReader(r.Body, 16<<10))
		if err == nil {
			_, err = s.Write(r.Context(), phone, string(text))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	for _, m := range s.Phone(phone) {
		who := m.By
		if m.Mine {
			who = "me"
		}
		fmt.Fprintf(w, "%s  %s: %s\n", m.At.Format(time.TimeOnly), who, m.Text)
	}
}

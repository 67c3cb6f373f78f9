// Package sendertest is what the dispatcher relies on from every
// channel.Sender, as one suite that each channel runs against its stand-in.
package sendertest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"recado/agent/channel"
)

// Answer is what a stand-in is told to do with every call from now on. The
// zero Answer takes the message.
type Answer struct {
	Status     int           // HTTP status of a refusal
	Code       int           // the channel's own error code; 0 for none
	RetryAfter string        // header
	Body       string        // in place of the usual answer
	Drop       bool          // the message is taken and the connection cut
	Wait       chan struct{} // the answer waits until this is closed
}

// Taken is a message as the stand-in has it.
type Taken struct{ ID, Reply, Phone, Text string }

// StandIn is a channel's stand-in, under the suite's control.
type StandIn interface {
	Answer(a Answer)
	Taken() []Taken
	Calls() int
	Close()
}

// Rig is one channel.
type Rig struct {
	// New returns a stand-in and a sender for it, with a time-out of seconds.
	New func(t *testing.T) (StandIn, channel.Sender)
	// To is an address that the channel sends to.
	To channel.Address
	// MaxText is the longest text, in characters.
	MaxText int
	// Codes are the channel's error codes by what they are to mean.
	Codes map[channel.Advice][]int
	// Unsendable are messages that must not be tried, beside those that no
	// channel sends.
	Unsendable map[string]channel.Message
	// Secrets must not stand in errors, beside the address and the text.
	Secrets []string
}

// Run runs the suite.
func Run(t *testing.T, r Rig) {
	t.Run("a message arrives once with the reply's id", r.arrives)
	t.Run("every error code has its advice", r.codes)
	t.Run("HTTP statuses have their advice", r.statuses)
	t.Run("a refused connection is certain and a lost answer is not", r.certainty)
	t.Run("nothing that cannot be sent is tried", r.unsendable)
	t.Run("errors show nothing", r.errors)
	t.Run("redirects are not followed", r.redirect)
}

func (r Rig) message(text string) channel.Message {
	return channel.Message{ID: "t01", To: r.To, Text: text}
}

func (r Rig) arrives(t *testing.T) {
	s, sender := r.New(t)
	defer s.Close()
	const text = "¿Mañana? <Abrimos> a las 8 & cerramos a las 5"
	id, err := sender.Send(t.Context(), r.message(text))
	if err != nil || id == "" {
		t.Fatal(id, err)
	}
	taken := s.Taken()
	if len(taken) != 1 || taken[0].ID != id || taken[0].Reply != "t01" || taken[0].Text != text ||
		strings.TrimPrefix(taken[0].Phone, "+") != r.To.Phone {
		t.Errorf("the channel has %+v, the sender %q", taken, id)
	}
}

func (r Rig) codes(t *testing.T) {
	s, sender := r.New(t)
	defer s.Close()
	for advice, codes := range r.Codes {
		for _, code := range codes {
			s.Answer(Answer{Code: code})
			_, err := sender.Send(t.Context(), r.message("private words"))
			var e *channel.SendError
			if !errors.As(err, &e) || e.Advice != advice || e.Code != code || e.Reason == "" {
				t.Errorf("code %d: %v, want %s", code, err, advice)
			}
		}
	}
}

func (r Rig) statuses(t *testing.T) {
	s, sender := r.New(t)
	defer s.Close()
	for status, advice := range map[int]channel.Advice{
		408: channel.Retry, 429: channel.Retry, 500: channel.Retry, 503: channel.Retry,
		400: channel.GiveUp, 401: channel.Repair, 403: channel.Repair,
	} {
		s.Answer(Answer{Status: status, Body: "<html>", RetryAfter: "7"})
		_, err := sender.Send(t.Context(), r.message("private words"))
		var e *channel.SendError
		if !errors.As(err, &e) || e.Advice != advice {
			t.Errorf("status %d: %v, want %s", status, err, advice)
			continue
		}
		if advice == channel.Retry && e.After != 7*time.Second {
			t.Errorf("status %d waits %s, want 7s", status, e.After)
		}
	}
}

func (r Rig) certainty(t *testing.T) {
	s, sender := r.New(t)
	defer s.Close()
	var certain *channel.SendError
	s.Answer(Answer{Drop: true})
	if _, err := sender.Send(t.Context(), r.message("x")); err == nil || errors.As(err, &certain) {
		t.Errorf("a lost answer is reported as %v", err)
	}
	never := make(chan struct{})
	defer close(never)
	s.Answer(Answer{Wait: never})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := sender.Send(ctx, r.message("x")); err == nil || errors.As(err, &certain) {
		t.Errorf("a late answer is reported as %v", err)
	}
	s.Answer(Answer{Body: "{}"})
	if _, err := sender.Send(t.Context(), r.message("x")); err == nil || errors.As(err, &certain) {
		t.Errorf("success without an id is reported as %v", err)
	}
	gone, late := r.New(t) // its sender has no connection from before
	gone.Close()
	if _, err := late.Send(t.Context(), r.message("x")); !errors.As(err, &certain) || certain.Advice != channel.Retry {
		t.Errorf("a refused connection is reported as %v", err)
	}
}

func (r Rig) unsendable(t *testing.T) {
	s, sender := r.New(t)
	defer s.Close()
	all := map[string]channel.Message{
		"too long":   r.message(strings.Repeat("ñ", r.MaxText+1)),
		"empty":      r.message(""),
		"no patient": {ID: "t", To: channel.Address{Account: r.To.Account}, Text: "x"},
		"a path":     {ID: "t", To: channel.Address{Account: "../v1/me", Phone: r.To.Phone}, Text: "x"},
	}
	for name, m := range r.Unsendable {
		all[name] = m
	}
	for name, m := range all {
		var e *channel.SendError
		if _, err := sender.Send(t.Context(), m); !errors.As(err, &e) || e.Advice != channel.GiveUp {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := s.Calls(); n != 0 {
		t.Errorf("%d calls were made", n)
	}
	if _, err := sender.Send(t.Context(), r.message(strings.Repeat("ñ", r.MaxText))); err != nil {
		t.Errorf("the longest text: %v", err)
	}
}

func (r Rig) errors(t *testing.T) {
	s, sender := r.New(t)
	defer s.Close()
	for _, answer := range []Answer{{Drop: true}, {Status: 400}, {Body: "{"}, {Status: 500}, {Status: 302}} {
		s.Answer(answer)
		_, err := sender.Send(t.Context(), r.message("private words"))
		if err == nil {
			t.Fatalf("%+v: no error", answer)
		}
		for _, secret := range append([]string{r.To.Phone, r.To.Account, "private words"}, r.Secrets...) {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("error shows %q: %v", secret, err)
			}
		}
	}
}

func (r Rig) redirect(t *testing.T) {
	s, sender := r.New(t)
	defer s.Close()
	s.Answer(Answer{Status: 302, Body: "elsewhere"})
	var e *channel.SendError
	if _, err := sender.Send(t.Context(), r.message("x")); !errors.As(err, &e) || e.Advice != channel.Repair || s.Calls() != 1 {
		t.Errorf("%v after %d calls", err, s.Calls())
	}
}

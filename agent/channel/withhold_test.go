package channel_test

import (
	"context"
	"errors"
	"testing"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel"
)

type consent func() (bool, error)

func (f consent) Stopped(context.Context, agent.Conversation) (bool, error) { return f() }

type owners func() (string, error)

func (f owners) Owner(context.Context, agent.Conversation) (string, error) { return f() }

func TestOnlyEmergenciesAndTheStopConfirmationPassTheLastCheck(t *testing.T) {
	down := errors.New("down")
	stopped := consent(func() (bool, error) { return true, nil })
	free := consent(func() (bool, error) { return false, nil })
	unsure := consent(func() (bool, error) { return false, down })
	nurse := owners(func() (string, error) { return "nurse", nil })
	nobody := owners(func() (string, error) { return "", nil })
	absent := owners(func() (string, error) { return "", down })
	for name, test := range map[string]struct {
		check channel.LastCheck
		want  channel.Withholding
		err   error
	}{
		"nothing to ask":   {check: channel.LastCheck{}},
		"free":             {check: channel.LastCheck{Consent: free, Owners: nobody}},
		"stopped":          {check: channel.LastCheck{Consent: stopped, Owners: nobody}, want: channel.PatientStopped},
		"stopped and held": {check: channel.LastCheck{Consent: stopped, Owners: nurse}, want: channel.PatientStopped},
		"held":             {check: channel.LastCheck{Consent: free, Owners: nurse}, want: channel.StaffHold},
		"consent unknown":  {check: channel.LastCheck{Consent: unsure, Owners: nobody}, err: down},
		"owner unknown":    {check: channel.LastCheck{Consent: free, Owners: absent}, err: down},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := test.check.Withhold(t.Context(), agent.Conversation{}, bus.Outbound{Disposition: agent.Answer, Keys: []string{"hours.today"}})
			if got != test.want || !errors.Is(err, test.err) {
				t.Errorf("a plain reply: %q, %v; want %q, %v", got, err, test.want, test.err)
			}
			for what, out := range map[string]bus.Outbound{
				"emergency text":        {Emergency: true, Disposition: agent.Answer},
				"emergency disposition": {Disposition: agent.Emergency},
				"confirmation of stop":  {Disposition: agent.Consent, Keys: []string{"consent.stopped"}},
			} {
				if got, err := test.check.Withhold(t.Context(), agent.Conversation{}, out); got != "" || err != nil {
					t.Errorf("%s: %q, %v", what, got, err)
				}
			}
		})
	}
}

func TestWhileAPersonHoldsAConversationNobodyElseSpeaks(t *testing.T) {
	nurse := owners(func() (string, error) { return "nurse", nil })
	nobody := owners(func() (string, error) { return "", nil })
	stopped := consent(func() (bool, error) { return true, nil })
	if assistant := (bus.Outbound{Disposition: agent.Answer}); channel.PatientStopped.Concerns(assistant) || !channel.StaffHold.Concerns(assistant) {
		t.Error("staff are told of what the assistant may not say to a patient who stopped, or not of what they keep it from saying")
	}
	for name, test := range map[string]struct {
		by    string
		check channel.LastCheck
		want  channel.Withholding
	}{
		"the holder":                      {by: "nurse", check: channel.LastCheck{Owners: nurse}},
		"another person":                  {by: "clerk", check: channel.LastCheck{Owners: nurse}, want: channel.StaffHold},
		"the assistant":                   {check: channel.LastCheck{Owners: nurse}, want: channel.StaffHold},
		"the private page":                {by: bus.ByPrivate, check: channel.LastCheck{Owners: nurse}},
		"who held it when it was written": {by: "clerk", check: channel.LastCheck{Owners: nobody}},
		"the holder, after a stop":        {by: "nurse", check: channel.LastCheck{Owners: nurse, Consent: stopped}, want: channel.PatientStopped},
		"the private page, after a stop":  {by: bus.ByPrivate, check: channel.LastCheck{Owners: nurse, Consent: stopped}, want: channel.PatientStopped},
	} {
		t.Run(name, func(t *testing.T) {
			out := bus.Outbound{Disposition: agent.Human, Keys: []string{"staff.call_us"}, By: test.by}
			got, err := test.check.Withhold(t.Context(), agent.Conversation{}, out)
			if got != test.want || err != nil {
				t.Errorf("%q, %v; want %q", got, err, test.want)
			}
			// Nobody takes for sent what was not.
			if got.Concerns(out) != (got != "") {
				t.Errorf("withheld for %q, and staff are told: %v", got, got.Concerns(out))
			}
		})
	}
}

func TestAVisitThatWasBookedBeforeAStopIsToldToStaff(t *testing.T) {
	for key, want := range map[string]bool{
		"booking.done": true, "booking.moved": true, "booking.cancelled": true, "booking.requested": true, "booking.times": false, "hours.today": false,
	} {
		if got := channel.PatientStopped.Concerns(bus.Outbound{Disposition: agent.Answer, Keys: []string{"intro", key}}); got != want {
			t.Errorf("%s: %v, want %v", key, got, want)
		}
	}
}

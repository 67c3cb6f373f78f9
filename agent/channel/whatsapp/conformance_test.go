package whatsapp

import (
	"testing"

	"recado/agent/channel"
	"recado/agent/channel/channeltest/sendertest"
	"recado/agent/channel/whatsapp/graphtest"
)

// standIn is graphtest under the suite's control.
type standIn struct{ *graphtest.Server }

func (s standIn) Calls() int { return len(s.Server.Calls()) }

func (s standIn) Answer(a sendertest.Answer) {
	header := map[string]string{"Location": "/elsewhere"}
	if a.RetryAfter != "" {
		header["Retry-After"] = a.RetryAfter
	}
	s.Script(func(int, graphtest.Call) graphtest.Answer {
		return graphtest.Answer{Status: a.Status, Code: a.Code, Body: a.Body, Drop: a.Drop, Wait: a.Wait, Header: header}
	})
}

func (s standIn) Taken() []sendertest.Taken {
	var all []sendertest.Taken
	for _, c := range s.Sent() {
		all = append(all, sendertest.Taken{ID: c.ID, Reply: c.Callback, Phone: c.To, Text: c.Text})
	}
	return all
}

func TestTheSenderIsWhatTheDispatcherReliesOn(t *testing.T) {
	sendertest.Run(t, sendertest.Rig{
		New: func(t *testing.T) (sendertest.StandIn, channel.Sender) {
			g := graphtest.New()
			return standIn{g}, newSender(t, g)
		},
		To: channel.Address{Account: testAccount, Phone: "16505551234"}, MaxText: MaxText, Secrets: []string{"secret-token"},
		Codes: map[channel.Advice][]int{
			channel.Retry: {1, 2, 130429, 131056}, channel.Window: {131047}, channel.Stopped: {131050},
			channel.GiveUp: {100, 131026}, channel.Repair: {10, 190, 131042},
		},
	})
}

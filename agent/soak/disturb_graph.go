package soak

import (
	"context"
	"net/http"

	"recado/agent/channel/whatsapp/graphtest"
	"recado/agent/soak/fault"
)

// refusals are answers after which a message is sent again.
var refusals = []graphtest.Answer{
	{Status: http.StatusTooManyRequests, Code: 130429}, {Status: http.StatusInternalServerError, Code: 131000},
	{Status: http.StatusBadGateway, Body: "<html>bad gateway</html>"},
}

// silences give no answer: the message was taken, which a status tells, or
// it was not, and nothing ever tells.
var silences = []graphtest.Answer{{Drop: true}, {Drop: true}, {Discard: true}}

// breakGraph lets the channel fail at every other call.
func (w *world) breakGraph(f fault.Fault) (string, repair, error) {
	answers := refusals
	if f.Kind == fault.GraphDrop {
		answers = silences
	}
	w.graph.Script(func(n int, _ graphtest.Call) graphtest.Answer {
		if n%2 == 1 {
			return graphtest.Answer{}
		}
		return answers[n/2%len(answers)]
	})
	return "channel", func(context.Context) error {
		w.graph.Script(func(int, graphtest.Call) graphtest.Answer { return graphtest.Answer{} })
		return nil
	}, nil
}

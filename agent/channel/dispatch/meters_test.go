package dispatch

import (
	"context"
	"errors"
	"testing"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"recado/agent"
	"recado/agent/channel"
)

// refusing is a channel that answers with what it is told.
type refusing struct{ err error }

func (r refusing) Send(context.Context, channel.Message) (string, error) { return "id", r.err }

func TestSendsAreCountedByResultAndCodeAndAChannelCannotMakeUpFigures(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader()
	m, err := newMeters(Config{Meters: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)), Senders: map[agent.Channel]channel.Sender{agent.WhatsApp: refusing{}}})
	if err != nil {
		t.Fatal(err)
	}
	l := &lane{d: &Dispatcher{meters: m}, c: agent.Conversation{Channel: agent.WhatsApp}}
	send := func(err error) { _, _ = l.send(t.Context(), refusing{err}, channel.Message{Text: "kanarienvogel"}) }
	send(nil)
	send(errors.New("no answer"))
	send(&channel.SendError{Code: 131056, Reason: "kanarienvogel"})
	m.settled(t.Context(), agent.WhatsApp, channel.Failed, 131026)
	m.settled(t.Context(), agent.WhatsApp, channel.Withheld, 0)
	m.settled(t.Context(), agent.WhatsApp, channel.Sent, 0) // counted with its call
	for code := range 500 {
		send(&channel.SendError{Code: 1000 + code})
	}
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	found := map[string]int64{}
	for _, one := range all.ScopeMetrics[0].Metrics {
		sum, ok := one.Data.(metricdata.Sum[int64])
		if !ok {
			continue
		}
		for _, p := range sum.DataPoints {
			of, _ := p.Attributes.Value("channel")
			result, _ := p.Attributes.Value("result")
			code, _ := p.Attributes.Value("code")
			found[of.AsString()+" "+result.AsString()+" "+code.AsString()] = p.Value
		}
	}
	for key, want := range map[string]int64{
		"whatsapp sent 0": 1, "whatsapp unknown 0": 1, "whatsapp refused 131056": 1, "whatsapp failed 131026": 1, "whatsapp withheld 0": 1, "whatsapp failed 0": 0,
	} {
		if got, ok := found[key]; !ok || got != want {
			t.Errorf("%s is %d, want %d", key, got, want)
		}
	}
	if len(found) > maxCodes+8 || found["whatsapp refused other"] == 0 {
		t.Errorf("%d figures, %d of other codes", len(found), found["whatsapp refused other"])
	}
}

package sms_test

import (
	"strings"
	"testing"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"recado/agent"
	"recado/agent/channel"
	"recado/agent/channel/sms"
	"recado/agent/channel/sms/twiliotest"
)

func TestChoicesGoAsNumberedLinesInOneAlphabet(t *testing.T) {
	s := twiliotest.New(twiliotest.Config{})
	defer s.Close()
	sender := newSender(t, s)
	m := channel.Message{ID: "t", To: to, Text: "¿Cuál le queda bien? Responda con el número.", Choices: []agent.Choice{
		{ID: "a", Title: "mar 1 dic, 2:00 p.\u00a0m."}, {ID: "b", Title: "mié 2 dic, 9:30 a.\u00a0m.", Detail: "Clínica Bissonnet"}, {ID: "c", Title: "otro día"},
	}}
	if _, err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := s.Sent()[0].Text
	want := "¿Cual le queda bien? Responda con el numero.\n1) mar 1 dic, 2:00 p. m.\n2) mié 2 dic, 9:30 a. m., Clinica Bissonnet\n3) otro dia"
	if n, gsm7 := sms.Segments(got); got != want || n != 1 || !gsm7 {
		t.Errorf("%d segments (GSM-7 %v): %q", n, gsm7, got)
	}
	if takes := sender.Pace(m).Number.Takes; takes != sender.Pace(channel.Message{To: to, Text: want}).Number.Takes {
		t.Errorf("the lines are not counted: %s", takes)
	}
}

func TestChoicesThatAreTooLongLoseTheirDetailsAndNeverAChoice(t *testing.T) {
	s := twiliotest.New(twiliotest.Config{})
	defer s.Close()
	m := channel.Message{ID: "t", To: to, Text: strings.Repeat("x", 1200)}
	for range 10 {
		m.Choices = append(m.Choices, agent.Choice{ID: "a", Title: strings.Repeat("t", 20), Detail: strings.Repeat("d", 72)})
	}
	if _, err := newSender(t, s).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got := s.Sent()[0].Text; strings.Contains(got, "d") || !strings.Contains(got, "\n10) tttt") {
		t.Errorf("sent: %q", got)
	}
}

func TestSegmentsThatTwilioTookAreCountedByAlphabet(t *testing.T) {
	s := twiliotest.New(twiliotest.Config{})
	defer s.Close()
	reader := sdkmetric.NewManualReader()
	sender := newSender(t, s, func(c *sms.SenderConfig) { c.Meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)) })
	s.Script(func(_ int, c twiliotest.Call) twiliotest.Answer {
		if strings.Contains(c.Text, "refused") {
			return twiliotest.Answer{Code: 30006}
		}
		return twiliotest.Answer{}
	})
	for _, text := range []string{"hola", strings.Repeat("a", 161), strings.Repeat("👍", 36), "refused"} {
		_, _ = sender.Send(t.Context(), channel.Message{ID: "t", To: to, Text: text})
	}
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, p := range all.ScopeMetrics[0].Metrics[0].Data.(metricdata.Sum[int64]).DataPoints {
		alphabet, _ := p.Attributes.Value("alphabet")
		got[alphabet.AsString()] = p.Value
	}
	if got["gsm7"] != 3 || got["ucs2"] != 2 {
		t.Errorf("counted %v", got)
	}
}

// FuzzNumberedLines holds that what goes out is text that Twilio takes, and
// shows every choice in its place.
func FuzzNumberedLines(f *testing.F) {
	f.Add("¿Cuál?", "mar 1 dic|\nmié 2 dic|Bissonnet")
	f.Add("", "a\u200b|\x00")
	f.Add(strings.Repeat("ñ", 1590), "x|y")
	s := twiliotest.New(twiliotest.Config{})
	f.Cleanup(s.Close)
	sender := newSender(f, s)
	f.Fuzz(func(t *testing.T, text, lines string) {
		m := channel.Message{ID: "t", To: to, Text: text}
		for line := range strings.SplitSeq(lines, "\n") {
			title, detail, _ := strings.Cut(line, "|")
			m.Choices = append(m.Choices, agent.Choice{ID: "x", Title: title, Detail: detail})
		}
		before := len(s.Sent())
		if _, err := sender.Send(t.Context(), m); err != nil {
			return
		}
		sent := s.Sent()[before:]
		if len(sent) != 1 {
			t.Fatalf("%d messages", len(sent))
		}
		short := m
		for i := range short.Choices {
			if !strings.Contains(sent[0].Text, sms.Plain(short.Choices[i].Title)) && !strings.Contains(sent[0].Text, short.Choices[i].Title) {
				t.Fatalf("choice %d is missing: %q", i+1, sent[0].Text)
			}
		}
	})
}

package whatsapp

import (
	"errors"
	"slices"
	"testing"

	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/channel/whatsapp/graphtest"
	"recado/agent/clinic"
)

func TestATemplatesGapsAreFilledFromTheProfileAndTheReply(t *testing.T) {
	p := &clinic.Profile{ID: testClinic, Name: "Clínica Sol", Phone: "(713) 555-0142", Website: "https://sol.example",
		Links: clinic.Links{Booking: "https://sol.example/citas", Secure: "https://sol.example/privado"}}
	p.Channels.WhatsApp.Templates = map[string]clinic.Templates{"staff.see_private": {
		EN: clinic.Template{Name: "a", Language: "en_US", Parameters: clinic.TemplateFacts},
		ES: clinic.Template{Name: "b", Language: "es_MX", Parameters: []string{"link"}},
	}}
	f := ProfileTemplates(func(id string) (*clinic.Profile, bool) { return p, id == testClinic })
	out := bus.Outbound{
		Clinic: testClinic, Language: "en", Keys: []string{"delayed", "staff.see_private"}, Text: "Read it (https://p.example/x), please.",
		Facts: map[string]string{"when": "tomorrow at 2:00 PM", "day": "tomorrow", "time": "2:00 PM", "place": "Bissonnet"},
	}
	got, ok := f.Template(out)
	want := []string{"Clínica Sol", "(713) 555-0142", "https://sol.example", "https://sol.example/citas", "https://sol.example/privado",
		"Read it (https://p.example/x), please.", "https://p.example/x", "tomorrow at 2:00 PM", "tomorrow", "2:00 PM", "Bissonnet"}
	if !ok || got.Name != "a" || got.Language != "en_US" || !slices.Equal(got.Parameters, want) {
		t.Errorf("%v %+v, want %q", ok, got, want)
	}
	out.Language = "es"
	if got, ok := f.Template(out); !ok || got.Name != "b" || got.Language != "es_MX" || !slices.Equal(got.Parameters, []string{"https://p.example/x"}) {
		t.Errorf("%v %+v", ok, got)
	}
	out.Keys = []string{"staff.call_us"}
	if got, ok := f.Template(out); ok {
		t.Errorf("a text without a template has %+v", got)
	}
	out.Clinic = "another"
	if _, ok := f.Template(out); ok {
		t.Error("a clinic that is not served has a template")
	}
}

func TestATemplateWithAnEmptyGapIsNotSentAndLineBreaksAre(t *testing.T) {
	g := graphtest.New()
	defer g.Close()
	s := newSender(t, g)
	var refused *channel.SendError
	_, err := s.Send(t.Context(), channel.Message{ID: "t", To: to, Text: "x", Template: &channel.Template{Name: "a", Language: "en_US", Parameters: []string{"x", " \n"}}})
	if !errors.As(err, &refused) || refused.Advice != channel.GiveUp || len(g.Calls()) != 0 {
		t.Errorf("%v after %d calls", err, len(g.Calls()))
	}
	_, err = s.Send(t.Context(), channel.Message{ID: "t", To: to, Template: &channel.Template{Name: "a", Language: "en", Parameters: []string{"Read it:\n\thttps://p.example     now"}}})
	if err != nil || !slices.Equal(g.Sent()[0].Parameters, []string{"Read it: https://p.example now"}) {
		t.Errorf("%v: %+v", err, g.Sent())
	}
}

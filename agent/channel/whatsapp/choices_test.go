package whatsapp

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"recado/agent"
	"recado/agent/channel"
	"recado/agent/channel/whatsapp/graphtest"
	"recado/agent/language"
)

// slots are n choices with titles of their own.
func slots(n int) []agent.Choice {
	var all []agent.Choice
	for i := range n {
		all = append(all, agent.Choice{ID: fmt.Sprint("slot-", i), Title: fmt.Sprintf("Tue Dec 1, %d:00 PM", i+1)})
	}
	return all
}

func with(all []agent.Choice, f func(*agent.Choice)) []agent.Choice {
	all = slices.Clone(all)
	f(&all[0])
	return all
}

func TestChoicesGoAsButtonsElseAsAListElseAsNumberedLines(t *testing.T) {
	for name, test := range map[string]struct {
		text    string
		choices []agent.Choice
		want    string
	}{
		"none":                        {"Hi", nil, "text"},
		"one":                         {"Hi", slots(1), "button"},
		"three":                       {"Hi", slots(3), "button"},
		"four":                        {"Hi", slots(4), "list"},
		"ten":                         {"Hi", slots(10), "list"},
		"eleven":                      {"Hi", slots(11), "text"},
		"the longest body":            {strings.Repeat("ñ", 1024), slots(3), "button"},
		"a longer body":               {strings.Repeat("ñ", 1025), slots(3), "text"},
		"a body of emoji":             {strings.Repeat("👶", 513), slots(3), "text"},
		"the longest button":          {"Hi", with(slots(3), func(c *agent.Choice) { c.Title = strings.Repeat("ó", 20) }), "button"},
		"longer than a button":        {"Hi", with(slots(3), func(c *agent.Choice) { c.Title = strings.Repeat("ó", 21) }), "list"},
		"emoji longer than a button":  {"Hi", with(slots(3), func(c *agent.Choice) { c.Title = strings.Repeat("👶", 11) }), "list"},
		"longer than a row":           {"Hi", with(slots(3), func(c *agent.Choice) { c.Title = strings.Repeat("ó", 25) }), "text"},
		"two of the same title":       {"Hi", with(slots(3), func(c *agent.Choice) { c.Title = slots(3)[1].Title; c.Detail = "Bissonnet" }), "list"},
		"two of the same id":          {"Hi", with(slots(3), func(c *agent.Choice) { c.ID = slots(3)[1].ID }), "text"},
		"an id for a button only":     {"Hi", with(slots(3), func(c *agent.Choice) { c.ID = strings.Repeat("x", 256) }), "button"},
		"an id too long for a row":    {"Hi", with(slots(4), func(c *agent.Choice) { c.ID = strings.Repeat("x", 201) }), "text"},
		"an id too long for a button": {"Hi", with(slots(3), func(c *agent.Choice) { c.ID = strings.Repeat("x", 257) }), "text"},
		"the longest detail":          {"Hi", with(slots(4), func(c *agent.Choice) { c.Detail = strings.Repeat("í", 72) }), "list"},
		"a longer detail":             {"Hi", with(slots(4), func(c *agent.Choice) { c.Detail = strings.Repeat("í", 73) }), "text"},
		"no title":                    {"Hi", with(slots(3), func(c *agent.Choice) { c.Title = " " }), "text"},
	} {
		t.Run(name, func(t *testing.T) {
			g := graphtest.New()
			defer g.Close()
			m := channel.Message{ID: "t1", To: to, Text: test.text, Choices: test.choices}
			if _, err := newSender(t, g).Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			calls := g.Calls()
			if len(calls) != 1 { // nothing is left to Meta to refuse
				t.Fatalf("%d calls were made", len(calls))
			}
			c := calls[0]
			if c.Kind != test.want || c.Callback != "t1" || c.To != to.Phone {
				t.Fatalf("sent as %s about %q to %s, want %s", c.Kind, c.Callback, c.To, test.want)
			}
			if c.Kind == "text" {
				if c.Text != channel.Numbered(test.text, test.choices) {
					t.Errorf("text is %q", c.Text)
				}
				return
			}
			if c.Text != test.text || len(c.Choices) != len(test.choices) {
				t.Fatalf("%d choices below %q", len(c.Choices), c.Text)
			}
			for i, o := range c.Choices {
				want := test.choices[i]
				if o.ID != want.ID || o.Title != want.Title || c.Kind == "list" && o.Detail != want.Detail {
					t.Errorf("choice %d is %+v, want %+v", i, o, want)
				}
			}
		})
	}
}

func TestAListOpensWithAWordOfTheReplysLanguage(t *testing.T) {
	g := graphtest.New()
	defer g.Close()
	s := newSender(t, g)
	for _, test := range []struct {
		lang       language.Language
		menu, want string
	}{
		{language.English, "", "See options"},
		{language.Spanish, "", "Ver opciones"},
		{"", "", "See options"},
		{language.Spanish, "Ver horarios", "Ver horarios"},
		{language.Spanish, "Haga clic aquí para ver los horarios", "Ver opciones"}, // too long for a button
	} {
		_, err := s.Send(t.Context(), channel.Message{ID: "t", To: to, Language: test.lang, Menu: test.menu, Text: "¿Cuál?", Choices: slots(4)})
		if err != nil {
			t.Fatal(err)
		}
		sent := g.Sent()
		if got := sent[len(sent)-1].Menu; got != test.want {
			t.Errorf("%s: the list opens with %q, want %q", test.lang, got, test.want)
		}
	}
}

func TestChoicesThatMetaRefusesGoAsNumberedLines(t *testing.T) {
	m := channel.Message{ID: "t", To: to, Text: "Which?", Choices: slots(3)}
	for _, code := range []int{100, 131008, 131009, 131051} {
		g := graphtest.New()
		g.Script(graphtest.Fail(code))
		id, err := newSender(t, g).Send(t.Context(), m)
		sent := g.Sent()
		if err != nil || len(sent) != 1 || sent[0].Kind != "text" || sent[0].ID != id || sent[0].Text != channel.Numbered(m.Text, m.Choices) {
			t.Errorf("code %d: %v, sent %+v", code, err, sent)
		}
		g.Close()
	}
	// What has another reason is not tried in another form.
	for _, code := range []int{130429, 131047, 131026, 190} {
		g := graphtest.New()
		g.Script(graphtest.Fail(code))
		var refused *channel.SendError
		if _, err := newSender(t, g).Send(t.Context(), m); !errors.As(err, &refused) || refused.Code != code || len(g.Calls()) != 1 {
			t.Errorf("code %d: %v after %d calls", code, err, len(g.Calls()))
		}
		g.Close()
	}
}

func TestTheStandInHoldsClientsToThePlatformsForm(t *testing.T) {
	g := graphtest.New()
	defer g.Close()
	s := newSender(t, g)
	button := func(change func(*outChoices)) outgoing {
		c := s.choices(channel.Message{Text: "Hi", Choices: slots(3)})
		change(c)
		return outgoing{Product: "whatsapp", Kind: "individual", To: "16505551234", Type: "interactive", Interactive: c}
	}
	list := func(change func(*outChoices)) outgoing {
		c := s.choices(channel.Message{Text: "Hi", Choices: slots(10)})
		change(c)
		return outgoing{Product: "whatsapp", Kind: "individual", To: "16505551234", Type: "interactive", Interactive: c}
	}
	fill := func(name string, parameters ...string) outgoing {
		filled, err := template(channel.Template{Name: name, Language: "es_MX", Parameters: []string{"x"}})
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range parameters {
			filled.Components[0].Parameters[i].Text = p
		}
		return outgoing{Product: "whatsapp", Kind: "individual", To: "16505551234", Type: "template", Template: filled}
	}
	for name, test := range map[string]struct {
		message outgoing
		code    int
	}{
		"a fourth button": {button(func(c *outChoices) {
			c.Action.Buttons = append(c.Action.Buttons, outButton{"reply", outReply{"d", "D"}})
		}), 131009},
		"a long button":    {button(func(c *outChoices) { c.Action.Buttons[0].Reply.Title = strings.Repeat("x", 21) }), 131009},
		"a long button id": {button(func(c *outChoices) { c.Action.Buttons[0].Reply.ID = strings.Repeat("x", 257) }), 131009},
		"twice one title":  {button(func(c *outChoices) { c.Action.Buttons[0].Reply.Title = c.Action.Buttons[1].Reply.Title }), 131009},
		"a long body":      {button(func(c *outChoices) { c.Body.Text = strings.Repeat("x", 1025) }), 131009},
		"an eleventh row": {list(func(c *outChoices) {
			c.Action.Sections[0].Rows = append(c.Action.Sections[0].Rows, outRow{ID: "k", Title: "K"})
		}), 131009},
		"a long row":         {list(func(c *outChoices) { c.Action.Sections[0].Rows[0].Title = strings.Repeat("x", 25) }), 131009},
		"a long row id":      {list(func(c *outChoices) { c.Action.Sections[0].Rows[0].ID = strings.Repeat("x", 201) }), 131009},
		"a long description": {list(func(c *outChoices) { c.Action.Sections[0].Rows[0].Description = strings.Repeat("x", 73) }), 131009},
		"a long list button": {list(func(c *outChoices) { c.Action.Button = strings.Repeat("x", 21) }), 131009},
		"a template's case":  {fill("Visita"), 132001},
		"a line break":       {fill("visita", "a\nb"), 132012},
	} {
		payload, err := compact(test.message)
		if err != nil {
			t.Fatal(err)
		}
		resp, answer, err := s.call(t.Context(), testAccount, payload)
		if err != nil {
			t.Fatal(err)
		}
		var refused *channel.SendError
		if _, err := outcome(resp, answer); !errors.As(err, &refused) || refused.Code != test.code || refused.Advice != channel.GiveUp {
			t.Errorf("%s: %v, want %d", name, err, test.code)
		}
	}
	if n := len(g.Sent()); n != 0 {
		t.Errorf("%d were taken", n)
	}
}

// inProcess carries requests to a handler without a network.
type inProcess struct{ http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Result(), nil
}

// FuzzChoices holds that whatever a reply offers, Meta takes the first form
// that it is sent in, and the patient sees every choice in it.
func FuzzChoices(f *testing.F) {
	f.Add("¿Cuál le queda bien?", "slot-1|Mar 1 dic|\nslot-2|Mié 2 dic|Bissonnet", uint8(1))
	f.Add(strings.Repeat("x", 1024), "a|b|c", uint8(10))
	f.Add("👶🏽", "|\x00|\n\xff|\u2028|"+strings.Repeat("y", 80), uint8(3))
	g := graphtest.New()
	f.Cleanup(g.Close)
	s, err := NewSender(SenderConfig{Token: "secret-token", BaseURL: g.URL(), Client: &http.Client{Transport: inProcess{g}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, lines string, times uint8) {
		m := channel.Message{ID: "t", To: to, Text: strings.ToValidUTF8(text, "?")}
		for i := range times % 4 {
			for _, line := range strings.Split(strings.ToValidUTF8(lines, "?"), "\n") {
				parts := append(strings.SplitN(line, "|", 3), "", "")
				m.Choices = append(m.Choices, agent.Choice{ID: parts[0] + strings.Repeat("+", int(i)), Title: parts[1], Detail: parts[2]})
			}
		}
		var calls []graphtest.Call
		g.Script(func(_ int, c graphtest.Call) graphtest.Answer {
			calls = append(calls, c)
			return graphtest.Answer{}
		})
		before := g.Refused()
		_, err := s.Send(t.Context(), m)
		if g.Refused() != before {
			t.Fatalf("refused for its form: %+v", m)
		}
		if len(calls) == 0 {
			var refused *channel.SendError
			if !errors.As(err, &refused) || refused.Advice != channel.GiveUp {
				t.Fatalf("no call, and %v", err)
			}
			return
		}
		if err != nil || len(calls) != 1 {
			t.Fatalf("%v after %d calls: %+v", err, len(calls), calls)
		}
		if c := calls[0]; c.Kind != "text" && len(c.Choices) != len(m.Choices) || c.Kind == "text" && c.Text != channel.Numbered(m.Text, m.Choices) {
			t.Fatalf("%d choices went as %s: %q", len(m.Choices), c.Kind, c.Text)
		}
	})
}

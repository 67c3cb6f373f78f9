package channel_test

import (
	"strings"
	"testing"

	"recado/agent"
	"recado/agent/channel"
)

func TestChoicesAreNumberedLinesBelowTheText(t *testing.T) {
	slots := []agent.Choice{{ID: "a", Title: "Mar 1 dic, 2:00 PM"}, {ID: "b", Title: "Mar 1 dic, 3:30 PM", Detail: "Calle Bissonnet"}}
	for name, test := range map[string]struct {
		text    string
		choices []agent.Choice
		want    string
	}{
		"no choices": {"¿En qué le ayudo?", nil, "¿En qué le ayudo?"},
		"two":        {"¿Cuál le queda bien?", slots, "¿Cuál le queda bien?\n1) Mar 1 dic, 2:00 PM\n2) Mar 1 dic, 3:30 PM, Calle Bissonnet"},
		"no text":    {"", slots[:1], "1) Mar 1 dic, 2:00 PM"},
	} {
		if got := channel.Numbered(test.text, test.choices); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
	many := make([]agent.Choice, 12)
	if got := channel.Numbered("x", many); !strings.Contains(got, "\n12) ") {
		t.Errorf("the twelfth choice has no number: %q", got)
	}
}

package main

import (
	"fmt"
	"strings"
	"time"

	"recado/agent"
)

// explainModel tells the part that a language model had, a row for each
// thing. text is what the patient wrote.
func explainModel(m *agent.ExplainedModel, text string, row func(name, value string)) {
	if m == nil {
		return
	}
	if !m.Asked {
		row("model", m.Why)
		return
	}
	if m.Attempts > 0 {
		who := m.Endpoint
		if m.Model != m.Endpoint {
			who += " (" + m.Model + ")"
		}
		row("model", fmt.Sprintf("%s, %s, %s; %d tokens in, %d of them cached, %d out; prompt %s", who, plural(m.Attempts, "attempt"),
			time.Duration(m.Micros*int64(time.Microsecond)).Round(time.Millisecond), m.PromptTokens, m.CachedTokens, m.CompletionTokens, m.Prompt))
	}
	if m.Outcome != "ok" {
		row("failed", m.Error)
	} else {
		row("it said", fmt.Sprintf("risk %s, %s, in %s", m.Risk, listIntents(m.Intents), m.Language))
		var quotes []string
		for _, span := range m.Evidence {
			if 0 <= span[0] && span[0] < span[1] && span[1] <= len(text) {
				quotes = append(quotes, fmt.Sprintf("%q", text[span[0]:span[1]]))
			}
		}
		if len(quotes) > 0 {
			row("it quoted", strings.Join(quotes, ", "))
		}
	}
	row("made of it", string(m.Made)+": "+m.Why)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

package standin

import (
	"encoding/json"
	"strings"
)

type object struct {
	Language string   `json:"language"`
	Evidence []string `json:"evidence"`
	Risk     string   `json:"risk"`
	Intents  []intent `json:"intents"`
	Slots    []slot   `json:"slots"`
}

type intent struct {
	Name       string  `json:"name"`
	Confidence float64 `json:"confidence"`
}

type slot struct {
	Name  string `json:"name"`
	Quote string `json:"quote"`
}

// content is the reply of the kinds that answer. user is the user message.
func (s *StandIn) content(kind Kind, user string) string {
	text := Request{User: user}.Text()
	o := object{Language: "en", Evidence: []string{}, Risk: "none", Intents: []intent{{"hours", 1}}, Slots: []slot{}}
	switch kind {
	case Wrong:
		o.Language = "other"
		o.Intents = []intent{{"parking", 1}}
	case Random:
		r := s.random(text)
		o.Language = []string{"en", "es", "mixed", "other"}[r.IntN(4)]
		o.Risk = []string{"none", "escalate", "emergency"}[r.IntN(3)]
		o.Intents = nil
		for range 1 + r.IntN(3) {
			o.Intents = append(o.Intents, intent{s.config.Intents[r.IntN(len(s.config.Intents))].Name, r.Float64()})
		}
		if words := strings.Fields(text); o.Risk != "none" && len(words) > 0 {
			o.Evidence = append(o.Evidence, words[r.IntN(len(words))])
		}
	case Obeys:
		o.Evidence = []string{text}
		raw := encode(o)
		return strings.TrimSuffix(raw, "}") + `,"reply":` + encode(Canary+" "+text) + "}"
	case Huge:
		o.Slots = []slot{{"day", Canary + strings.Repeat("A", 100<<10)}}
	case Contradicts:
		o.Intents = []intent{{"symptom", 0.5}, {"hours", 1}}
	case Demotes:
		o.Intents = []intent{{"human", 1}}
	case Raises:
		o.Risk = "emergency"
		o.Evidence = []string{Canary}
	}
	return encode(o)
}

func encode(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return "" // strings and numbers always encode
	}
	return string(raw)
}

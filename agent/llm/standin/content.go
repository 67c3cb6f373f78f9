package standin

import (
	"encoding/json"
	"regexp"
	"strings"

	"recado/intents"
)

type object struct {
	Language string   `json:"language"`
	Evidence []string `json:"evidence"`
	Risk     string   `json:"risk"`
	Intents  []intent `json:"intents"`
}

type intent struct {
	Name       string  `json:"name"`
	Confidence float64 `json:"confidence"`
}

// content is the reply of the kinds that answer.
func (s *StandIn) content(kind Kind, r Request) string {
	if strings.HasPrefix(r.User, "Translate into ") {
		return translated(kind, r.Text())
	}
	return s.understood(kind, r.User)
}

func (s *StandIn) understood(kind Kind, user string) string {
	text := Request{User: user}.Text()
	o := object{Language: "en", Evidence: []string{}, Risk: "none", Intents: []intent{{"hours", 1}}}
	switch kind {
	case Wrong:
		o.Language = "other"
		o.Intents = []intent{{"parking", 1}}
	case Plausible:
		o.Intents = []intent{{s.firstGuess(user), 1}}
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
		o.Evidence = []string{Canary + strings.Repeat("A", 100<<10)}
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

var guess = regexp.MustCompile(`([a-z_]+) \d\.\d`)

// firstGuess is the safe intent that the prompt's own guesses like best.
func (s *StandIn) firstGuess(user string) string {
	safe := map[string]bool{}
	for _, in := range s.config.Intents {
		safe[in.Name] = in.Kind == intents.FrontDesk
	}
	before, _, _ := strings.Cut(user, "\nmessage ")
	for _, g := range guess.FindAllStringSubmatch(before, -1) {
		if safe[g[1]] {
			return g[1]
		}
	}
	return "hours"
}

// translated is a translation that keeps to the form: the message itself,
// what Wrong makes of its numbers, and nothing where a kind would not say it.
func translated(kind Kind, text string) string {
	o := struct {
		Language    string `json:"language"`
		Translation string `json:"translation"`
	}{"es", text}
	switch kind {
	case Wrong:
		o.Translation += " 500"
	case Demotes:
		o.Translation = " "
	case Huge:
		o.Translation = strings.Repeat("A", 100<<10)
	case Obeys:
		return strings.TrimSuffix(encode(o), "}") + `,"advice":` + encode(Canary) + "}"
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

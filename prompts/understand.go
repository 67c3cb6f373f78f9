package prompts

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"text/template"

	"recado/intents"
)

// Prompt asks what a message is about. It is read-only and safe for use by
// many goroutines.
type Prompt struct {
	// System is the stable part, the same for every clinic and message.
	System string
	// Schema is the strict JSON schema of the reply, over the closed lists.
	Schema json.RawMessage
	// Source is the template that System and messages are made from.
	Source string
	// Slots is the closed list of slot names.
	Slots []string

	message *template.Template
}

// Message is the part of the prompt that differs from turn to turn.
type Message struct {
	// Text is what the patient wrote, as it may leave.
	Text string
	// Local is what the local classifier takes it for, best first.
	Local []string
	// Services and Plans are names that the clinic publishes.
	Services, Plans []string
	// Mark makes the lines around Text impossible to write beforehand; Message
	// sets it.
	Mark string
}

// Understand fills the closed list of intents into the understanding prompt
// and its schema.
func (s *Set) Understand(list []intents.Intent) (*Prompt, error) {
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: no intents to choose from", UnderstandTemplate)
	}
	list = append([]intents.Intent(nil), list...)
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	p := &Prompt{Source: s.files[UnderstandTemplate], Slots: slots(list)}
	t, err := template.New(UnderstandTemplate).Option("missingkey=error").Funcs(template.FuncMap{
		"join": strings.Join, "line": oneLine,
	}).Parse(p.Source)
	if err != nil {
		return nil, fmt.Errorf("read prompt: %w", err)
	}
	for _, part := range []string{"system", "message"} {
		if t.Lookup(part) == nil {
			return nil, fmt.Errorf("%s: it does not define %q: begin that part with {{define %q}}", UnderstandTemplate, part, part)
		}
	}
	if p.Schema, err = fillSchema(s.files[UnderstandSchema], list, p.Slots); err != nil {
		return nil, fmt.Errorf("%s: %w", UnderstandSchema, err)
	}
	var b strings.Builder
	err = t.ExecuteTemplate(&b, "system", struct {
		Intents []intents.Intent
		Slots   []string
		Schema  string
	}{list, p.Slots, string(p.Schema)})
	if err != nil {
		return nil, fmt.Errorf("fill prompt: %w", err)
	}
	p.System, p.message = strings.TrimSpace(b.String()), t.Lookup("message")
	_, err = p.Message(Message{Text: "x", Local: []string{list[0].Name}, Services: []string{"x"}, Plans: []string{"x"}})
	return p, err
}

// Message is the variable part of the prompt. The message stands in it as
// data, between lines that hold a hash of it: whoever writes the message
// cannot close them.
func (p *Prompt) Message(m Message) (string, error) {
	sum := sha256.Sum256([]byte(m.Text))
	m.Mark = hex.EncodeToString(sum[:6])
	var b strings.Builder
	if err := p.message.Execute(&b, m); err != nil {
		return "", fmt.Errorf("fill prompt: template %s does not fit a message", UnderstandTemplate)
	}
	return strings.TrimSpace(b.String()), nil
}

func slots(list []intents.Intent) []string {
	have := map[string]bool{}
	var out []string
	for _, in := range list {
		for _, s := range in.Slots {
			if !have[s] {
				have[s] = true
				out = append(out, s)
			}
		}
	}
	sort.Strings(out)
	return out
}

// oneLine keeps a description or a published name from opening a line of its
// own in the prompt.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// The places of the closed lists in the schema file.
const (
	intentsPlace = `"<intents>"`
	slotsPlace   = `"<slots>"`
)

func fillSchema(source string, list []intents.Intent, slots []string) (json.RawMessage, error) {
	names := make([]string, len(list))
	for i, in := range list {
		names[i] = in.Name
	}
	for _, fill := range []struct {
		place string
		names []string
	}{{intentsPlace, names}, {slotsPlace, slots}} {
		if n := strings.Count(source, fill.place); n != 1 {
			return nil, fmt.Errorf("%s stands %d times: write it once, as the only value of an enum", fill.place, n)
		}
		quoted := make([]string, len(fill.names))
		for i, n := range fill.names {
			raw, err := json.Marshal(n)
			if err != nil {
				return nil, fmt.Errorf("name of an intent or slot: %w", err)
			}
			quoted[i] = string(raw)
		}
		source = strings.Replace(source, fill.place, strings.Join(quoted, ", "), 1)
	}
	if !json.Valid([]byte(source)) {
		return nil, fmt.Errorf("it is no valid JSON")
	}
	return json.RawMessage(source), nil
}

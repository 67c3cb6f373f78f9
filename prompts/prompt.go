package prompts

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"text/template"
)

// Prompt is one thing that a model is asked. It is read-only and safe for use
// by many goroutines.
type Prompt struct {
	// Name is what the reply is called.
	Name string
	// System is the stable part, the same for every clinic and message. It
	// does not hold the schema, which goes with the request.
	System string
	// Spelled is System with the schema at its end, for endpoints that cannot
	// be given one.
	Spelled string
	// Schema is the strict JSON schema of the reply, without white space.
	Schema json.RawMessage
	// Source is the template that System and messages are made from.
	Source string

	file    string
	message *template.Template
}

// Message is the part of a prompt that differs from turn to turn. Each
// template takes what it needs.
type Message struct {
	// Text is what the patient wrote, as it may leave.
	Text string
	// Local is what the local classifier takes it for, best first.
	Local []string
	// Services and Plans are names that the clinic publishes.
	Services, Plans []string
	// To is the language of a translation, in English.
	To string
	// Mark makes the lines around Text impossible to write beforehand; Message
	// sets it.
	Mark string
}

// build reads a template that defines "system" and "message", and fills its
// stable part with data, which takes the schema's text.
func (s *Set) build(name, file string, schema json.RawMessage, data func(schema string) any) (*Prompt, error) {
	p := &Prompt{Name: name, Source: s.files[file], file: file}
	var tight bytes.Buffer
	if err := json.Compact(&tight, schema); err != nil {
		return nil, fmt.Errorf("schema of %s is no valid JSON", file)
	}
	p.Schema = tight.Bytes()
	t, err := template.New(file).Option("missingkey=error").Funcs(template.FuncMap{
		"join": strings.Join, "line": oneLine,
	}).Parse(p.Source)
	if err != nil {
		return nil, fmt.Errorf("read prompt: %w", err)
	}
	for _, part := range []string{"system", "message"} {
		if t.Lookup(part) == nil {
			return nil, fmt.Errorf("%s: it does not define %q: begin that part with {{define %q}}", file, part, part)
		}
	}
	for _, part := range []struct {
		to     *string
		schema string
	}{{&p.System, ""}, {&p.Spelled, string(p.Schema)}} {
		var b strings.Builder
		if err := t.ExecuteTemplate(&b, "system", data(part.schema)); err != nil {
			return nil, fmt.Errorf("fill prompt: %w", err)
		}
		*part.to = strings.TrimSpace(b.String())
	}
	p.message = t.Lookup("message")
	_, err = p.Message(Message{Text: "x", Local: []string{"x"}, Services: []string{"x"}, Plans: []string{"x"}, To: "English"})
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
		return "", fmt.Errorf("fill prompt: template %s does not fit a message", p.file)
	}
	return strings.TrimSpace(b.String()), nil
}

// oneLine keeps a description or a published name from opening a line of its
// own in the prompt.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

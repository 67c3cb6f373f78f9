package llm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	openai "github.com/sashabaranov/go-openai"

	"recado/agent"
	"recado/agent/guard"
	"recado/agent/language"
	"recado/intents"
	"recado/prompts"
)

// Bounds of a reply, beyond which it is not believed.
const (
	mostIntents = 8
	mostQuotes  = 16
)

// reader turns a response into an understanding, or says why not. Servers
// differ in how strictly they keep a schema: nothing is believed unchecked.
type reader struct {
	schema  *jsonschema.Schema
	intents map[string]bool
	slots   map[string]bool
}

func newReader(p *prompts.Prompt, list []intents.Intent) (*reader, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(p.Schema))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", prompts.UnderstandSchema, err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(prompts.UnderstandSchema, doc); err != nil {
		return nil, fmt.Errorf("%s: %w", prompts.UnderstandSchema, err)
	}
	r := &reader{intents: map[string]bool{}, slots: map[string]bool{}}
	if r.schema, err = c.Compile(prompts.UnderstandSchema); err != nil {
		return nil, fmt.Errorf("%s: %w", prompts.UnderstandSchema, err)
	}
	for _, in := range list {
		r.intents[in.Name] = true
	}
	for _, s := range p.Slots {
		r.slots[s] = true
	}
	return r, nil
}

// object is the reply of understand.v1.
type object struct {
	Language language.Language `json:"language"`
	Evidence []string          `json:"evidence"`
	Risk     string            `json:"risk"`
	Intents  []agent.Intent    `json:"intents"`
	Slots    []struct {
		Name  string `json:"name"`
		Quote string `json:"quote"`
	} `json:"slots"`
}

var risks = map[string]guard.Risk{"none": guard.None, "escalate": guard.Escalate, "emergency": guard.Emergency}

func (r *reader) read(response openai.ChatCompletionResponse, sent masked, f Format) (agent.Understanding, *Error) {
	none := agent.Understanding{}
	if len(response.Choices) == 0 {
		return none, &Error{Kind: KindMalformed, detail: "the response holds no choice"}
	}
	choice := response.Choices[0]
	switch {
	case choice.FinishReason == openai.FinishReasonLength:
		return none, &Error{Kind: KindTruncated, detail: "the reply was cut at the token limit: raise MaxReplyTokens"}
	case choice.FinishReason == openai.FinishReasonContentFilter, choice.Message.Refusal != "":
		return none, &Error{Kind: KindRefused}
	case choice.FinishReason != openai.FinishReasonStop && choice.FinishReason != "":
		return none, invalid("it ended for another reason than that it was done")
	}
	content := strings.TrimSpace(choice.Message.Content)
	if f != FormatSchema {
		content = bare(content)
	}
	o, err := r.decode(content)
	if err != nil {
		return none, err
	}
	return r.check(o, sent)
}

func invalid(detail string) *Error { return &Error{Kind: KindInvalid, detail: detail} }

// bare takes off what chatty models put around an object: their thoughts and
// a Markdown fence.
func bare(s string) string {
	if strings.HasPrefix(s, "<think>") {
		if _, after, ok := strings.Cut(s, "</think>"); ok {
			s = strings.TrimSpace(after)
		}
	}
	if inner, ok := strings.CutPrefix(s, "```"); ok {
		if inner, ok = strings.CutSuffix(inner, "```"); ok {
			s = strings.TrimSpace(strings.TrimPrefix(inner, "json"))
		}
	}
	return s
}

// decode reads exactly one object of the schema, with no field more or less.
func (r *reader) decode(content string) (object, *Error) {
	var o object
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(content))
	if err != nil {
		return o, invalid("it is not one JSON object")
	}
	if r.schema.Validate(v) != nil {
		return o, invalid("it does not keep the schema")
	}
	d := json.NewDecoder(strings.NewReader(content))
	d.DisallowUnknownFields()
	if d.Decode(&o) != nil {
		return o, invalid("it holds other fields than asked for")
	}
	return o, nil
}

// check holds the object against the closed lists and the message.
//
// A quote that is not in the message makes the reply worthless, unless it
// raises the risk: then the quote is dropped and the risk kept, since a
// misspelling that a model corrects must not cost a warning.
func (r *reader) check(o object, sent masked) (agent.Understanding, *Error) {
	u := agent.Understanding{Language: o.Language}
	var ok bool
	if u.Risk, ok = risks[o.Risk]; !ok {
		return u, invalid("its risk is not in the list")
	}
	switch o.Language {
	case language.English, language.Spanish, language.Mixed, language.Other:
	default:
		return u, invalid("its language is not in the list")
	}
	if len(o.Intents) == 0 || len(o.Intents) > mostIntents || len(o.Evidence) > mostQuotes || len(o.Slots) > mostQuotes {
		return u, invalid("it names no intent, or too many things")
	}
	for _, in := range o.Intents {
		if !r.intents[in.Name] {
			return u, invalid("an intent is not in the list")
		}
		if !(in.Confidence >= 0 && in.Confidence <= 1) {
			return u, invalid("a confidence is not between 0 and 1")
		}
	}
	u.Intents = o.Intents
	if u.Risk == guard.None && len(o.Evidence) > 0 {
		return u, invalid("it shows evidence of a risk and calls it none")
	}
	text := newQuotable(sent)
	for _, quote := range o.Evidence {
		if span, ok := text.find(quote); ok {
			u.Spans = append(u.Spans, span)
		}
	}
	for _, s := range o.Slots {
		span, found := text.find(s.Quote)
		switch {
		case !r.slots[s.Name]:
			return agent.Understanding{}, invalid("a slot is not in the list")
		case found:
			u.Slots = append(u.Slots, agent.Slot{Name: s.Name, Span: span})
		case u.Risk == guard.None:
			return agent.Understanding{}, invalid("it quotes what is not in the message")
		}
	}
	return u, nil
}

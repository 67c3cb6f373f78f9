package llm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	openai "github.com/sashabaranov/go-openai"
)

func compile(name string, raw json.RawMessage) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("schema of the %s: %w", name, err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, doc); err != nil {
		return nil, fmt.Errorf("schema of the %s: %w", name, err)
	}
	schema, err := c.Compile(name)
	if err != nil {
		return nil, fmt.Errorf("schema of the %s: %w", name, err)
	}
	return schema, nil
}

// said is the content of a response that a model finished, or why there is
// none.
func said(response openai.ChatCompletionResponse, f Format) (string, *Error) {
	if len(response.Choices) == 0 {
		return "", &Error{Kind: KindMalformed, detail: "the response holds no choice"}
	}
	choice := response.Choices[0]
	switch {
	case choice.FinishReason == openai.FinishReasonLength:
		return "", &Error{Kind: KindTruncated, detail: "the reply was cut at the token limit: raise MaxReplyTokens"}
	case choice.FinishReason == openai.FinishReasonContentFilter, choice.Message.Refusal != "":
		return "", &Error{Kind: KindRefused}
	case choice.FinishReason != openai.FinishReasonStop && choice.FinishReason != "":
		return "", invalid("it ended for another reason than that it was done")
	}
	content := strings.TrimSpace(choice.Message.Content)
	if f != FormatSchema {
		content = bare(content)
	}
	return content, nil
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
// Servers differ in how strictly they keep a schema: nothing is believed
// unchecked.
func decode[T any](schema *jsonschema.Schema, content string) (T, *Error) {
	var o T
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(content))
	if err != nil {
		return o, invalid("it is not one JSON object")
	}
	if schema.Validate(v) != nil {
		return o, invalid("it does not keep the schema")
	}
	d := json.NewDecoder(strings.NewReader(content))
	d.DisallowUnknownFields()
	if d.Decode(&o) != nil {
		return o, invalid("it holds other fields than asked for")
	}
	return o, nil
}

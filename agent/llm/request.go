package llm

import (
	"fmt"
	"sort"

	openai "github.com/sashabaranov/go-openai"

	"recado/agent"
)

// bytesPerToken is a low estimate for English and Spanish, so that quotas
// are kept rather than used up.
const bytesPerToken = 3

// estimate is how many tokens a call with this prompt may take.
func (e *endpoint) estimate(q *question, prompt string) int {
	n := len(prompt)
	if e.Format == FormatSchema {
		n += len(q.task.prompt.Schema)
	}
	return n/bytesPerToken + e.dialect.limit(q.tokens)
}

// system is the stable part of the prompt. It holds the schema only where the
// request cannot.
func (e *endpoint) system(t *task) string {
	if e.Format == FormatSchema {
		return t.prompt.System
	}
	return t.prompt.Spelled
}

// request builds what is sent: the stable part first, as caches want it.
func (e *endpoint) request(q *question, text string) (openai.ChatCompletionRequest, error) {
	prompt := q.task.prompt
	message, err := prompt.Message(q.message(text))
	if err != nil {
		return openai.ChatCompletionRequest{}, err
	}
	r := openai.ChatCompletionRequest{
		Model: e.Model,
		Messages: []openai.ChatCompletionMessage{
			{Role: openai.ChatMessageRoleSystem, Content: e.system(q.task)},
			{Role: openai.ChatMessageRoleUser, Content: message},
		},
	}
	switch e.Format {
	case FormatSchema:
		r.ResponseFormat = &openai.ChatCompletionResponseFormat{
			Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: prompt.Name, Schema: prompt.Schema, Strict: true},
		}
	case FormatJSON:
		r.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
	}
	e.dialect.apply(&r, q.tokens)
	return r, nil
}

// Bounds of the variable part of a prompt.
const (
	guesses = 3
	listed  = 60 // services and plans each
)

// likely names the n best guesses with one decimal, so that the prompt does
// not change with every digit of a probability.
func likely(local []agent.Intent, n int) []string {
	best := append([]agent.Intent(nil), local...)
	sort.SliceStable(best, func(i, j int) bool { return best[i].Confidence > best[j].Confidence })
	out := make([]string, 0, n)
	for _, in := range best[:min(n, len(best))] {
		out = append(out, fmt.Sprintf("%s %.1f", in.Name, in.Confidence))
	}
	return out
}

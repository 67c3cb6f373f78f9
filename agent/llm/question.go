package llm

import (
	"github.com/santhosh-tekuri/jsonschema/v6"

	"recado/prompts"
)

// task is a prompt with the schema that its replies are held against.
type task struct {
	prompt *prompts.Prompt
	schema *jsonschema.Schema
}

func newTask(p *prompts.Prompt) (*task, error) {
	schema, err := compile(p.Name, p.Schema)
	if err != nil {
		return nil, err
	}
	return &task{p, schema}, nil
}

// question is one thing that is asked of endpoints in turn.
type question struct {
	task *task
	// covered is true where only a covered endpoint may see it.
	covered bool
	text    string // as it was written
	// message is the variable part around text as it may leave.
	message func(text string) prompts.Message
	// tokens bounds the reply.
	tokens int
	// read takes the content of a reply, or says why not. sent is the text
	// that left.
	read func(content string, sent masked) *Error
}

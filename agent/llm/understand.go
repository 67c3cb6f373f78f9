package llm

import (
	"context"

	"recado/agent"
	"recado/agent/guard"
	"recado/agent/language"
	"recado/prompts"
)

var _ agent.Understander = (*Client)(nil)

// Understand implements agent.Understander. Errors are of type *Error; the
// Understanding then holds nothing but what was sent: the hash of the last
// prompt, if one was, and Served.
func (c *Client) Understand(ctx context.Context, q agent.Query) (agent.Understanding, error) {
	if len(q.Text) > c.config.MaxMessageBytes {
		return agent.Understanding{}, &Error{Kind: KindTooLong, detail: "messages of this length are left to rules and staff"}
	}
	if q.Flagged && !c.covered() {
		return agent.Understanding{}, &Error{Kind: KindFlagged, detail: "only covered endpoints may see what a detector suspects"}
	}
	if !c.allowance.take(c.config.Now(), q.Conversation) {
		return agent.Understanding{}, &Error{Kind: KindConversation, detail: "this conversation's calls of the day are used up: raise ConversationCalls if patients write that much"}
	}
	var u agent.Understanding
	prompt, served, err := c.put(ctx, &question{
		task: c.understand, covered: q.Flagged, text: q.Text, tokens: c.config.MaxReplyTokens,
		message: func(text string) prompts.Message {
			return prompts.Message{
				Text: text, Local: likely(q.Local, guesses),
				Services: q.Services[:min(len(q.Services), listed)], Plans: q.Plans[:min(len(q.Plans), listed)],
			}
		},
		read: func(content string, sent masked) (problem *Error) {
			u, problem = c.readUnderstanding(content, sent)
			return problem
		},
	})
	if served.Attempts == 0 {
		c.allowance.giveBack(c.config.Now(), q.Conversation)
	}
	if err != nil {
		return agent.Understanding{Prompt: prompt, Served: served}, err
	}
	u.Prompt, u.Served = prompt, served
	return u, nil
}

// Bounds of a reply, beyond which it is not believed.
const (
	mostIntents = 8
	mostQuotes  = 16
)

// understanding is the reply of understand.v1.
type understanding struct {
	Language language.Language `json:"language"`
	Evidence []string          `json:"evidence"`
	Risk     string            `json:"risk"`
	Intents  []agent.Intent    `json:"intents"`
}

var risks = map[string]guard.Risk{"none": guard.None, "escalate": guard.Escalate, "emergency": guard.Emergency}

// readUnderstanding holds a reply against the schema, the closed lists and
// the message. Evidence that is not in the message is dropped and the risk
// kept, since a misspelling that a model corrects must not cost a warning.
func (c *Client) readUnderstanding(content string, sent masked) (agent.Understanding, *Error) {
	none := agent.Understanding{}
	o, err := decode[understanding](c.understand.schema, content)
	if err != nil {
		return none, err
	}
	risk, ok := risks[o.Risk]
	if !ok {
		return none, invalid("its risk is not in the list")
	}
	if !known(o.Language) {
		return none, invalid("its language is not in the list")
	}
	if len(o.Intents) == 0 || len(o.Intents) > mostIntents || len(o.Evidence) > mostQuotes {
		return none, invalid("it names no intent, or too many things")
	}
	for _, in := range o.Intents {
		if !c.intents[in.Name] {
			return none, invalid("an intent is not in the list")
		}
		if !(in.Confidence >= 0 && in.Confidence <= 1) {
			return none, invalid("a confidence is not between 0 and 1")
		}
	}
	if risk == guard.None && len(o.Evidence) > 0 {
		return none, invalid("it shows evidence of a risk and calls it none")
	}
	u := agent.Understanding{Language: o.Language, Intents: o.Intents, Risk: risk}
	text := newQuotable(sent)
	for _, quote := range o.Evidence {
		if span, ok := text.find(quote); ok {
			u.Spans = append(u.Spans, span)
		}
	}
	return u, nil
}

func known(l language.Language) bool {
	switch l {
	case language.English, language.Spanish, language.Mixed, language.Other:
		return true
	}
	return false
}

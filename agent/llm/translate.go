package llm

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"recado/agent"
	"recado/agent/language"
	"recado/prompts"
)

var _ agent.Translator = (*Client)(nil)

// CanTranslate reports whether an endpoint may see what staff want
// translated: one that is covered.
func (c *Client) CanTranslate() bool { return c.covered() }

func (c *Client) covered() bool {
	return slices.ContainsFunc(c.endpoints, func(e *endpoint) bool { return e.Policy == Covered })
}

// Translate implements agent.Translator. Errors are of type *Error. Without a
// covered endpoint nothing is sent, and the error is of KindUncovered and
// agent.ErrNotCovered. A translation that lost or changed a number, or most
// of the message, is an error as well: staff read the original then.
func (c *Client) Translate(ctx context.Context, q agent.TranslateQuery) (agent.Translation, error) {
	to, ok := languages[q.To]
	switch {
	case !c.covered():
		return agent.Translation{}, &Error{Kind: KindUncovered, cause: agent.ErrNotCovered,
			detail: "translations hold what patients wrote: set policy covered for an endpoint that is self-hosted or has a signed agreement"}
	case !ok:
		return agent.Translation{}, &Error{Kind: KindBadQuery, detail: "translations are into en or es"}
	case strings.TrimSpace(q.Text) == "":
		return agent.Translation{}, &Error{Kind: KindBadQuery, detail: "there is nothing to translate"}
	case len(q.Text) > c.config.MaxMessageBytes:
		return agent.Translation{}, &Error{Kind: KindTooLong, detail: "messages of this length are not translated"}
	}
	t := agent.Translation{To: q.To}
	prompt, served, err := c.put(ctx, &question{
		task: c.translate, covered: true, text: q.Text,
		tokens:  c.config.MaxReplyTokens + len(q.Text), // a token is a byte or more
		message: func(text string) prompts.Message { return prompts.Message{Text: text, To: to} },
		read: func(content string, _ masked) (problem *Error) {
			t.Text, t.From, problem = c.readTranslation(content, q.Text)
			return problem
		},
	})
	if err != nil {
		return agent.Translation{Prompt: prompt, Served: served}, err
	}
	t.Model, t.Prompt, t.Served = served.Model, prompt, served
	return t, nil
}

// languages are those that staff read, as a model is told them.
var languages = map[language.Language]string{language.English: "English", language.Spanish: "Spanish"}

// translation is the reply of translate.v1.
type translation struct {
	Language    language.Language `json:"language"`
	Translation string            `json:"translation"`
}

// A translation is between a shrinkth and grownth times as long as what was
// written, or, for short messages, at most slack bytes off that.
const (
	shrinks = 3
	grows   = 3
	slack   = 80
)

func (c *Client) readTranslation(content, original string) (string, language.Language, *Error) {
	o, err := decode[translation](c.translate.schema, content)
	if err != nil {
		return "", "", err
	}
	text := strings.TrimSpace(o.Translation)
	switch {
	case !known(o.Language):
		return "", "", invalid("its language is not in the list")
	case text == "":
		return "", "", invalid("the translation is empty")
	case len(text) > grows*len(original)+slack, len(text)*shrinks+slack < len(strings.TrimSpace(original)):
		return "", "", invalid("the translation is too long or too short for the message")
	case strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Cf, r) && !joins(r)
	}):
		return "", "", invalid("the translation holds control characters")
	case !slices.Equal(numbers(text), numbers(original)):
		return "", "", invalid("the translation changed a number")
	}
	return text, o.Language, nil
}

// joins reports whether a mark that is not seen belongs to what is: parts of
// one emoji.
func joins(r rune) bool { return r == '\u200d' || r == '\u200c' }

var digits = regexp.MustCompile(`\p{Nd}+`)

// numbers are the runs of digits in a text, sorted: languages order words in
// their own ways.
func numbers(text string) []string {
	found := digits.FindAllString(text, -1)
	slices.Sort(found)
	return found
}

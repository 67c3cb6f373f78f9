package llm

import (
	"regexp"
	"strings"

	openai "github.com/sashabaranov/go-openai"
)

// coldest is the temperature that stands for 0: go-openai leaves a true zero
// out of the request, and the API's default is 1.
const coldest = 1e-6

// thinking multiplies the token limit of models whose thoughts count.
const thinking = 8

// dialect is what a family of models takes and what it refuses.
type dialect struct {
	reasoning bool
	effort    string // empty: not sent
}

var (
	reasoningFamily = regexp.MustCompile(`^(?:o\d|gpt-(?:[5-9]|[1-9]\d))`)
	fixedEffort     = regexp.MustCompile(`-(?:chat-latest|pro)\b|^o1-(?:mini|preview)`)
)

// dialectOf tells the dialect by a model's name; a vendor's prefix, as in
// openai/gpt-5-mini, is passed over.
func dialectOf(family, effort string) dialect {
	name := strings.ToLower(family)
	name = name[strings.LastIndexByte(name, '/')+1:]
	d := dialect{reasoning: reasoningFamily.MatchString(name), effort: effort}
	if d.reasoning && effort == "" && !fixedEffort.MatchString(name) {
		d.effort = openai.ReasoningEffortLow
	}
	return d
}

// apply sets limit and sampling as the family takes them.
func (d dialect) apply(r *openai.ChatCompletionRequest, maxTokens int) {
	r.ReasoningEffort = d.effort
	if d.reasoning {
		r.MaxCompletionTokens = maxTokens * thinking
		return
	}
	//lint:ignore SA1019 it is the only limit that most compatible servers know
	r.MaxTokens = maxTokens
	r.Temperature = coldest
}

// limit is how many tokens a reply may take.
func (d dialect) limit(maxTokens int) int {
	if d.reasoning {
		return maxTokens * thinking
	}
	return maxTokens
}

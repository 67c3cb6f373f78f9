package standin

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
)

// A vendor's bill, as OpenAI publishes it: a token is about four bytes, and
// what an earlier prompt began with alike is cached, from 1,024 tokens on in
// steps of 128. It is an estimate, and close enough to compare prompts.
const (
	bytesPerToken = 4
	leastCached   = 1024
	cacheStep     = 128
)

type usage struct {
	Prompt     int     `json:"prompt_tokens"`
	Completion int     `json:"completion_tokens"`
	Total      int     `json:"total_tokens"`
	Details    details `json:"prompt_tokens_details"`
}

type details struct {
	Cached int `json:"cached_tokens"`
}

// bill counts a request and its reply, and remembers how the request began.
func (s *StandIn) bill(r Request, content string) usage {
	prompt := r.prompt()
	u := usage{Prompt: tokens(prompt), Completion: tokens(content)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun == nil {
		s.begun = map[uint64]bool{}
	}
	h := fnv.New64a()
	at := 0
	for n := leastCached; n <= u.Prompt; n += cacheStep {
		end := min(n*bytesPerToken, len(prompt))
		h.Write([]byte(prompt[at:end]))
		at = end
		key := h.Sum64()
		if s.begun[key] {
			u.Details.Cached = n
		}
		s.begun[key] = true
	}
	u.Total = u.Prompt + u.Completion
	return u
}

// prompt is what a model reads of a request, in the order in which vendors
// cache it: schema, instructions, message.
func (r Request) prompt() string { return r.schema + r.System + r.User }

// Prompt is what a model would read of the request with this body.
func Prompt(body []byte) (string, error) {
	r, err := parse(body)
	if err != nil {
		return "", fmt.Errorf("read chat completion request: %w", err)
	}
	return r.prompt(), nil
}

func tokens(s string) int { return (len(s) + bytesPerToken - 1) / bytesPerToken }

// schemaOf is the schema that a request carries beside its messages, which
// vendors put before them.
func schemaOf(body []byte) string {
	var r struct {
		Format struct {
			Schema struct {
				Schema json.RawMessage `json:"schema"`
			} `json:"json_schema"`
		} `json:"response_format"`
	}
	if json.Unmarshal(body, &r) != nil {
		return ""
	}
	return string(r.Format.Schema.Schema)
}

// Package settings reads the file that says which language models may be
// asked, in which order and within which bounds. It reports every mistake
// with its line, and holds no key: it names the variables that do.
package settings

import (
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"recado/agent/llm"
)

//go:embed sample.yaml
var sample []byte

// Sample is a file with every field, commented, to start from.
func Sample() []byte { return bytes.Clone(sample) }

// most is more than anybody writes, and stops a wrong file early.
const most = 256 << 10

// Load reads the file at path. getenv looks keys up, as os.Getenv does. What
// is wrong with the content is a *ProblemsError with all problems; a file
// that cannot be read is another error.
func Load(path string, getenv func(string) string) (llm.Config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return llm.Config{}, fmt.Errorf("read language model settings: %w", err)
	}
	return Parse(filepath.Base(path), raw, getenv)
}

// Parse reads settings as Load does. name stands for the file in problems.
func Parse(name string, raw []byte, getenv func(string) string) (llm.Config, error) {
	f := &file{name: name}
	c := f.parse(raw, getenv)
	if len(f.problems) > 0 {
		slices.SortStableFunc(f.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
		return llm.Config{}, &ProblemsError{f.problems}
	}
	return c, nil
}

func (f *file) parse(raw []byte, getenv func(string) string) (c llm.Config) {
	if len(raw) > most {
		f.bad(nil, "", "the file is larger than 256 KB; these are no language model settings")
		return c
	}
	var doc yaml.Node
	err := yaml.Load(raw, &doc)
	var syntax *yaml.LoadError
	switch {
	case errors.As(err, &syntax) && syntax.Mark.Line > 0:
		f.problems = append(f.problems, Problem{File: f.name, Line: syntax.Mark.Line,
			Message: "not readable as YAML; look for a missing quote, colon or indent on this line or the one above"})
		return c
	case err != nil && doc.Kind == yaml.DocumentNode:
		f.bad(nil, "", "the file must be one YAML document; remove the lines that begin with ---")
		return c
	case err != nil || doc.Kind != yaml.DocumentNode || len(doc.Content) == 0:
		f.bad(nil, "", "the file holds no fields; start from the sample (recado llm sample)")
		return c
	}
	f.mapping(doc.Content[0], "", fields{
		"endpoints": func(n *yaml.Node, field string) { f.endpoints(&c, n, field, getenv) },
		"limits":    func(n *yaml.Node, field string) { f.limits(&c, n, field) },
	}, "endpoints")
	return c
}

func (f *file) limits(c *llm.Config, n *yaml.Node, field string) {
	replyBytes := 0
	f.mapping(n, field, fields{
		"timeout":            f.duration(&c.Timeout),
		"turn_timeout":       f.duration(&c.TurnTimeout),
		"attempts":           f.count(&c.MaxAttempts, 1),
		"concurrent":         f.count(&c.MaxConcurrent, 1),
		"tokens_per_minute":  f.count(&c.TokensPerMinute, 0),
		"shared":             func(n *yaml.Node, field string) { f.shared(&c.Shared, n, field) },
		"daily_tokens":       f.count(&c.DailyTokens, 0),
		"conversation_calls": f.calls(&c.ConversationCalls),
		"reply_tokens":       f.count(&c.MaxReplyTokens, 1),
		"reply_bytes":        f.count(&replyBytes, 1),
		"message_bytes":      f.count(&c.MaxMessageBytes, 1),
		"break_after":        f.count(&c.BreakAfter, 1),
		"break_for":          f.duration(&c.BreakFor),
	})
	c.MaxReplyBytes = int64(replyBytes)
}

func (f *file) shared(l *llm.Limits, n *yaml.Node, field string) {
	f.mapping(n, field, fields{
		"requests_per_minute": f.count(&l.RequestsPerMinute, 0),
		"tokens_per_minute":   f.count(&l.TokensPerMinute, 0),
		"concurrent":          f.count(&l.Concurrent, 0),
	})
}

// calls reads a number of calls, of which none would be the default in
// disguise.
func (f *file) calls(to *int) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.count(to, -1)(n, field)
		if n.Value == "0" {
			f.bad(n, field, "must be 1 or more, or -1 for no limit; to ask no model, leave its settings out")
		}
	}
}

func (f *file) endpoints(c *llm.Config, n *yaml.Node, field string, getenv func(string) string) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		f.bad(n, field, "must list endpoints, each after a dash, the most preferred first")
		return
	}
	names := map[string]bool{}
	for i, item := range n.Content {
		path := fmt.Sprintf("%s[%d]", field, i)
		e := f.endpoint(item, path, getenv)
		if names[e.Name] && e.Name != "" {
			f.bad(item, path+".name", "%q names two endpoints; figures would not tell them apart", e.Name)
		}
		names[e.Name] = true
		c.Endpoints = append(c.Endpoints, e)
	}
}

var (
	variable = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
	version  = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(-preview)?$|^latest$|^preview$`)
)

func (f *file) endpoint(n *yaml.Node, field string, getenv func(string) string) (e llm.Endpoint) {
	f.mapping(n, field, fields{
		"name":     f.text(&e.Name),
		"model":    f.text(&e.Model),
		"family":   f.text(&e.Family),
		"base_url": f.baseURL(&e.BaseURL),
		"key_env": func(n *yaml.Node, field string) {
			name := strings.TrimSpace(n.Value)
			switch {
			case n.Kind != yaml.ScalarNode || !variable.MatchString(name):
				f.bad(n, field, "must be the name of an environment variable in capitals, such as OPENAI_API_KEY; if a key stands here, take it out and change it")
			case getenv(name) == "":
				f.bad(n, field, "the environment variable %s is not set: set it to the key, or remove this line for a server that needs none", name)
			default:
				e.Key = getenv(name)
			}
		},
		"azure_version": func(n *yaml.Node, field string) {
			f.text(&e.AzureVersion)(n, field)
			if !version.MatchString(e.AzureVersion) {
				f.bad(n, field, `must be an api-version of Azure OpenAI in quotes, such as "2024-10-21"`)
			}
		},
		"policy": oneOf(f, &e.Policy, llm.Masked, llm.Covered),
		"format": oneOf(f, &e.Format, llm.FormatSchema, llm.FormatJSON, llm.FormatText),
		"effort": oneOf(f, &e.Effort, "none", "minimal", "low", "medium", "high", "xhigh"),
		"prices": func(n *yaml.Node, field string) {
			f.mapping(n, field, fields{
				"input": f.dollars(&e.Price.Input), "cached": f.dollars(&e.Price.Cached), "output": f.dollars(&e.Price.Output),
			}, "input", "output")
		},
	}, "name", "model", "base_url")
	return e
}

func (f *file) baseURL(to *string) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.text(to)(n, field)
		u, err := url.Parse(*to)
		switch {
		case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
			f.bad(n, field, "is no address of an API: write it as https://host/v1, or on Azure as https://resource.openai.azure.com")
		case u.User != nil || u.RawQuery != "" || u.Fragment != "":
			f.bad(n, field, "holds a user, a query or a fragment: keys go into the environment variable that key_env names")
		}
	}
}

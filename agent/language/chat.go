package language

import (
	_ "embed"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

//go:embed chat.yaml
var chatFile []byte

// chatForms is chat.yaml: how people shorten words, and which words tell no
// language or another one.
type chatForms struct {
	EN      map[string]string `yaml:"en"`
	ES      map[string]string `yaml:"es"`
	Neutral []string          `yaml:"neutral"`
	Other   []string          `yaml:"other"`
}

type chat struct {
	en, es         map[string][]string
	neutral, other map[string]bool
}

func loadChat() (*chat, error) {
	var f chatForms
	if err := yaml.Load(chatFile, &f, yaml.WithKnownFields()); err != nil {
		return nil, fmt.Errorf("chat.yaml: %w", err)
	}
	set := func(words []string) map[string]bool {
		m := make(map[string]bool, len(words))
		for _, w := range words {
			m[w] = true
		}
		return m
	}
	forms := func(in map[string]string) map[string][]string {
		m := make(map[string][]string, len(in))
		for form, words := range in {
			m[form] = strings.Fields(words)
		}
		return m
	}
	return &chat{en: forms(f.EN), es: forms(f.ES), neutral: set(f.Neutral), other: set(f.Other)}, nil
}

// expand writes chat forms out. A form that both languages use is read in
// the language of the word before it, else of the message.
func (c *chat) expand(tokens []Token, message Language) []Token {
	var out []Token
	last := message
	for i, t := range tokens {
		lang := t.Language
		if lang == "" {
			lang = last
		} else {
			last = lang
		}
		first, second := c.en, c.es
		if lang == Spanish {
			first, second = c.es, c.en
		}
		words, ok := first[t.Surface]
		if !ok && lang == "" {
			words, ok = second[t.Surface]
		}
		switch {
		case !ok:
			if out != nil {
				out = append(out, t)
			}
		default:
			if out == nil {
				out = append(make([]Token, 0, len(tokens)+4), tokens[:i]...)
			}
			for n, w := range words {
				written := t
				written.Word = w
				if n > 0 {
					written.Break, written.Glue = false, 0
				}
				out = append(out, written)
			}
		}
	}
	if out == nil {
		return tokens
	}
	return out
}

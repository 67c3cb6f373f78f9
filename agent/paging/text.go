package paging

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/language"
	"recado/locales"
)

//go:embed texts/en.toml texts/es.toml
var textFiles embed.FS

var texts = sync.OnceValues(func() (*locales.Catalogue, error) {
	folder, err := fs.Sub(textFiles, "texts")
	if err != nil {
		return nil, err
	}
	return locales.Load(folder)
})

// Write is the page as a line and a text, in Spanish or English.
func (p Page) Write(lang language.Language) (subject, body string, err error) {
	if subject, err = p.render(lang, "subject."+p.key()); err != nil {
		return "", "", err
	}
	if body, err = p.render(lang, "body."+p.key()); err != nil {
		return "", "", err
	}
	parts := []string{body}
	for _, key := range p.lines() {
		line, err := p.render(lang, "line."+key)
		if err != nil {
			return "", "", err
		}
		parts = append(parts, line)
	}
	return subject, strings.Join(parts, "\n\n") + "\n", nil
}

// key is that of the text for what the page says.
func (p Page) key() string {
	many := p.Count > 0
	switch p.Kind {
	case Arrived, Late:
		switch {
		case many:
			return "late_many"
		case p.Kind == Late && p.Priority == agent.PriorityEmergency:
			return "late"
		case p.Kind == Late:
			return "late_urgent"
		case p.Priority == agent.PriorityEmergency:
			return "emergency"
		}
		return "urgent"
	case Overdue, Acknowledged:
		if p.Reference == "" || many {
			return string(p.Kind) + "_many"
		}
	}
	return string(p.Kind)
}

// lines are the keys of what stands below the text.
func (p Page) lines() []string {
	var keys []string
	if p.Digest != nil {
		if p.Digest.Oldest > 0 {
			keys = append(keys, "oldest")
		}
		keys = append(keys, "priorities")
	}
	if p.Reference != "" {
		keys = append(keys, "reference")
	}
	if p.Step > 0 {
		keys = append(keys, "step")
	}
	if p.Repeat > 0 {
		keys = append(keys, "repeat")
	}
	switch {
	case p.Link == "":
	case p.Case != "" && (p.Kind == Arrived || p.Kind == Late):
		keys = append(keys, "link")
	default:
		keys = append(keys, "look")
	}
	return append(keys, "automatic")
}

func (p Page) render(lang language.Language, key string) (string, error) {
	all, err := texts()
	if err != nil {
		return "", fmt.Errorf("texts of pages: %w", err)
	}
	args := map[string]any{
		"clinic": plain(p.Name), "reference": p.Reference, "n": p.Count, "step": p.Step, "link": p.Link,
		"since": p.Since, "date": clinic.DateOf(p.Since),
	}
	if key == "line.repeat" {
		args["n"] = p.Repeat
	}
	if d := p.Digest; d != nil {
		args["open"], args["claimed"], args["waiting"], args["late"], args["age"] = d.Open, d.Claimed, d.Waiting, d.Late, age(d.Oldest)
		args["emergencies"], args["urgent"] = d.Priorities[agent.PriorityEmergency], d.Priorities[agent.PriorityUrgent]
		args["routine"], args["requests"] = d.Priorities[agent.PriorityRoutine], d.Priorities[agent.PriorityRequest]
	}
	return all.Render(lang, nil, locales.Message{Key: key, Args: args})
}

// age writes how long something took, the same in both languages.
func age(d time.Duration) string {
	minutes := int(d.Minutes())
	switch {
	case minutes < 60:
		return fmt.Sprintf("%d min", minutes)
	case minutes < 48*60:
		return fmt.Sprintf("%d h %d min", minutes/60, minutes%60)
	}
	return fmt.Sprintf("%d d", minutes/60/24)
}

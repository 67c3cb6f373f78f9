package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"recado/agent"
	"recado/agent/guard"
	"recado/agent/language"
	"recado/agent/llm"
	llmsettings "recado/agent/llm/settings"
)

type llmCommand struct {
	Sample llmSampleCommand `cmd:"" help:"Print sample settings with every field, a good start for your own."`
	Check  llmCheckCommand  `cmd:"" help:"Report every problem of a settings file with its line; --call asks each endpoint one question. Exit code 1 when something is wrong."`
	Cost   llmCostCommand   `cmd:"" help:"Report how many messages of the development set need a call, its tokens and what that costs."`
}

type llmSampleCommand struct{}

// Run prints the sample settings.
func (llmSampleCommand) Run(std streams) error {
	_, err := std.out.Write(llmsettings.Sample())
	return err
}

type llmCheckCommand struct {
	File string `arg:"" type:"existingfile" help:"Settings to check (YAML)."`
	Call bool   `help:"Ask each endpoint one harmless question, and report latency, tokens and whether its reply kept the schema."`
}

// harmless is the question that --call asks. It is nobody's.
const harmless = "What time do you close on Friday?"

// Run checks one file.
func (c llmCheckCommand) Run(ctx context.Context, std streams) error {
	config, err := llmsettings.Load(c.File, os.Getenv)
	var problems *llmsettings.ProblemsError
	if errors.As(err, &problems) {
		for _, problem := range problems.Problems {
			fmt.Fprintln(std.out, problem)
		}
		return fmt.Errorf("%s has %d problem(s), each with its line above", c.File, len(problems.Problems))
	}
	if err != nil {
		return err
	}
	client, err := llm.New(config)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	fmt.Fprintf(std.out, "%s is fine: %d endpoint(s), asked in this order.\n", c.File, len(config.Endpoints))
	failed := 0
	for _, e := range config.Endpoints {
		fmt.Fprintf(std.out, "  %s: %s\n", e.Name, describe(e))
		if c.Call && !probe(ctx, std.out, config, e) {
			failed++
		}
	}
	if !client.CanTranslate() {
		fmt.Fprintln(std.out, "No endpoint is covered: messages that a detector suspects are not sent, and staff get no translations.")
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d endpoint(s) gave no answer that can be used", failed, len(config.Endpoints))
	}
	return nil
}

func describe(e llm.Endpoint) string {
	policy, format := e.Policy, e.Format
	if policy == "" {
		policy = llm.Masked
	}
	if format == "" {
		format = llm.FormatSchema
	}
	s := fmt.Sprintf("%s, %s, format %s", e.Model, policy, format)
	if e.Price.Known() {
		s += fmt.Sprintf(", $%g in, $%g cached, $%g out a million tokens", e.Price.Input, e.Price.Cached, e.Price.Output)
	}
	return s
}

// probe asks one endpoint once and reports whether its answer can be used.
func probe(ctx context.Context, out io.Writer, config llm.Config, e llm.Endpoint) bool {
	var call llm.Call
	config.Endpoints, config.MaxAttempts, config.ConversationCalls = []llm.Endpoint{e}, 1, -1
	config.OnCall = func(_ context.Context, c llm.Call) { call = c }
	client, err := llm.New(config)
	if err != nil {
		fmt.Fprintf(out, "    %v\n", err)
		return false
	}
	u, err := client.Understand(ctx, agent.Query{Text: harmless, Language: language.English})
	took := call.Duration.Round(time.Millisecond)
	if err != nil {
		fmt.Fprintf(out, "    no, after %s: %v\n", took, err)
		return false
	}
	kept := "the strict schema was kept"
	if e.Format == llm.FormatJSON || e.Format == llm.FormatText {
		kept = "no schema was sent; the reply is one of it"
	}
	var said []string
	for _, in := range u.Intents {
		said = append(said, fmt.Sprintf("%s %.2f", in.Name, in.Confidence))
	}
	fmt.Fprintf(out, "    yes, in %s: %s\n", took, kept)
	fmt.Fprintf(out, "    %d tokens in (%d cached), %d out%s\n", call.PromptTokens, call.CachedTokens, call.CompletionTokens, dollars(call.Cost))
	fmt.Fprintf(out, "    asked %q it said: %s\n", harmless, strings.Join(said, ", "))
	if u.Risk != guard.None || len(u.Intents) == 0 || u.Intents[0].Name != "hours" {
		fmt.Fprintln(out, "    that is not what the question is about (hours, no risk): measure this model before patients meet it")
	}
	return true
}

func dollars(cost float64) string {
	if cost == 0 {
		return ""
	}
	return fmt.Sprintf(", $%.6f", cost)
}

package main

import (
	"context"
	"fmt"

	"recado/agent/llm"
	"recado/evals/dev"
	"recado/evals/llmcost"
	"recado/evals/suite"
)

type llmCostCommand struct {
	clinicFlag
	llmFlags
}

// Help says what the figures are worth.
func (llmCostCommand) Help() string {
	return `No model is asked: calls are built and counted as they would be. Tokens are
estimates at four bytes each; prices are those of --llm-config, and sample
prices, marked as such, where it has none. Without settings one endpoint that
sees every message is reckoned with.`
}

// Run measures and prints.
func (c llmCostCommand) Run(ctx context.Context, std streams) error {
	profile, err := c.profile()
	if err != nil {
		return err
	}
	model, ok, err := c.config()
	if err != nil {
		return exit{2, err}
	}
	if !ok {
		model = llm.Config{Endpoints: []llm.Endpoint{{Name: "any", Model: "any", Policy: llm.Covered}}}
	}
	set, err := dev.Suite(suite.Known{})
	if err != nil {
		return err
	}
	a, err := shippedAgent()
	if err != nil {
		return err
	}
	report, err := llmcost.Measure(ctx, llmcost.Config{Agent: a, Clinic: profile, Suite: set, Model: model})
	if err != nil {
		return fmt.Errorf("reckon the cost of a language model: %w", err)
	}
	return report.Print(std.out)
}

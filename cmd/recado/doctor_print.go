package main

import (
	"errors"
	"io"

	"recado/agent/inbox/metrics"
	"recado/agent/operations"
)

type doctorRunbookCommand struct {
	Alert string `arg:"" optional:"" help:"Only this alert's part, e.g. RecadoNotReady. Defaults to all."`
}

// Run prints the runbook.
func (c doctorRunbookCommand) Run(std streams) error {
	text := operations.Runbook
	if c.Alert != "" {
		var err error
		if text, err = operations.Section(c.Alert); err != nil {
			return exit{2, err}
		}
	}
	_, err := io.WriteString(std.out, text)
	return err
}

type doctorAlertsCommand struct{}

// Run prints the alert rules.
func (doctorAlertsCommand) Run(std streams) error {
	_, err := std.out.Write(operations.Alerts)
	return err
}

type doctorDashboardCommand struct {
	Which string `arg:"" optional:"" enum:"operations,inbox" default:"operations" help:"operations: how Recado runs. inbox: what waits for staff. Defaults to ${default}."`
}

// Run prints a dashboard.
func (c doctorDashboardCommand) Run(std streams) error {
	board, ok := map[string][]byte{"operations": operations.Dashboard, "inbox": metrics.Dashboard}[c.Which]
	if !ok {
		return exit{2, errors.New("there are two dashboards: operations and inbox")}
	}
	_, err := std.out.Write(board)
	return err
}

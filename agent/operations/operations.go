// Package operations is what those who run Recado watch it with: alert rules
// for Prometheus, a runbook with a heading for each of them, and a Grafana
// dashboard. Staff's own figures have a dashboard in agent/inbox/metrics.
package operations

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

// Alerts are the alert rules, as a rule file of Prometheus.
//
//go:embed alerts.yaml
var Alerts []byte

// Dashboard is a Grafana dashboard, to be imported.
//
//go:embed dashboard.json
var Dashboard []byte

// Runbook says, in Markdown, what each alert means, what patients notice, and
// what to do.
//
//go:embed runbook.md
var Runbook string

// heading begins the section of an alert.
const heading = "## "

// Section returns the part of the runbook about an alert. Case does not
// matter, nor whether the name begins with Recado. The error names those that
// there are.
func Section(alert string) (string, error) {
	plain := func(s string) string { return strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "recado") }
	for _, section := range strings.Split(Runbook, "\n"+heading)[1:] {
		name, _, _ := strings.Cut(section, "\n")
		if plain(name) == plain(alert) {
			return heading + strings.TrimSpace(section) + "\n", nil
		}
	}
	return "", fmt.Errorf("the runbook has no alert %q: there are %s", alert, strings.Join(Names(), ", "))
}

// Names are the alerts of the runbook in its order.
func Names() []string {
	var all []string
	for line := range strings.Lines(Runbook) {
		if name, ok := strings.CutPrefix(line, heading); ok {
			all = append(all, strings.TrimSpace(name))
		}
	}
	return slices.Clip(all)
}

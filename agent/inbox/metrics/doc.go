// Package metrics tells Prometheus how the inbox is doing: what waits, since
// when, why it came, and how fast staff are. Labels are clinics, codes and
// bands out of short lists; there is no person and no conversation among
// them, and no word that tells what somebody suffers from.
//
// dashboard.json shows all of it in Grafana.
package metrics

import _ "embed"

// Dashboard is a Grafana dashboard of every figure here, to be imported.
//
//go:embed dashboard.json
var Dashboard []byte

// Package schema holds the JSON Schemas of Recado's messages. They are the
// contract for gateways and consoles that others write.
package schema

import "embed"

// Files are the schemas, one file a kind of message: event.json, turn.json,
// outbound.json, escalation.json and dead.json.
//
//go:embed *.json
var Files embed.FS

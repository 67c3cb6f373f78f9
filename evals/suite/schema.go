package suite

import _ "embed"

// Schema is the JSON schema of a YAML suite; that of a JSON line is its
// $defs/case.
//
//go:embed suite.schema.json
var Schema []byte

// Package telemetry keeps what Recado tells about itself free of what
// patients wrote. Its zap core lets through constant messages and an
// allow-list of fields; anything else is dropped and counted.
package telemetry

import (
	"io"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// allowed are the fields that a log line may carry: ids that say nothing
// about a person, counts, times, and names that Recado itself gave.
var allowed = map[string]bool{
	"account": true, "bytes": true, "consumer": true, "dead": true, "emergency": true, "stack": true, "attempt": true, "attempts": true, "channel": true, "clinic": true, "code": true,
	"conversation": true, "count": true, "cursor": true, "disposition": true, "dropped_fields": true, "duration": true,
	"clinics": true, "error": true, "events": true, "head": true, "kind": true, "language": true, "micros": true, "priority": true, "problem": true, "profile": true, "reason": true,
	"reply": true, "request": true, "role": true, "route": true, "rule": true, "seq": true, "slots": true, "state": true, "status": true, "step": true,
	"turn": true, "type": true, "wait": true,
}

// maxMessage is the longest message of a log line. Messages are constants;
// a longer one is somebody's text.
const maxMessage = 160

// NewLogger returns a logger that writes JSON lines to w.
func NewLogger(w io.Writer) *zap.Logger {
	config := zap.NewProductionEncoderConfig()
	config.EncodeTime = zapcore.RFC3339TimeEncoder
	core := zapcore.NewCore(zapcore.NewJSONEncoder(config), zapcore.Lock(zapcore.AddSync(w)), zap.InfoLevel)
	return zap.New(NewCore(core))
}

// NewCore wraps a core so that only allowed fields pass. Check, With and
// Write are all its own: a core that overrides only Write is passed by.
func NewCore(inner zapcore.Core) zapcore.Core { return &safeCore{inner} }

type safeCore struct{ inner zapcore.Core }

func (c *safeCore) Enabled(level zapcore.Level) bool { return c.inner.Enabled(level) }

func (c *safeCore) With(fields []zapcore.Field) zapcore.Core {
	return &safeCore{c.inner.With(keep(fields))}
}

func (c *safeCore) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return ce.AddCore(e, c)
	}
	return ce
}

func (c *safeCore) Write(e zapcore.Entry, fields []zapcore.Field) error {
	if len(e.Message) > maxMessage || strings.ContainsAny(e.Message, "\n\r") {
		e.Message = "a message that is no constant was withheld"
	}
	return c.inner.Write(e, keep(fields))
}

func (c *safeCore) Sync() error { return c.inner.Sync() }

// keep drops what is not allowed and says how many fields it dropped.
func keep(fields []zapcore.Field) []zapcore.Field {
	dropped := 0
	for _, f := range fields {
		if !allowed[f.Key] {
			dropped++
		}
	}
	if dropped == 0 {
		return fields
	}
	out := make([]zapcore.Field, 0, len(fields)-dropped+1)
	for _, f := range fields {
		if allowed[f.Key] {
			out = append(out, f)
		}
	}
	return append(out, zap.Int("dropped_fields", dropped))
}

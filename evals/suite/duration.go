package suite

import (
	"fmt"
	"time"
)

// Duration is written as 90s, 5m or 36h, in YAML and JSON alike.
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil || v <= 0 {
		return fmt.Errorf("%q is no time span: write it as 90s, 5m or 36h", text)
	}
	*d = Duration(v)
	return nil
}

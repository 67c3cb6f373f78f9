package webhook

import (
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Sampled returns a logger for refusals: five of a kind each second and every
// hundredth after that, so that a flood of forged calls does not become a flood
// of lines. The requests' own metric counts all of them.
func Sampled(log *zap.Logger) *zap.Logger {
	return log.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core {
		return zapcore.NewSamplerWithOptions(core, time.Second, 5, 100)
	}))
}

package telemetry

import (
	"bytes"
	"strings"
	"testing"

	"go.uber.org/zap"
)

func TestOnlyAllowedFieldsAndConstantMessagesReachTheLog(t *testing.T) {
	const canary = "me duele el pecho"
	for name, log := range map[string]func(*zap.Logger){
		"field":        func(l *zap.Logger) { l.Info("turn", zap.String("text", canary)) },
		"address":      func(l *zap.Logger) { l.Info("turn", zap.String("address", canary)) },
		"url":          func(l *zap.Logger) { l.Info("turn", zap.String("url", canary)) },
		"with":         func(l *zap.Logger) { l.With(zap.String("patient", canary)).Info("turn") },
		"named with":   func(l *zap.Logger) { l.Named("x").With(zap.String("body", canary)).Warn("turn") },
		"sugar":        func(l *zap.Logger) { l.Sugar().Infow("turn", "message", canary) },
		"object":       func(l *zap.Logger) { l.Info("turn", zap.Any("event", map[string]string{"text": canary})) },
		"long message": func(l *zap.Logger) { l.Info(strings.Repeat(canary, 20)) },
		"two lines":    func(l *zap.Logger) { l.Info("turn\n" + canary) },
	} {
		var out bytes.Buffer
		log(NewLogger(&out))
		if strings.Contains(out.String(), canary) {
			t.Errorf("%s: the log holds a patient's words: %s", name, out.String())
		}
		if out.Len() == 0 {
			t.Errorf("%s: the whole line was lost", name)
		}
	}
}

func TestAllowedFieldsPass(t *testing.T) {
	var out bytes.Buffer
	NewLogger(&out).With(zap.String("clinic", "buenavista")).Info("turn committed", zap.Uint64("seq", 7))
	for _, want := range []string{`"clinic":"buenavista"`, `"seq":7`, "turn committed"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is missing in %s", want, out.String())
		}
	}
}

package whatsapp

import (
	"context"

	"recado/agent"
)

// stray keeps what cannot be taken in, if there is somebody to keep it.
func (h *handler) stray(ctx context.Context, clinic, rule string, data []byte) error {
	if h.cfg.Strays == nil {
		return nil
	}
	return h.cfg.Strays.Keep(ctx, Stray{Channel: agent.WhatsApp, Clinic: clinic, Rule: rule, Data: data, At: h.cfg.Now().UTC()})
}

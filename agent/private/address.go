package private

import (
	"net/http"

	"recado/agent/remote"
)

// address names who asks, for the limits.
func (h *Handler) address(r *http.Request) string { return remote.Address(r, h.cfg.Proxies) }

package private

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// address names who asks, for the limits: the last one that a proxy of ours
// did not add. Of an IPv6 address the network counts, since a phone has more
// of them than it could use up.
func (h *Handler) address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	at, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && h.ours(at); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		at = next
	}
	if at = at.Unmap(); at.Is6() {
		if network, err := at.WithZone("").Prefix(64); err == nil {
			return network.String()
		}
	}
	return at.String()
}

func (h *Handler) ours(at netip.Addr) bool {
	for _, p := range h.cfg.Proxies {
		if p.Contains(at.Unmap()) {
			return true
		}
	}
	return false
}

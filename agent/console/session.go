package console

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// cookieName is the session's. Over https its name keeps other hosts and paths
// from setting it.
func (s *Server) cookieName() string {
	if s.cfg.Secure {
		return "__Host-recado-staff"
	}
	return "recado-staff"
}

func (s *Server) cookie(token string) *http.Cookie {
	c := &http.Cookie{
		Name: s.cookieName(), Value: token, Path: "/", HttpOnly: true, Secure: s.cfg.Secure, SameSite: http.SameSiteLaxMode,
	}
	if !s.cfg.Secure {
		c.Path = "/staff"
	}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}

func (s *Server) tokenOf(r *http.Request) string {
	c, err := r.Cookie(s.cookieName())
	if err != nil || len(c.Value) > 256 {
		return ""
	}
	return c.Value
}

// address is who asks, for slowing down: the last address that no trusted
// proxy gave.
func (s *Server) address(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "unknown"
	}
	at := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !s.trusted(at) {
			break
		}
		next, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		at = next.Unmap()
	}
	if at.Is6() {
		// One subscriber has a whole /64.
		if p, err := at.Prefix(64); err == nil {
			return p.String()
		}
	}
	return at.String()
}

func (s *Server) trusted(at netip.Addr) bool {
	return slices.ContainsFunc(s.cfg.Proxies, func(p netip.Prefix) bool { return p.Contains(at) })
}

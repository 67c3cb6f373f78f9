// Package remote names who is at the other end of a request, for limits.
package remote

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Address is the last hop of a request that none of the proxies added: of
// X-Forwarded-For only what they wrote is believed. Of an IPv6 address the /64
// network counts, since a phone has more addresses than it could use up.
func Address(r *http.Request, proxies []netip.Prefix) string {
	at, ok := hop(r, proxies)
	if !ok {
		return host(r)
	}
	if at.Is6() {
		if network, err := at.WithZone("").Prefix(64); err == nil {
			return network.String()
		}
	}
	return at.String()
}

// Known is Address for where a limit that all share would do harm. ok is false
// for a request that came from a private network without a word of a proxy in
// proxies: most likely one forwarded it, and behind it everybody has the same
// address.
func Known(r *http.Request, proxies []netip.Prefix) (address string, ok bool) {
	at, ok := hop(r, proxies)
	if !ok || at.IsPrivate() || at.IsLoopback() || at.IsLinkLocalUnicast() {
		return "", false
	}
	return Address(r, proxies), true
}

// hop is false where the connection's own address is none, as on a socket
// file.
func hop(r *http.Request, proxies []netip.Prefix) (netip.Addr, bool) {
	at, err := netip.ParseAddr(host(r))
	if err != nil {
		return netip.Addr{}, false
	}
	at = at.Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && within(proxies, at); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		at = next.Unmap()
	}
	return at, true
}

func host(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func within(proxies []netip.Prefix, at netip.Addr) bool {
	return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(at) })
}

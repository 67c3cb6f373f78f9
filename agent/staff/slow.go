package staff

import (
	"context"
	"net/netip"
	"time"
)

// Attempts are counted three ways. A clinic's people share one address, so an
// address alone may try a lot. Somebody far away who keeps trying one account
// slows down its owner no more than others, and not at all at a place where
// the owner signed in before.
var (
	perPair    = Attempts{Free: 3, First: time.Second, Most: time.Minute, Forget: 24 * time.Hour}
	perAccount = Attempts{Free: 10, First: time.Second, Most: time.Minute, Forget: 24 * time.Hour}
	perAddress = Attempts{Free: 30, First: time.Second, Most: time.Minute, Forget: 15 * time.Minute}
)

// knownFor is how long a place counts as one where the owner signs in.
const knownFor = 30 * 24 * time.Hour

// attempt is one try to sign in that was counted.
type attempt struct {
	s                            *Service
	pair, account, address, seen string // "" is not counted
}

// attempt counts a try before anything is checked, or returns a
// *SlowDownError. account is what was typed, "" for none.
func (s *Service) attempt(ctx context.Context, account, address string) (*attempt, error) {
	place := network(address)
	try := &attempt{s: s, address: s.name("address", place)}
	limits := map[string]Attempts{try.address: perAddress}
	if account != "" {
		try.pair, try.account, try.seen = s.name("pair", account, place), s.name("account", account), s.name("seen", account, place)
		limits[try.pair] = perPair
		home, err := s.cfg.Sessions.Remembered(ctx, try.seen)
		if err != nil {
			return nil, err
		}
		if !home {
			limits[try.account] = perAccount
		}
	}
	wait, err := s.cfg.Sessions.Attempt(ctx, s.now(), limits)
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return nil, &SlowDownError{Wait: wait}
	}
	return try, nil
}

// succeeded forgets the account's attempts. Those of the address stay, or
// whoever has an account could try all others between two sign-ins.
func (t *attempt) succeeded(ctx context.Context) error {
	if err := t.s.cfg.Sessions.Forgive(ctx, t.address); err != nil {
		return err
	}
	if t.account == "" {
		return nil
	}
	for _, name := range []string{t.pair, t.account} {
		if err := t.s.cfg.Sessions.Succeeded(ctx, name); err != nil {
			return err
		}
	}
	return t.s.cfg.Sessions.Remember(ctx, t.seen, knownFor)
}

// network is the part of an address that one customer has: all of IPv4, 64
// bits of IPv6.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		if prefix, err := ip.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return ip.String()
}

package remote

import (
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestOnlyProxiesOfOursAreBelieved(t *testing.T) {
	ours := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, test := range []struct {
		from, forwarded string
		proxies         []netip.Prefix
		want            string
		known           bool
	}{
		{"203.0.113.9:4000", "198.51.100.1", nil, "203.0.113.9", true},
		{"203.0.113.9:4000", "198.51.100.1", ours, "203.0.113.9", true},
		{"10.0.0.2:4000", "198.51.100.1", ours, "198.51.100.1", true},
		{"10.0.0.2:4000", "1.2.3.4, 198.51.100.1, 10.9.9.9", ours, "198.51.100.1", true}, // the first is the client's own word
		{"[::ffff:10.0.0.2]:4000", "::ffff:198.51.100.1", ours, "198.51.100.1", true},
		{"[2001:db8:1:2:3::4]:4000", "", nil, "2001:db8:1:2::/64", true},
		{"[fe80::1%eth0]:4000", "", nil, "fe80::/64", false},
		{"10.0.0.2:4000", "rubbish", ours, "10.0.0.2", false},
		{"10.0.0.2:4000", "198.51.100.1", nil, "10.0.0.2", false}, // a proxy that nobody named: all share its address
		{"127.0.0.1:4000", "", nil, "127.0.0.1", false},
		{"@", "", nil, "@", false},
	} {
		r := httptest.NewRequest("POST", "/", nil)
		r.RemoteAddr = test.from
		r.Header.Set("X-Forwarded-For", test.forwarded)
		if got := Address(r, test.proxies); got != test.want {
			t.Errorf("%s for %q: %q, want %q", test.from, test.forwarded, got, test.want)
		}
		if got, ok := Known(r, test.proxies); ok != test.known || ok && got != test.want {
			t.Errorf("%s for %q: known is %v %q", test.from, test.forwarded, ok, got)
		}
	}
}

package doctor

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Health are the health addresses of processes by the part that they play,
// each as host:port.
type Health map[string][]string

// Check asks each one whether it is ready.
func (h Health) Check(ctx context.Context) []Result {
	l := &list{part: "health"}
	if len(h) == 0 {
		l.skip("processes", "name their --health addresses with --worker-health, --gateway-health and --console-health", "none are given")
	}
	for _, part := range sorted(h) {
		for _, address := range h[part] {
			state, body, err := readiness(ctx, "http://"+address+"/readyz")
			name := part + " at " + address
			switch {
			case err != nil:
				l.fail(name, "start it, or correct its address; is it given as --health there?", "no answer: %s", reason(err))
			case state != http.StatusOK:
				l.fail(name, "see what it says; recado doctor runbook tells more", "not ready: %s", strings.Join(lines(body), "; "))
			case strings.Contains(body, "degraded"):
				l.warn(name, "see what it says; recado doctor runbook tells more", "ready and degraded: %s", strings.Join(lines(body), "; "))
			default:
				l.ok(name, "ready")
			}
		}
	}
	return l.all
}

// lines are those of a short text, without those that say that all is well.
func lines(body string) []string {
	var all []string
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasSuffix(line, ": ok") && line != "ready" && line != "not ready" {
			all = append(all, line)
		}
	}
	return all
}

// readiness returns the status and the beginning of what an address answers.
func readiness(ctx context.Context, address string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := (&http.Client{Timeout: reachLimit}).Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	return resp.StatusCode, string(body), err
}

// Public are the addresses that browsers know.
type Public struct {
	Staff, Private string // empty where none is given
	// Secure says that cookies are marked for https.
	Secure bool
	// Call connects to them and looks at their certificates.
	Call bool
}

// Check looks whether they are safe.
func (p Public) Check(ctx context.Context) []Result {
	l := &list{part: "web"}
	if p.Staff == "" && p.Private == "" {
		l.skip("addresses", "give --public-url and --private-url as the console gets them", "no public address is given")
		return l.all
	}
	for name, address := range map[string]string{"--public-url": p.Staff, "--private-url": p.Private} {
		if address != "" {
			p.one(ctx, l, name, address)
		}
	}
	if p.Staff != "" && !p.Secure && strings.HasPrefix(p.Staff, "https://") {
		l.warn("--secure", "set it (RECADO_SECURE=true) for gateway and console", "cookies are not marked for https alone")
	}
	return l.all
}

func (p Public) one(ctx context.Context, l *list, name, address string) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		l.fail(name, "write it as https://host", "it is no address")
		return
	}
	ip := net.ParseIP(u.Hostname())
	here := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	switch {
	case u.Scheme == "http" && here:
		l.warn(name, "put a proxy that ends TLS in front before anybody else uses it", "it is for this machine alone")
		return
	case u.Scheme != "https":
		l.fail(name, "put a proxy that ends TLS in front, and write the address with https", "what patients and staff write would travel in clear")
		return
	}
	if !p.Call {
		l.ok(name, "%s is https; --call looks at its certificate", u.Host)
		return
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "443")
	}
	dialing, cancel := context.WithTimeout(ctx, reachLimit)
	defer cancel()
	conn, err := (&tls.Dialer{}).DialContext(dialing, "tcp", host)
	if err != nil {
		l.fail(name, "correct the proxy or its certificate; from here the address may be closed", "no safe connection to %s: %s", u.Host, reason(err))
		return
	}
	defer conn.Close()
	ends := conn.(*tls.Conn).ConnectionState().PeerCertificates[0].NotAfter
	left := time.Until(ends)
	found := "its certificate is good until " + ends.UTC().Format(time.DateOnly)
	if left < 14*24*time.Hour {
		l.warn(name, "renew it: see why that does not happen by itself", "%s", found)
		return
	}
	l.ok(name, "%s", found)
}

package webhook

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/paging"
	"recado/agent/paging/ladder"
)

const secret = "0123456789abcdef0123456789abcdef"

var at = time.Date(2030, 11, 4, 22, 15, 0, 0, time.UTC)

func page() paging.Page {
	return paging.Page{
		ID: "aa11", Thread: "bb22", Kind: paging.Arrived, Clinic: "sunrise", Name: "Clínica Sunrise", Priority: "emergency",
		Case: "018f0000-0000-7000-8000-000000000001", Reference: "K7Q-2MD", Since: at.Add(-time.Minute), At: at, Step: 2, Repeat: 1,
		Link: "https://staff.example/staff/sunrise/cases/018f0000-0000-7000-8000-000000000001",
	}
}

// call is a request as it came.
type call struct {
	header http.Header
	body   []byte
	method string
}

// hook answers with statuses, the last one again and again.
func hook(t *testing.T, statuses ...int) (*httptest.Server, *[]call) {
	t.Helper()
	var calls []call
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		status := statuses[min(len(calls), len(statuses)-1)]
		calls = append(calls, call{r.Header.Clone(), body, r.Method})
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(strings.Repeat("whatever it says ", 1000)))
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that do not trust it
	server.StartTLS()
	t.Cleanup(server.Close)
	return server, &calls
}

func sender(t *testing.T, server *httptest.Server, waits *[]time.Duration) *Sender {
	t.Helper()
	roots := x509.NewCertPool()
	if server != nil {
		roots.AddCert(server.Certificate())
	}
	s, err := New(Config{Secret: secret, RootCAs: roots, Timeout: 5 * time.Second, Now: func() time.Time { return at },
		wait: func(ctx context.Context, d time.Duration) error {
			if waits != nil {
				*waits = append(*waits, d)
			}
			return ctx.Err()
		}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func to(url string) ladder.Contact {
	return ladder.Contact{Via: ladder.Webhook, To: url, Private: true, Language: "es"}
}

func TestAPageIsSignedJSON(t *testing.T) {
	server, calls := hook(t, 200)
	if err := sender(t, server, nil).Send(t.Context(), to(server.URL+"/T0KEN"), page()); err != nil {
		t.Fatal(err)
	}
	if len(*calls) != 1 {
		t.Fatalf("%d calls", len(*calls))
	}
	c := (*calls)[0]
	if c.method != "POST" || c.header.Get("Content-Type") != "application/json" || c.header.Get(HeaderKey) != "aa11" {
		t.Errorf("%s %v", c.method, c.header)
	}
	if got, want := c.header.Get(HeaderSignature), Sign([]byte(secret), at, c.body); got != want {
		t.Errorf("signature %q, want %q", got, want)
	}
	want := `{"v":1,"id":"aa11","thread":"bb22","kind":"arrived","at":"2030-11-04T22:15:00Z",` +
		`"clinic":{"id":"sunrise","name":"Clínica Sunrise"},"priority":"emergency","case":"018f0000-0000-7000-8000-000000000001",` +
		`"reference":"K7Q-2MD","since":"2030-11-04T22:14:00Z","step":2,"repeat":1,` +
		`"link":"https://staff.example/staff/sunrise/cases/018f0000-0000-7000-8000-000000000001",` +
		`"text":"EMERGENCIA en espera: Clínica Sunrise, K7Q-2MD"}`
	if string(c.body) != want {
		t.Errorf("got  %s\nwant %s", c.body, want)
	}
}

// The value is from openssl: printf '1920060900.{}' | openssl dgst -sha256 -hmac 0123...
func TestASignatureIsWhatOthersCompute(t *testing.T) {
	got := Sign([]byte("0123456789abcdef"), time.Unix(1920060900, 0), []byte("{}"))
	if want := "t=1920060900,v1=" + openssl; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestADigestHoldsItsCounts(t *testing.T) {
	p := page()
	p.Kind, p.Case, p.Reference, p.Priority = paging.Counts, "", "", ""
	p.Digest = &paging.Digest{Open: 3, Claimed: 1, Waiting: 2, Late: 1, Oldest: time.Hour, Priorities: map[agent.Priority]int{"routine": 4}}
	body, err := encode(to(""), p)
	if err != nil {
		t.Fatal(err)
	}
	var b Body
	if err := json.Unmarshal(body, &b); err != nil || b.Digest.Open != 3 || b.Digest.OldestSeconds != 3600 || b.Digest.Priorities["routine"] != 4 {
		t.Errorf("%v: %s", err, body)
	}
}

func TestWhatMayPassIsTriedAgainUnderTheSameID(t *testing.T) {
	for name, c := range map[string]struct {
		statuses []int
		calls    int
		code     paging.Code
	}{
		"a passing error":     {[]int{503, 200}, 2, ""},
		"twice":               {[]int{500, 429, 204}, 3, ""},
		"an error that stays": {[]int{502}, 3, paging.Rejected},
		"a no":                {[]int{400}, 1, paging.Rejected},
		"not signed as asked": {[]int{401}, 1, paging.Denied},
		"gone":                {[]int{410}, 1, paging.Rejected},
		"a redirect":          {[]int{302}, 1, paging.Redirected},
		"another redirect":    {[]int{308}, 1, paging.Redirected},
	} {
		server, calls := hook(t, c.statuses...)
		var waits []time.Duration
		err := sender(t, server, &waits).Send(t.Context(), to(server.URL+"/T0KEN"), page())
		var f *paging.Failure
		if c.code == "" && err != nil || c.code != "" && (!errors.As(err, &f) || f.Code != c.code || f.Status != c.statuses[len(c.statuses)-1]) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "T0KEN") {
			t.Errorf("%s: the error holds the address: %v", name, err)
		}
		if len(*calls) != c.calls || len(waits) != c.calls-1 {
			t.Errorf("%s: %d calls, %d waits, want %d calls", name, len(*calls), len(waits), c.calls)
		}
		for i, w := range waits {
			if longest := time.Second << i; w > longest || w < longest/2 {
				t.Errorf("%s: wait %d is %v", name, i, w)
			}
		}
		for _, one := range *calls {
			if one.header.Get(HeaderKey) != "aa11" {
				t.Errorf("%s: another id: %v", name, one.header)
			}
		}
	}
}

func TestPrivateAddressesAreRefusedUnlessAllowed(t *testing.T) {
	server, calls := hook(t, 200)
	public := to(server.URL + "/T0KEN")
	public.Private = false
	err := sender(t, server, nil).Send(t.Context(), public, page())
	var f *paging.Failure
	if !errors.As(err, &f) || f.Code != paging.Forbidden || !f.Permanent || len(*calls) > 0 {
		t.Errorf("%v, %d calls", err, len(*calls))
	}
	if err := sender(t, server, nil).Reach(t.Context(), public); !errors.As(err, &f) || f.Code != paging.Forbidden {
		t.Errorf("reaching it: %v", err)
	}
	for address, want := range map[string][2]bool{ // allowed in public, in private
		"8.8.8.8": {true, true}, "2606:4700::1111": {true, true},
		"127.0.0.1": {false, true}, "::1": {false, true}, "10.1.2.3": {false, true}, "192.168.0.1": {false, true},
		"172.16.0.1": {false, true}, "fd00::1": {false, true}, "100.64.0.1": {false, true},
		"::ffff:10.0.0.1": {false, true}, "64:ff9b::a00:1": {false, true}, "2002:a00:1::": {false, true},
		"169.254.169.254": {false, false}, "::ffff:169.254.169.254": {false, false}, "fe80::1": {false, false},
		"fe80::1%eth0": {false, false}, "0.0.0.0": {false, false}, "::": {false, false}, "224.0.0.1": {false, false},
		"255.255.255.255": {false, true},
	} {
		a := netip.MustParseAddr(address)
		if got := [2]bool{allowed(a, false), allowed(a, true)}; got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}

func TestAnErrorTellsNoAddress(t *testing.T) {
	server, _ := hook(t, 200)
	gone := httptest.NewTLSServer(http.NotFoundHandler())
	gone.Close()
	stranger := sender(t, nil, nil)
	for name, c := range map[string]struct {
		sender *Sender
		url    string
		code   paging.Code
	}{
		"nobody there":          {stranger, gone.URL, paging.Unreachable},
		"a strange certificate": {stranger, server.URL, paging.Insecure},
		"no TLS spoken":         {stranger, strings.Replace(plainHook(t), "http:", "https:", 1), paging.Insecure},
		"no such host":          {stranger, "https://geheim.invalid", paging.Unreachable},
		"no readable address":   {stranger, "https://geheim:x", paging.Unsendable},
		"its time is over":      {short(t, server), slowHook(t), paging.TimedOut},
	} {
		err := c.sender.Send(t.Context(), to(c.url+"/geheim"), page())
		var f *paging.Failure
		if !errors.As(err, &f) || f.Code != c.code || strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := stranger.Reach(t.Context(), to(server.URL)); err != nil {
		t.Errorf("a host that is there is not reached: %v", err)
	}
	if err := stranger.Reach(t.Context(), to(gone.URL)); err == nil {
		t.Error("a host that is gone is reached")
	}
}

func plainHook(t *testing.T) string {
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	return server.URL
}

func slowHook(t *testing.T) string {
	done := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-done:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(done) })
	return server.URL
}

func short(t *testing.T, server *httptest.Server) *Sender {
	s := sender(t, server, nil)
	s.local.Timeout = 20 * time.Millisecond
	return s
}

func TestTheSecretHasToBeOne(t *testing.T) {
	if _, err := New(Config{Secret: "short"}); err == nil {
		t.Error("a short secret signs")
	}
}

func TestAnEndedContextStopsTheAttempts(t *testing.T) {
	server, calls := hook(t, 503)
	ctx, cancel := context.WithCancel(t.Context())
	s := sender(t, server, nil)
	s.cfg.wait = func(context.Context, time.Duration) error { cancel(); return ctx.Err() }
	if err := s.Send(ctx, to(server.URL), page()); err == nil || len(*calls) != 1 {
		t.Errorf("%v, %d calls", err, len(*calls))
	}
}

const openssl = "553842cd7706e91d6deedd080d368d5f4d2fa1f9c3bc4eb795740b5a29519b59"

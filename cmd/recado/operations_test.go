package main

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.yaml.in/yaml/v4"

	"recado/agent/bus"
	"recado/agent/bus/embedded"
	"recado/agent/channel/whatsapp/graphtest"
	"recado/agent/llm"
	"recado/agent/operations"
)

// trio is a worker, a gateway and a console, each as its own process would be.
type trio struct {
	t       *testing.T
	nats    *embedded.Server
	graph   *graphtest.Server
	gateway string            // its address
	console string            //
	health  map[string]string // by part
	stop    map[string]func() int
}

func startTrio(t *testing.T) *trio {
	t.Helper()
	clean(t)
	server, err := embedded.Start(embedded.Config{Dir: memoryDir(t), Listen: true, NoSync: true})
	must(t, err)
	t.Cleanup(server.Stop)
	nc, err := server.Connect(bus.RoleProvision)
	must(t, err)
	t.Cleanup(nc.Close)
	js, err := openJetStream(nc)
	must(t, err)
	_, err = bus.Provision(t.Context(), js, bus.Layout{})
	must(t, err)
	keys, err := newDevKeys()
	must(t, err)
	f := &trio{
		t: t, nats: server, graph: graphtest.New(), gateway: freeAddress(t), console: freeAddress(t),
		health: map[string]string{"worker": freeAddress(t), "gateway": freeAddress(t), "console": freeAddress(t)}, stop: map[string]func() int{},
	}
	t.Cleanup(f.graph.Close)
	profile, redis := sampleProfile(t), redisAddress(t)
	links := []string{"--link-key", keys.Link, "--private-url", "http://localhost:9"}
	f.start("worker", append(links, "--clinic", profile, "--redis-address", redis, "--seal-public-key", keys.Public, "--seal-signing-key", keys.Signing, "--session-key", keys.Session)...)
	f.start("gateway", "--clinic", profile, "--listen", f.gateway, "--address-key", keys.Address, "--seal-public-key", keys.Public, "--seal-signing-key", keys.Signing,
		"--whatsapp-number-id", "1", "--whatsapp-token", "t", "--whatsapp-app-secret", "s", "--whatsapp-verify-token", "v", "--whatsapp-base-url", f.graph.URL())
	f.start("console", append(links, "--clinic", profile, "--listen", f.console, "--redis-address", redis, "--public-url", "http://localhost:8081",
		"--seal-private-key", keys.Private, "--seal-verify-key", onePublic(t, keys), "--staff-key", keys.Staff)...)
	for _, address := range f.health {
		waitServing(t, "http://"+address+"/readyz")
	}
	return f
}

func (f *trio) start(part string, args ...string) {
	f.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	must(f.t, err)
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{part, "--health", f.health[part], "--nats-url", f.nats.URL()}, args...), streams{null, null, os.Stderr})
	}()
	stopped := false
	code := 0
	f.stop[part] = func() int {
		cancel()
		if stopped {
			return code
		}
		select {
		case code = <-ended:
			stopped = true
		case <-time.After(patience):
			f.t.Fatalf("%s does not stop", part)
		}
		return code
	}
	f.t.Cleanup(func() { f.stop[part]() })
}

func (f *trio) get(url string) (int, string) {
	f.t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(f.t, err)
	return resp.StatusCode, string(body)
}

// chat sends one message by the chat page.
func (f *trio) chat(text string) {
	f.t.Helper()
	jar, err := cookiejar.New(nil)
	must(f.t, err)
	client := &http.Client{Jar: jar}
	for _, step := range []struct{ path, body string }{
		{"/chat/start", "{}"}, {"/chat/messages", `{"id":"00000000-0000-4000-8000-000000000001","text":"` + text + `"}`},
	} {
		req, err := http.NewRequest(http.MethodPost, "http://"+f.gateway+step.path, strings.NewReader(step.body))
		must(f.t, err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Origin", "http://"+f.gateway)
		resp, err := client.Do(req)
		must(f.t, err)
		resp.Body.Close()
		if resp.StatusCode >= 300 {
			f.t.Fatalf("%s answers %d", step.path, resp.StatusCode)
		}
	}
}

var (
	sample    = regexp.MustCompile(`^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? `)
	labelled  = regexp.MustCompile(`([a-z_]+)="`)
	asked     = regexp.MustCompile(`\b(?:recado|gen_ai)_[a-z0-9_]+`)
	groupings = regexp.MustCompile(`by \(([a-z_, ]+)\)`)
)

// figures are all samples of the three's /metrics, with their labels.
func (f *trio) figures() map[string]map[string]bool {
	f.t.Helper()
	all := map[string]map[string]bool{}
	for _, address := range f.health {
		_, text := f.get("http://" + address + "/metrics")
		for line := range strings.Lines(text) {
			m := sample.FindStringSubmatch(line)
			if m == nil || !strings.HasPrefix(m[1], "recado_") && !strings.HasPrefix(m[1], "gen_ai_") {
				continue
			}
			if all[m[1]] == nil {
				all[m[1]] = map[string]bool{"instance": true, "job": true}
			}
			for _, l := range labelled.FindAllStringSubmatch(m[2], -1) {
				all[m[1]][l[1]] = true
			}
		}
	}
	return all
}

// expressions are those of alerts and dashboard, by where they stand.
func expressions(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	var alerts struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string } `yaml:"rules"`
		} `yaml:"groups"`
	}
	must(t, yaml.Unmarshal(operations.Alerts, &alerts))
	for _, r := range alerts.Groups[0].Rules {
		all["alert "+r.Alert] = r.Expr
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr, RefID string }
		}
	}
	must(t, json.Unmarshal(operations.Dashboard, &board))
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			all["panel "+p.Title+" "+target.RefID] = target.Expr
		}
	}
	return all
}

// Figures of these are shown elsewhere: by the inbox's own dashboard.
var elsewhere = regexp.MustCompile(`^recado_(inbox|audit|paging|llm)_|^gen_ai_client_token_usage`)

func TestAlertsAndDashboardAskForFiguresThatThereAreAndLeaveNoneOut(t *testing.T) {
	f := startTrio(t)
	f.chat("What are your hours?")
	r := &running{base: "http://" + f.gateway, graph: f.graph}
	if code := r.post(t, whatsAppText("1", "17135550142", "wamid.1", "What are your hours?"), "s"); code != http.StatusOK {
		t.Fatalf("webhook answers %d", code)
	}
	r.waitSent(t, 1)
	f.get("http://" + f.console + "/staff")
	f.get("http://" + f.console + "/p")
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var have map[string]map[string]bool
	for range 200 { // until each has looked at its consumer
		have = f.figures()
		if have["recado_consumer_lag"] != nil && have["recado_dead_letters_stored"] != nil && have["recado_worker_last_turn_timestamp_seconds"] != nil && have["recado_worker_answer_delay_seconds_count"] != nil {
			break
		}
		<-tick.C
	}
	// A call to a language model, and a page, are not made here.
	seen, err := observe(t.Context(), zap.NewNop())
	must(t, err)
	seen.onCall(t.Context(), llm.Call{Model: "m", Provider: "openai", Outcome: "timeout", Started: time.Now(), Duration: time.Second})
	for _, name := range []string{"gen_ai_client_operation_duration_seconds_count", "gen_ai_client_operation_duration_seconds_bucket"} {
		have[name] = map[string]bool{"gen_ai_request_model": true, "error_type": true, "le": true}
	}
	have["recado_paging_pages_total"] = map[string]bool{"via": true, "code": true, "result": true}
	have["recado_paging_unacknowledged_emergencies"] = map[string]bool{"clinic": true}

	used := map[string]bool{}
	for where, expr := range expressions(t) {
		labels := map[string]bool{}
		names := asked.FindAllString(groupings.ReplaceAllString(regexp.MustCompile(`"[^"]*"`).ReplaceAllString(expr, `""`), ""), -1)
		names = slices.DeleteFunc(names, func(name string) bool { return name == "gen_ai_request_model" })
		if len(names) == 0 {
			t.Errorf("%s asks for nothing: %s", where, expr)
		}
		for _, name := range names {
			used[name] = true
			if have[name] == nil {
				t.Errorf("%s asks for %s, which nobody tells", where, name)
			}
			maps.Copy(labels, have[name])
		}
		for _, m := range append(groupings.FindAllStringSubmatch(expr, -1), regexp.MustCompile(`[{,]([a-z_]+)(?:=~|!=|=)"`).FindAllStringSubmatch(expr, -1)...) {
			for label := range strings.SplitSeq(m[1], ",") {
				if label = strings.TrimSpace(label); !labels[label] {
					t.Errorf("%s asks by %s, which its figures do not have: %v", where, label, slices.Sorted(maps.Keys(labels)))
				}
			}
		}
	}
	for name := range have {
		base := regexp.MustCompile(`_(bucket|count|sum)$`).ReplaceAllString(name, "")
		if !used[name] && !used[base+"_bucket"] && !used[base+"_count"] && !elsewhere.MatchString(name) {
			t.Errorf("%s is told, and neither an alert nor a panel asks for it", name)
		}
	}
	// No label is somebody's.
	for part, address := range f.health {
		_, text := f.get("http://" + address + "/metrics")
		for _, secret := range []string{"17135550142", "wamid", "hours?"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: figures hold %q", part, secret)
			}
		}
	}
}

func TestReadinessNamesEachNeedOfEachPart(t *testing.T) {
	f := startTrio(t)
	for part, needs := range map[string][]string{
		"worker": {"nats: ok", "events: ok", "redis: ok", "llm: ok"}, "gateway": {"nats: ok", "replies: ok"}, "console": {"nats: ok", "records: ok", "redis: ok", "cases: ok"},
	} {
		status, body := f.get("http://" + f.health[part] + "/readyz")
		if status != http.StatusOK {
			t.Errorf("%s: %d %s", part, status, body)
		}
		says(t, body, append(needs, "ready\n")...)
	}
	f.nats.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for part, address := range f.health {
		body, status := "", 0
		for range 200 {
			if status, body = f.get("http://" + address + "/readyz"); status == http.StatusServiceUnavailable {
				break
			}
			<-tick.C
		}
		says(t, body, "not ready", "nats: no connection to NATS")
		if live, _ := f.get("http://" + address + "/livez"); live != http.StatusOK {
			t.Errorf("%s: not alive", part)
		}
	}
	must(t, f.nats.Restart())
	for _, address := range f.health {
		waitServing(t, "http://"+address+"/readyz")
	}
}

func macOf(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

// slow is a request whose body is being waited for by its handler.
type slow struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	body string
}

// begin sends a request's head and returns once its handler reads the body:
// that is when a server asks for it.
func begin(t *testing.T, address, path, body string, header ...string) *slow {
	t.Helper()
	conn, err := net.DialTimeout("tcp", address, patience)
	must(t, err)
	t.Cleanup(func() { conn.Close() })
	must(t, conn.SetDeadline(time.Now().Add(patience)))
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost:8081\r\nContent-Length: %d\r\nExpect: 100-continue\r\n%s\r\n\r\n", path, len(body), strings.Join(header, "\r\n"))
	must(t, err)
	s := &slow{t, conn, bufio.NewReader(conn), body}
	if line, err := s.in.ReadString('\n'); err != nil || !strings.Contains(line, "100") {
		t.Fatalf("%s: the handler does not read: %q, %v", path, line, err)
	}
	return s
}

// finish sends the body and returns the status.
func (s *slow) finish() int {
	s.t.Helper()
	_, err := s.conn.Write([]byte(s.body))
	must(s.t, err)
	if _, err := s.in.ReadString('\n'); err != nil { // the empty line after 100
		s.t.Fatal(err)
	}
	resp, err := http.ReadResponse(s.in, nil)
	if err != nil {
		s.t.Errorf("no answer: %v", err)
		return 0
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestGatewayAndConsoleFinishWhatTheyBeganBeforeTheyStop(t *testing.T) {
	f := startTrio(t)
	message := string(whatsAppText("1", "17135550142", "wamid.slow", "What are your hours?"))
	for part, in := range map[string]struct {
		flight *slow
		served func(status int) bool
	}{
		"gateway": {begin(t, f.gateway, "/webhooks/whatsapp", message, "X-Hub-Signature-256: sha256="+macOf("s", message)), func(s int) bool { return s == http.StatusOK }},
		"console": {begin(t, f.console, "/staff/sign-in/password", "email=x%40example.org&password=p", "Content-Type: application/x-www-form-urlencoded", "Origin: http://localhost:8081"),
			func(s int) bool { return s > 0 && s < 500 }},
	} {
		stopped := make(chan int, 1)
		go func() { stopped <- f.stop[part]() }()
		// It says that it drains, while the request goes on.
		tick := time.NewTicker(20 * time.Millisecond)
		draining := false
		for range 300 {
			if status, text := f.get("http://" + f.health[part] + "/readyz"); status == http.StatusServiceUnavailable && strings.Contains(text, "draining") {
				draining = true
				break
			}
			<-tick.C
		}
		tick.Stop()
		if !draining {
			t.Errorf("%s: it does not say that it drains", part)
		}
		select {
		case code := <-stopped:
			t.Errorf("%s: it stopped with %d in the middle of a request", part, code)
			stopped <- code
		default:
		}
		if status := in.flight.finish(); !in.served(status) {
			t.Errorf("%s: the request in flight got %d", part, status)
		}
		if code := <-stopped; code != 0 {
			t.Errorf("%s: exit code %d", part, code)
		}
	}
	// What was taken in while the gateway drained is there.
	nc, err := f.nats.Connect(bus.RoleProvision)
	must(t, err)
	defer nc.Close()
	js, err := openJetStream(nc)
	must(t, err)
	in, err := js.Stream(t.Context(), bus.StreamIn)
	must(t, err)
	if n := in.CachedInfo().State.Msgs; n != 1 {
		t.Errorf("%d events are stored, want 1", n)
	}
}

func TestRunbookAlertsAndDashboardsAreAtHand(t *testing.T) {
	for _, c := range []struct {
		args []string
		part string
		code int
	}{
		{[]string{"runbook"}, "# Runbook", 0}, {[]string{"runbook", "notready"}, "## RecadoNotReady", 0}, {[]string{"runbook", "x"}, "", 2},
		{[]string{"alerts"}, "groups:", 0}, {[]string{"dashboard"}, `"Recado operations"`, 0}, {[]string{"dashboard", "inbox"}, `"Recado inbox"`, 0},
	} {
		out, errOut, code := runWith(t, "", append([]string{"doctor"}, c.args...)...)
		if code != c.code || !strings.Contains(out, c.part) {
			t.Errorf("%v: exit code %d: %.80s %s", c.args, code, out, errOut)
		}
	}
	// Every command that the runbook tells to run is one.
	for _, m := range regexp.MustCompile("`recado ([a-z]+(?: [a-z]+)?)").FindAllStringSubmatch(operations.Runbook, -1) {
		args := append(strings.Fields(m[1]), "--help")
		if out, errOut, code := runWith(t, "", args...); code != 0 {
			t.Errorf("recado %s: exit code %d: %s%s", m[1], code, out, errOut)
		}
	}
}

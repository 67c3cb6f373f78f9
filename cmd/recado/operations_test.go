package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.yaml.in/yaml/v4"

	"recado/agent/bus"
	"recado/agent/llm"
	"recado/agent/operations"
)

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
		"worker": {"nats: ok", "events: ok", "redis: ok", "llm: ok", "profiles: ok", "secrets: ok"}, "gateway": {"nats: ok", "replies: ok", "profiles: ok", "secrets: ok"}, "console": {"nats: ok", "profiles: ok", "secrets: ok", "records: ok", "redis: ok", "cases: ok"},
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

func TestTheConsoleIsReadyWithTheRightsOfTheComposeFile(t *testing.T) {
	env := composeEnv(t)
	url := startComposeNATS(t, env)
	admin, err := openJetStream(as(t, url, "admin", bus.RoleProvision, env))
	must(t, err)
	_, err = bus.Provision(t.Context(), admin, bus.Layout{})
	must(t, err)
	keys, err := newDevKeys()
	must(t, err)
	f := &trio{t: t, health: map[string]string{"console": freeAddress(t)}, stop: map[string]func() int{}, console: freeAddress(t)}
	f.at = url
	f.start("console", "--clinic", sampleProfile(t), "--listen", f.console, "--redis-address", redisAddress(t), "--public-url", "http://localhost:8081",
		"--nats-user", "console", "--nats-password", env["NATS_CONSOLE_PASSWORD"],
		"--seal-private-key", keys.Private, "--seal-verify-key", onePublic(t, keys), "--staff-key", keys.Staff)
	waitServing(t, "http://"+f.health["console"]+"/readyz")
	_, body := f.get("http://" + f.health["console"] + "/readyz")
	says(t, body, "records: ok")
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 100 {
		if f.figures()["recado_dead_letters_stored"] != nil {
			return
		}
		<-tick.C
	}
	t.Error("dead letters are not counted")
}

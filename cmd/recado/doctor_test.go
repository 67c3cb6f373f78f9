package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"recado/agent/bus"
	"recado/agent/doctor"
	"recado/agent/session/redistest"
	"recado/agent/vault"
)

// clean removes settings of this machine from a test of what is given.
func clean(t *testing.T) {
	t.Helper()
	for _, one := range os.Environ() {
		if name, _, _ := strings.Cut(one, "="); strings.HasPrefix(name, "RECADO_") || strings.HasPrefix(name, "NATS_") || strings.HasPrefix(name, "REDIS_") || strings.HasPrefix(name, "OPENAI_") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
}

// diagnose runs recado doctor and returns its results by part and check.
func diagnose(t *testing.T, args ...string) (found map[string][]doctor.Result, code int, all string) {
	t.Helper()
	out, errOut, code := runWith(t, "", append([]string{"doctor", "--json"}, args...)...)
	var r doctor.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("exit code %d: %v\n%s%s", code, err, out, errOut)
	}
	found = map[string][]doctor.Result{}
	for _, one := range r.Results {
		found[one.Part+": "+one.Check] = append(found[one.Part+": "+one.Check], one)
	}
	return found, code, out + errOut
}

func want(t *testing.T, found map[string][]doctor.Result, check string, status doctor.Status, part string) {
	t.Helper()
	for _, one := range found[check] {
		if one.Status == status && strings.Contains(one.Found+" -> "+one.Do, part) {
			return
		}
	}
	t.Errorf("%s: want %s with %q, got %+v", check, status, part, found[check])
}

func TestTheDoctorFindsTheDeploymentOfTheComposeFileWell(t *testing.T) {
	clean(t)
	env := composeEnv(t)
	url := startComposeNATS(t, env)
	admin, err := openJetStream(as(t, url, "admin", bus.RoleProvision, env))
	must(t, err)
	_, err = bus.Provision(t.Context(), admin, bus.Layout{})
	must(t, err)
	before := streamsOf(t, url, env)
	real := redistest.Start(t)
	users := startComposeRedisAt(t, real.Addr)
	staff := filepath.Join(t.TempDir(), "staff.env")
	keys, errOut, code := runWith(t, "", "keys", "--staff", staff)
	if code != 0 {
		t.Fatal(errOut)
	}
	for _, m := range regexp.MustCompile(`(?m)^(RECADO_[A-Z_]+)=(.+)$`).FindAllStringSubmatch(keys, -1) {
		t.Setenv(m[1], m[2])
	}
	for name, value := range env {
		if strings.HasPrefix(name, "NATS_") || strings.HasPrefix(name, "REDIS_") {
			t.Setenv(name, value)
		}
	}
	found, code, all := diagnose(t, "--nats-url", url, "--redis-address", real.Addr, "--staff", staff, "--clinic", sampleProfile(t),
		"--nats-user", "", "--public-url", "https://staff.clinic.example", "--secure")
	for check, status := range map[string]doctor.Status{
		"nats: sign-in": doctor.OK, "nats: JetStream": doctor.OK, "nats: clock": doctor.OK, "nats: streams": doctor.OK,
		"nats: permissions of worker": doctor.OK, "nats: permissions of gateway": doctor.OK, "nats: permissions of console": doctor.OK, "nats: permissions of admin": doctor.OK,
		"nats: replicas": doctor.Warn, "nats: sync": doctor.Skip, "nats: encryption of files": doctor.Skip,
		"redis: sign-in": doctor.OK, "redis: version": doctor.OK, "redis: clock": doctor.OK, "redis: permissions of worker": doctor.OK, "redis: permissions of console": doctor.OK,
		"keys: sealing": doctor.OK, "keys: signatures": doctor.OK, "keys: links": doctor.OK,
		"clinic: profile": doctor.OK, "clinic: phone": doctor.OK, "clinic: hours": doctor.OK, "web: --public-url": doctor.OK,
	} {
		want(t, found, check, status, "")
	}
	for check, results := range found {
		for _, one := range results {
			if one.Status == doctor.Fail {
				t.Errorf("%s fails: %+v", check, one)
			}
		}
	}
	if code != 1 { // a single copy, no paging
		t.Errorf("exit code %d, want 1", code)
	}
	if len(users) != 2 {
		t.Errorf("%d users of Redis", len(users))
	}
	for name, value := range env {
		if strings.HasSuffix(name, "PASSWORD") && strings.Contains(all, value) {
			t.Errorf("%s is printed", name)
		}
	}
	for _, line := range strings.Fields(keys) {
		if _, secret, ok := strings.Cut(line, "="); ok && len(secret) > 20 && strings.Contains(all, secret) {
			t.Errorf("a key is printed: %s", line[:12])
		}
	}
	if after := streamsOf(t, url, env); after != before {
		t.Errorf("something was changed:\n%s\nwant\n%s", after, before)
	}
}

// streamsOf is what the streams and consumers hold.
func streamsOf(t *testing.T, url string, env map[string]string) string {
	t.Helper()
	js, err := openJetStream(as(t, url, "admin", bus.RoleProvision, env))
	must(t, err)
	var all strings.Builder
	for _, name := range bus.Names() {
		stream, err := js.Stream(t.Context(), name)
		must(t, err)
		info := stream.CachedInfo()
		fmt.Fprintf(&all, "%s %d %d %+v\n", name, info.State.Msgs, info.State.LastSeq, info.Config.Subjects)
		for consumer := range stream.ListConsumers(t.Context()).Info() {
			fmt.Fprintf(&all, "  %s %d %d %d\n", consumer.Name, consumer.NumWaiting, consumer.NumAckPending, consumer.NumPending)
		}
	}
	return all.String()
}

func TestTheDoctorSeesWhatIsWrong(t *testing.T) {
	clean(t)
	options := &server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: memoryDir(t), NoSigs: true, NoLog: true, HTTPHost: "127.0.0.1", HTTPPort: -1}
	s, err := server.NewServer(options)
	must(t, err)
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(patience) {
		t.Fatal("NATS does not start")
	}
	js, err := openJetStream(as(t, s.ClientURL(), "", bus.RoleProvision, nil))
	must(t, err)
	_, err = bus.Provision(t.Context(), js, bus.Layout{})
	must(t, err)
	must(t, js.DeleteStream(t.Context(), bus.StreamAudit))
	stream, err := js.Stream(t.Context(), bus.StreamIn)
	must(t, err)
	config := stream.CachedInfo().Config
	config.MaxMsgSize = 1000
	_, err = js.UpdateStream(t.Context(), config)
	must(t, err)

	one, err := newDevKeys()
	must(t, err)
	other, err := newDevKeys()
	must(t, err)
	staff := filepath.Join(t.TempDir(), "staff.env")
	must(t, os.WriteFile(staff, []byte("RECADO_SEAL_PRIVATE_KEY="+other.Private+"\nRECADO_SEAL_VERIFY_KEY="+onePublic(t, other)+"\nRECADO_LINK_KEY="+other.Link+"\n"), 0o600))
	broken := filepath.Join(t.TempDir(), "clinic.yaml")
	must(t, os.WriteFile(broken, []byte("name: x\n"), 0o600))
	secret := "a-secret that was copied badly"

	found, code, all := diagnose(t,
		"--nats-url", s.ClientURL(), "--nats-user", "worker", "--nats-password", "x", "--nats-monitor", "http://"+s.MonitorAddr().String(), "--nats-store", options.StoreDir, "--replicas", "3",
		"--redis-address", freeAddress(t), "--seal-public-key", one.Public, "--seal-signing-key", one.Signing, "--session-key", "nonsense", "--address-key", one.Address,
		"--link-key", one.Link, "--staff", staff, "--clinic", broken, "--public-url", "http://staff.clinic.example", "--worker-health", freeAddress(t),
		"--whatsapp-number-id", "1", "--whatsapp-token", secret, "--whatsapp-app-secret", "s", "--whatsapp-verify-token", "v",
		"--llm-model", "m", "--llm-base-url", "http://llm.example/v1", "--llm-key", "sk-secret")
	if code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
	want(t, found, "nats: sign-in", doctor.Fail, "without a password")
	want(t, found, "nats: permissions of worker", doctor.Fail, "make up patients' words")
	want(t, found, "nats: permissions of worker", doctor.Fail, "read what it sealed")
	want(t, found, "nats: stream RECADO_AUDIT", doctor.Fail, "recado streams")
	want(t, found, "nats: stream RECADO_IN", doctor.Warn, "MaxMsgSize")
	want(t, found, "nats: stream RECADO_TURN", doctor.Warn, "Replicas")
	want(t, found, "nats: sync", doctor.Fail, "sync_interval")
	want(t, found, "nats: encryption of files", doctor.Fail, "in clear")
	want(t, found, "redis: reachable", doctor.Fail, "does not answer")
	want(t, found, "keys: RECADO_SESSION_KEY", doctor.Fail, "recado keys")
	want(t, found, "keys: sealing", doctor.Fail, "cannot open")
	want(t, found, "keys: signatures", doctor.Fail, "do not trust")
	want(t, found, "keys: links", doctor.Fail, "do not know")
	want(t, found, "clinic: profile", doctor.Fail, "recado clinic check")
	want(t, found, "channels: WhatsApp", doctor.Fail, "--whatsapp-token")
	want(t, found, "web: --public-url", doctor.Fail, "in clear")
	want(t, found, "health: worker at "+flagOf(all, "worker at "), doctor.Fail, "no answer")
	want(t, found, "paging: paging", doctor.Warn, "nobody")
	want(t, found, "llm: language model", doctor.Warn, "in clear")
	for _, s := range []string{secret, "sk-secret", one.Signing, one.Address, one.Link, other.Private} {
		if strings.Contains(all, s) {
			t.Errorf("a secret is printed: %.6s...", s)
		}
	}
	info, err := js.Stream(t.Context(), bus.StreamTurn)
	must(t, err)
	if n := info.CachedInfo().State.Msgs; n != 0 {
		t.Errorf("%d messages were stored by looking", n)
	}
}

// flagOf is what follows start in a text, up to a quotation mark.
func flagOf(text, start string) string {
	_, rest, _ := strings.Cut(text, start)
	end, _, _ := strings.Cut(rest, `"`)
	return end
}

func onePublic(t *testing.T, k devKeys) string {
	t.Helper()
	key, err := vault.ParseSigningKey(k.Signing)
	must(t, err)
	return key.Public().String()
}

func TestTheDoctorSaysWhatItCouldNotLookAt(t *testing.T) {
	clean(t)
	found, code, _ := diagnose(t, "--nats-url", "nats://127.0.0.1:4222", "--redis-address", "127.0.0.1:6379")
	for _, check := range []string{"keys: keys", "clinic: profile", "health: processes", "web: addresses", "channels: WhatsApp", "llm: language model"} {
		want(t, found, check, doctor.Skip, "")
	}
	if code == 2 {
		t.Errorf("exit code %d where nothing is wrong: %+v", code, found)
	}
	out, _, _ := runWith(t, "", "doctor")
	says(t, out, "keys\n", "skip", "not looked at", "->")
}

func TestTheDoctorOfTheComposeFileGetsWhatItKnowsAndIsAskedByNobodyElse(t *testing.T) {
	project, err := loadCompose(t, composeEnv(t))
	must(t, err)
	service := project.Services["doctor"]
	if len(service.Profiles) != 1 || service.Restart != "no" {
		t.Error("it starts with the others, or again and again")
	}
	out, _, _ := runWith(t, "", "doctor", "check", "--help")
	for name := range service.Environment {
		if !strings.Contains(out, "$"+name) {
			t.Errorf("%s is not in its --help", name)
		}
	}
	for _, name := range []string{"NATS_ADMIN_PASSWORD", "NATS_WORKER_PASSWORD", "NATS_GATEWAY_PASSWORD", "NATS_CONSOLE_PASSWORD", "REDIS_WORKER_PASSWORD", "REDIS_CONSOLE_PASSWORD"} {
		if value := service.Environment[name]; value == nil || *value == "" {
			t.Errorf("it has no %s", name)
		}
	}
	for name := range service.Environment {
		if strings.Contains(name, "PRIVATE_KEY") {
			t.Errorf("it is given %s", name)
		}
	}
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"recado/agent/bus"
	"recado/agent/channel/sms/twiliotest"
	"recado/agent/channel/whatsapp/graphtest"
	"recado/agent/clinic"
	"recado/agent/vault"
)

// profileOf is the sample clinic under another id and name, with channels as
// lines of its profile.
func profileOf(id string, channels ...string) []byte {
	raw := bytes.Replace(clinic.SampleYAML(), []byte("id: buenavista\nname: Clínica Buenavista"), []byte("id: "+id+"\nname: Clinic "+id), 1)
	raw = withoutChannels(raw)
	if len(channels) > 0 {
		raw = append(raw, "\nchannels:\n  "+strings.Join(channels, "\n  ")+"\n"...)
	}
	return raw
}

// withoutChannels leaves out a section channels: of a profile.
func withoutChannels(raw []byte) []byte {
	var out []string
	inside := false
	for line := range strings.Lines(string(raw)) {
		switch {
		case strings.HasPrefix(line, "channels:"):
			inside = true
		case line[0] != ' ' && line[0] != '\n' && line[0] != '#':
			inside = false
		}
		if !inside {
			out = append(out, line)
		}
	}
	return []byte(strings.Join(out, ""))
}

const (
	harborNumber, oakNumber = "200000001", "200000002"
	harborSMS, oakSMS       = "+17135550201", "+17135550202"
	oakAccount              = "AC0000000000000000000000000000000b"
)

// many is a deployment of several clinics: harbor uses the settings, oak has
// secrets of its own.
type many struct {
	*running
	texts  *texting // for its deliveries
	dir    string
	secret string // path of the clinics' secrets
	env    map[string]string
	nats   string
	output *safeBuffer

	oak     *vault.Opener
	signers []vault.VerifyKey // of worker and gateway
}

// startMany runs worker and gateway with the users of the compose file. from is
// what --clinic says; "" for a folder of harbor and oak.
func startMany(t *testing.T, from string) *many {
	t.Helper()
	env := composeEnv(t)
	at := startComposeNATS(t, env)
	m := &many{dir: t.TempDir(), env: env, nats: at, output: &safeBuffer{}}
	admin := as(t, at, "admin", bus.RoleProvision, env)
	js, err := openJetStream(admin)
	must(t, err)
	_, err = bus.Provision(t.Context(), js, bus.Layout{})
	must(t, err)
	m.write(t, "harbor", profileOf("harbor", `whatsapp: {number_id: "`+harborNumber+`"}`, `sms: {number: "`+harborSMS+`"}`, "web: {key: harbor-web}"))
	m.write(t, "oak", profileOf("oak", `whatsapp: {number_id: "`+oakNumber+`"}`, `sms: {number: "`+oakSMS+`"}`))
	if from == "" {
		from = m.dir
	} else {
		out, errOut, code := runWith(t, "", "clinic", "push", m.dir, "--nats-url", at, "--nats-user", "admin", "--nats-password", env["NATS_ADMIN_PASSWORD"])
		if code != 0 || !strings.Contains(out, "pushed oak: Clinic oak") {
			t.Fatalf("push: %d %s %s", code, out, errOut)
		}
	}

	keys, err := newDevKeys()
	must(t, err)
	private, err := vault.NewPrivateKey()
	must(t, err)
	signing, err := vault.ParseSigningKey(keys.Signing)
	must(t, err)
	m.signers = []vault.VerifyKey{signing.Public()}
	m.oak, err = vault.NewOpener([]vault.PrivateKey{private}, m.signers)
	must(t, err)
	m.secret = filepath.Join(t.TempDir(), "secrets.yaml")
	must(t, os.WriteFile(m.secret, fmt.Appendf(nil, `oak:
  whatsapp: {token: oak-token, app_secret: oak-secret, verify_token: oak-verify}
  sms: {account_sid: %s, auth_token: oak-auth}
  seal_public_key: %s
`, oakAccount, private.Public()), 0o600))

	graph := graphtest.New()
	t.Cleanup(graph.Close)
	address := freeAddress(t)
	m.running = &running{base: "http://" + address, graph: graph, output: m.output}
	m.texts = &texting{base: m.base, admin: admin, output: m.output}
	m.texts.twilio = twiliotest.New(twiliotest.Config{Token: smsToken, Number: harborSMS, Webhook: m.base + smsPath, Deliver: false})
	t.Cleanup(m.texts.twilio.Close)
	errOut, errIn, err := os.Pipe()
	must(t, err)
	go io.Copy(m.output, errOut)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int, 2)
	start := func(args ...string) {
		go func() { ended <- run(ctx, args, streams{os.Stdin, errIn, errIn}) }()
	}
	t.Cleanup(func() {
		stop()
		for range 2 {
			select {
			case code := <-ended:
				if code != 0 {
					t.Errorf("a process ended with code %d:\n%s", code, m.output)
				}
			case <-time.After(patience):
				t.Error("a process does not stop")
			}
		}
		errIn.Close()
	})
	workerHealth := freeAddress(t)
	start("worker", "--clinic", from, "--clinic-secrets", m.secret, "--health", workerHealth, "--nats-url", at, "--nats-user", "worker", "--nats-password", env["NATS_WORKER_PASSWORD"],
		"--redis-address", redisAddress(t), "--seal-public-key", keys.Public, "--seal-signing-key", keys.Signing, "--session-key", keys.Session)
	start("gateway", "--clinic", from, "--clinic-secrets", m.secret, "--health", freeAddress(t), "--nats-url", at, "--nats-user", "gateway", "--nats-password", env["NATS_GATEWAY_PASSWORD"], "--listen", address,
		"--address-key", keys.Address, "--seal-public-key", keys.Public, "--seal-signing-key", keys.Signing,
		"--whatsapp-token", "common-token", "--whatsapp-app-secret", "common-secret", "--whatsapp-verify-token", "common-verify", "--whatsapp-base-url", graph.URL(),
		"--sms-account-sid", smsAccount, "--sms-auth-token", smsToken, "--sms-public-url", m.base, "--sms-rate", "100", "--sms-base-url", m.texts.twilio.URL())
	waitServing(t, m.base+"/livez")
	waitServing(t, "http://"+workerHealth+"/readyz")
	return m
}

// write stores a profile in the folder as an editor does.
func (m *many) write(t *testing.T, id string, content []byte) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(m.dir, "."+id), content, 0o600))
	must(t, os.Rename(filepath.Join(m.dir, "."+id), filepath.Join(m.dir, id+".yaml")))
}

// waitLog returns once the processes have logged all of it.
func (m *many) waitLog(t *testing.T, times int, parts ...string) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for {
		found := 0
		for line := range strings.Lines(m.output.String()) {
			all := true
			for _, part := range parts {
				all = all && strings.Contains(line, part)
			}
			if all {
				found++
			}
		}
		if found >= times {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%q is not logged %d times:\n%s", parts, times, m.output)
		}
	}
}

func TestEachClinicIsReachedByItsOwnNumberAndBelievesItsOwnSecret(t *testing.T) {
	m := startMany(t, "")
	const ask = "what is the name of your clinic? hello"
	for i, test := range []struct {
		number, secret string
		code           int
	}{
		{harborNumber, "common-secret", http.StatusOK},
		{oakNumber, "oak-secret", http.StatusOK},
		// Neither may speak for the other, nor anybody for one of them.
		{harborNumber, "oak-secret", http.StatusUnauthorized},
		{oakNumber, "common-secret", http.StatusUnauthorized},
		{oakNumber, "", http.StatusUnauthorized},
		// A number that no clinic has is taken in for the operator, signed.
		{"299999999", "common-secret", http.StatusOK},
		{"299999999", "oak-secret", http.StatusOK},
		{"299999999", "other", http.StatusUnauthorized},
	} {
		if code := m.post(t, whatsAppText(test.number, "17135550301", fmt.Sprint("wamid.", i), ask), test.secret); code != test.code {
			t.Errorf("%s signed with %q: %d, want %d", test.number, test.secret, code, test.code)
		}
	}
	m.waitSent(t, 2)
	for _, call := range m.graph.Calls() {
		want := map[string]struct{ token, name string }{harborNumber: {"common-token", "harbor"}, oakNumber: {"oak-token", "oak"}}[call.Account]
		if call.Token != want.token || !strings.Contains(call.Text, "Clinic "+want.name) {
			t.Errorf("%s answers with %s: %s", call.Account, call.Token, call.Text)
		}
	}
	// Two clinics in one notification need the signatures of both.
	both := bytes.Replace(whatsAppText(harborNumber, "17135550302", "wamid.b", ask), []byte(`"changes":[`),
		[]byte(`"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"`+oakNumber+`"}}},`), 1)
	for _, secret := range []string{"common-secret", "oak-secret"} {
		if code := m.post(t, both, secret); code != http.StatusUnauthorized {
			t.Errorf("one clinic speaks for two: %d", code)
		}
	}
	for token, code := range map[string]int{"common-verify": 200, "oak-verify": 200, "other": 403, "": 403} {
		resp, err := http.Get(m.base + "/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=1&hub.verify_token=" + token)
		must(t, err)
		resp.Body.Close()
		if resp.StatusCode != code {
			t.Errorf("verify token %q: %d", token, resp.StatusCode)
		}
	}

	for i, test := range []struct {
		number, token string
		code          int
	}{
		{harborSMS, smsToken, 200}, {oakSMS, "oak-auth", 200}, {harborSMS, "oak-auth", 403}, {oakSMS, smsToken, 403}, {oakSMS, "", 403},
		{"+17135550999", smsToken, 200}, {"+17135550999", "forged", 403},
	} {
		form := twiliotest.Form(fmt.Sprintf("SM%032x", i), "+17135550303", test.number, ask)
		if code, _ := m.texts.deliver(t, form, test.token); code != test.code {
			t.Errorf("%s signed with %q: %d, want %d", test.number, test.token, code, test.code)
		}
	}
	m.texts.waitCalls(t, 2)
	for _, call := range m.texts.twilio.Calls() {
		want := map[string]struct{ account, name string }{harborSMS: {smsAccount, "harbor"}, oakSMS: {oakAccount, "oak"}}[call.From]
		if call.Account != want.account || !strings.Contains(call.Text, "Clinic "+want.name) {
			t.Errorf("%s answers by %s: %s", call.From, call.Account, call.Text)
		}
	}
	// What came for nobody is with the operator, and with no clinic.
	subjects, _ := m.texts.stored(t, bus.StreamTurn)
	strays := 0
	for _, s := range subjects {
		if strings.HasPrefix(s, "recado.esc.unknown.") {
			strays++
		}
		if strings.HasPrefix(s, "recado.esc.") && !strings.HasPrefix(s, "recado.esc.unknown.") {
			t.Errorf("a clinic's staff got what was for nobody: %s", s)
		}
	}
	if strays == 0 {
		t.Error("what came for a number of nobody is lost")
	}
	for path, code := range map[string]int{"/chat?clinic=harbor-web": 200, "/chat?clinic=oak": 200, "/chat?clinic=nobody": 404, "/chat": 404} {
		resp, err := http.Get(m.base + path)
		must(t, err)
		resp.Body.Close()
		if resp.StatusCode != code {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, code)
		}
	}
}

func TestAChangedFolderIsTakenInWhilePatientsWrite(t *testing.T) {
	m := startMany(t, "")
	ask := func(id, number string) {
		t.Helper()
		secret := "common-secret"
		if number == oakNumber {
			secret = "oak-secret"
		}
		if code := m.post(t, whatsAppText(number, "17135550301", id, "hello"), secret); code != http.StatusOK {
			t.Fatalf("%s: %d", id, code)
		}
	}
	ask("wamid.1", harborNumber)
	m.waitSent(t, 1)
	// harbor changes its name, oak makes a mistake, pine is new.
	m.write(t, "harbor", bytes.Replace(profileOf("harbor", `whatsapp: {number_id: "`+harborNumber+`"}`), []byte("name: Clinic harbor"), []byte("name: Harbor House"), 1))
	m.write(t, "oak", []byte("id: oak\n"))
	m.write(t, "pine", profileOf("pine", `whatsapp: {number_id: "200000003"}`))
	m.waitLog(t, 2, "profiles are in use", `"pine"`)
	m.waitLog(t, 2, "the last good one is served on", "oak.yaml:1", "name: is missing")
	for i, number := range []string{harborNumber, oakNumber, "200000003"} {
		ask(fmt.Sprint("wamid.after", i), number)
	}
	m.waitSent(t, 4)
	said := map[string]string{}
	for _, call := range m.graph.Calls() {
		said[call.Account] = call.Text
	}
	for number, name := range map[string]string{harborNumber: "Harbor House", oakNumber: "Clinic oak", "200000003": "Clinic pine"} {
		if !strings.Contains(said[number], name) {
			t.Errorf("%s says %q, want %s", number, said[number], name)
		}
	}
}

func TestProfilesArePushedListedAndRemovedWhileProcessesServeThem(t *testing.T) {
	m := startMany(t, profilesInKV)
	admin := []string{"--nats-url", m.nats, "--nats-user", "admin", "--nats-password", m.env["NATS_ADMIN_PASSWORD"]}
	cli := func(want int, args ...string) string {
		t.Helper()
		out, errOut, code := runWith(t, "", append(append([]string{"clinic"}, args...), admin...)...)
		if code != want {
			t.Errorf("%v: code %d: %s %s", args, code, out, errOut)
		}
		return out + errOut
	}
	if code := m.post(t, whatsAppText(oakNumber, "17135550301", "wamid.1", "hello"), "oak-secret"); code != http.StatusOK {
		t.Fatal(code)
	}
	m.waitSent(t, 1)
	says(t, cli(0, "list"), "harbor", harborNumber, harborSMS, "harbor-web", "oak", oakNumber)

	bad := filepath.Join(t.TempDir(), "bad.yaml")
	must(t, os.WriteFile(bad, []byte("id: oak\n"), 0o600))
	says(t, cli(1, "push", bad), "bad.yaml:1: name: is missing", "nothing is pushed")
	taken := filepath.Join(t.TempDir(), "taken.yaml")
	must(t, os.WriteFile(taken, profileOf("pine", `sms: {number: "`+oakSMS+`"}`), 0o600))
	says(t, cli(1, "push", taken), "the SMS number", "is that of", "nothing is pushed")
	says(t, cli(1, "rm", "nobody"), "recado clinic list")

	good := filepath.Join(t.TempDir(), "pine.yaml")
	must(t, os.WriteFile(good, profileOf("pine", `whatsapp: {number_id: "200000003"}`), 0o600))
	says(t, cli(0, "push", good), "pushed pine: Clinic pine")
	m.waitLog(t, 2, "profiles are in use", `"pine"`)
	if code := m.post(t, whatsAppText("200000003", "17135550301", "wamid.2", "hello"), "common-secret"); code != http.StatusOK {
		t.Fatal(code)
	}
	m.waitSent(t, 2)
	says(t, cli(0, "rm", "pine"), "goes to staff")
	m.waitLog(t, 2, "is gone", `"pine"`)
	if out := cli(0, "list"); strings.Contains(out, "pine") {
		t.Errorf("it is listed still: %s", out)
	}
}

// What staff of a clinic with a key of its own may read, nobody else's key
// opens.
func TestAClinicWithItsOwnKeyIsSealedForItAlone(t *testing.T) {
	m := startMany(t, "")
	if code := m.post(t, whatsAppText(oakNumber, "17135550301", "wamid.1", "my ear has been hurting since yesterday"), "oak-secret"); code != http.StatusOK {
		t.Fatal(code)
	}
	if plain := m.escalation(t, "oak", m.oak); !strings.Contains(plain, "my ear") {
		t.Error("the clinic's own key does not open it")
	}
}

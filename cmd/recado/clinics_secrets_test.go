package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"recado/agent/bus"
	"recado/agent/channel/sms/twiliotest"
	"recado/agent/vault"
)

// enter replaces the file of secrets, as whoever runs the deployment does.
func (m *many) enter(t *testing.T, content string) {
	t.Helper()
	must(t, os.WriteFile(m.secret+".new", []byte(content), 0o600))
	must(t, os.Rename(m.secret+".new", m.secret))
}

// whatsApp posts a greeting, and returns what the webhook answers.
func (m *many) whatsApp(t *testing.T, number, id, secret string) int {
	t.Helper()
	return m.post(t, whatsAppText(number, "17135550301", id, "hello"), secret)
}

func TestSecretsAreReplacedAndComeWithNewClinicsWhileProcessesRun(t *testing.T) {
	m := startMany(t, "")
	if code := m.whatsApp(t, oakNumber, "wamid.1", "oak-secret"); code != http.StatusOK {
		t.Fatal(code)
	}
	m.waitSent(t, 1)

	// oak's secrets are being replaced, and pine is new.
	private, err := vault.NewPrivateKey()
	must(t, err)
	pine := fmt.Sprintf("pine:\n  whatsapp: {token: pine-token, app_secret: pine-secret, verify_token: pine-verify}\n  seal_public_key: %s\n", private.Public())
	oak := func(appSecret, authToken string) string {
		return fmt.Sprintf("oak:\n  whatsapp: {token: oak-token-2, app_secret: %s, verify_token: oak-verify}\n  sms: {account_sid: %s, auth_token: %s}\n", appSecret, oakAccount, authToken)
	}
	m.enter(t, oak("[oak-secret-2, oak-secret]", "[oak-auth-2, oak-auth]")+pine)
	m.write(t, "pine", profileOf("pine", `whatsapp: {number_id: "200000003"}`))
	m.waitLog(t, 2, "secrets are in use", `"oak"`, `"pine"`)
	m.waitLog(t, 2, "profiles are in use", `"pine"`)
	for i, secret := range []string{"oak-secret", "oak-secret-2"} {
		if code := m.whatsApp(t, oakNumber, fmt.Sprint("wamid.both", i), secret); code != http.StatusOK {
			t.Errorf("oak signs with %s: %d", secret, code)
		}
		m.waitSent(t, 2+i)
	}
	for i, token := range []string{"oak-auth", "oak-auth-2"} {
		form := twiliotest.Form(fmt.Sprintf("SM%032x", i), "+17135550303", oakSMS, "hello")
		if code, _ := m.texts.deliver(t, form, token); code != http.StatusOK {
			t.Errorf("oak's texts are signed with %s: %d", token, code)
		}
	}
	for secret, code := range map[string]int{"common-secret": http.StatusUnauthorized, "pine-secret": http.StatusOK} {
		if got := m.post(t, whatsAppText("200000003", "17135550301", "wamid.pine", "my ear has been hurting since yesterday"), secret); got != code {
			t.Errorf("pine signs with %s: %d, want %d", secret, got, code)
		}
	}
	resp, err := http.Get(m.base + "/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=1&hub.verify_token=pine-verify")
	must(t, err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("pine's webhook is not verified: %d", resp.StatusCode)
	}
	m.waitSent(t, 4)
	for _, call := range m.graph.Calls()[1:] {
		if want := map[string]string{oakNumber: "oak-token-2", "200000003": "pine-token"}[call.Account]; call.Token != want {
			t.Errorf("%s answers with %s, want %s", call.Account, call.Token, want)
		}
	}
	m.texts.waitCalls(t, 1)
	for _, call := range m.texts.twilio.Calls() {
		if call.Token != "oak-auth-2" {
			t.Errorf("a text goes with %s", call.Token)
		}
	}
	opener, err := vault.NewOpener([]vault.PrivateKey{private}, m.signers)
	must(t, err)
	if plain := m.escalation(t, "pine", opener); !strings.Contains(plain, "my ear") {
		t.Error("pine's own key does not open what came for its staff")
	}

	// A mistake anywhere in the file changes nothing, and is not quoted.
	m.enter(t, oak(`"hush hush"`, "hush")+pine)
	m.waitLog(t, 2, "secrets are refused", "secrets.yaml:2", "oak.whatsapp.app_secret", "holds a space")
	m.enter(t, oak("oak-secret-2", "oak-auth-2")+"pine:\n  seal_public_key: hush\n")
	m.waitLog(t, 2, "secrets are refused", "pine: seal_public_key")
	if strings.Contains(m.output.String(), "hush") {
		t.Error("a log quotes the file")
	}
	if code := m.whatsApp(t, oakNumber, "wamid.kept", "oak-secret"); code != http.StatusOK {
		t.Errorf("after a mistake the old secret is not believed: %d", code)
	}

	m.enter(t, oak("oak-secret-2", "oak-auth-2")+pine)
	m.waitLog(t, 2, "secrets are in use", `["oak"]`)
	for secret, code := range map[string]int{"oak-secret": http.StatusUnauthorized, "oak-secret-2": http.StatusOK} {
		if got := m.whatsApp(t, oakNumber, "wamid.end", secret); got != code {
			t.Errorf("at the end %s gets %d, want %d", secret, got, code)
		}
	}
}

// escalation opens what there is for a clinic's staff; "" if it does not open.
func (m *many) escalation(t *testing.T, clinic string, opener *vault.Opener) string {
	t.Helper()
	m.texts.waitEscalations(t, 1)
	subjects, data := m.texts.stored(t, bus.StreamTurn)
	for i, s := range subjects {
		if strings.HasPrefix(s, "recado.esc."+clinic+".") {
			var e bus.Escalation
			must(t, json.NewDecoder(bytes.NewReader(data[i])).Decode(&e)) // its headers follow
			if plain, err := opener.Open(e.Clinic, e.ID, e.Envelope); err == nil {
				return string(plain)
			}
		}
	}
	return ""
}

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"

	"recado/agent/channel/sms/twiliotest"
	"recado/agent/clinic/library"
	"recado/agent/clinic/secrets"
	"recado/agent/vault"
)

// withSecrets are clinics with a file of secrets.
func withSecrets(t *testing.T, content string, documents ...library.Document) *servedClinics {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secrets.yaml")
	must(t, os.WriteFile(path, []byte(content), 0o600))
	clinics, _ := served(t, documents...)
	must(t, clinics.readSecrets(path))
	return clinics
}

func book(t *testing.T, content string) secrets.Book {
	t.Helper()
	b, err := secrets.Parse("secrets.yaml", []byte(content))
	must(t, err)
	return b
}

const harborTwilio = "harbor:\n  sms: {account_sid: " + oakAccount + ", auth_token: hush}\n"

// The deployment may have no account of its own on any channel.
func TestAGatewayServesAChannelOnceTheSecretsOfAClinicNameIt(t *testing.T) {
	_, nc := startProvisioned(t)
	clinics := withSecrets(t, "# none yet\n", library.Document{Name: "harbor.yaml", Raw: profileOf("harbor", `whatsapp: {number_id: "`+harborNumber+`"}`, `sms: {number: "`+harborSMS+`"}`)})
	gate := httptest.NewUnstartedServer(nil)
	base := "http://" + gate.Listener.Addr().String()
	g, err := newGateway(t.Context(), gatewayConfig{
		nc: nc, clinics: clinics, addressKey: vault.NewBoxKey(), sms: smsFlags{SMSPublicURL: base, SMSRate: 1}, log: zap.NewNop(),
	})
	must(t, err)
	gate.Config.Handler = g.handler
	gate.Start()
	t.Cleanup(func() {
		for _, end := range g.close {
			end()
		}
		gate.Close()
	})

	r, texts := &running{base: base}, &texting{base: base}
	form := twiliotest.Form(fmt.Sprintf("SM%032x", 1), "+17135550303", harborSMS, "hello")
	tries := func(whatsApp, verify, text int) {
		t.Helper()
		if code := r.post(t, whatsAppText(harborNumber, "17135550301", "wamid.1", "hello"), "hush"); code != whatsApp {
			t.Errorf("a message on WhatsApp gets %d, want %d", code, whatsApp)
		}
		if code, _ := get(t, base+"/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=1&hub.verify_token=ver"); code != verify {
			t.Errorf("a verification gets %d, want %d", code, verify)
		}
		if code, _ := texts.deliver(t, form, "hush"); code != text {
			t.Errorf("a text gets %d, want %d", code, text)
		}
	}
	tries(http.StatusUnauthorized, http.StatusForbidden, http.StatusForbidden)
	must(t, clinics.takeSecrets(book(t, harborTwilio+"  whatsapp: {token: tok, app_secret: hush, verify_token: ver}\n")))
	tries(http.StatusOK, http.StatusOK, http.StatusOK)
}

func TestTwilioAccountsOfClinicsNeedThePublicAddressAlone(t *testing.T) {
	harbor := library.Document{Name: "harbor.yaml", Raw: profileOf("harbor", `sms: {number: "`+harborSMS+`"}`)}
	for name, test := range map[string]struct {
		flags smsFlags
		want  string // "" for no error
	}{
		"the address": {smsFlags{SMSPublicURL: "https://sms.example", SMSRate: 1}, ""},
		"nothing":     {smsFlags{SMSRate: 1}, "harbor has a Twilio account of its own, which needs --sms-public-url"},
		"no address":  {smsFlags{SMSPublicURL: "sms.example", SMSRate: 1}, "--sms-public-url is not an address"},
	} {
		_, err := newAccounts(withSecrets(t, harborTwilio, harbor), whatsAppFlags{}, test.flags, nil)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNumbersWithoutASecretAreToldOfOnceAndAgainWhenTheyLoseIt(t *testing.T) {
	clinics, logs := served(t, library.Document{Name: "harbor.yaml", Raw: profileOf("harbor", `whatsapp: {number_id: "`+harborNumber+`"}`)})
	a, err := newAccounts(clinics, whatsAppFlags{}, smsFlags{}, nil)
	must(t, err)
	own := book(t, "harbor:\n  whatsapp: {token: tok, app_secret: hush, verify_token: ver}\n")
	for i, step := range []struct {
		book secrets.Book
		told int
	}{{nil, 1}, {nil, 1}, {own, 1}, {nil, 2}} {
		must(t, clinics.takeSecrets(step.book))
		a.warn(clinics.Now())
		if got := logs.FilterMessageSnippet("is not served").Len(); got != step.told {
			t.Errorf("step %d: told %d times, want %d", i, got, step.told)
		}
	}
}

func TestAConsoleTakesKeysInWhileItRunsAndKeepsThemWhereOneIsBad(t *testing.T) {
	common, err := newDevKeys()
	must(t, err)
	private, err := vault.NewPrivateKey()
	must(t, err)
	opening, err := private.Text()
	must(t, err)
	clinics, _ := served(t, library.Document{Name: "oak.yaml", Raw: profileOf("oak")})
	clinics.private = true
	keys, err := openClinicsKeys([]string{common.Private}, []string{onePublic(t, common)}, clinics.book())
	must(t, err)
	clinics.useSecrets = keys.take
	sealer, err := sealerOf(private.Public().String(), common.Signing)
	must(t, err)
	sealed, err := sealer.Seal("oak", "t1", []byte("for oak"))
	must(t, err)
	opens := func(want bool) {
		t.Helper()
		if _, err := keys.Opener("oak").Open("oak", "t1", sealed); (err == nil) != want {
			t.Errorf("opens %t, want %t: %v", err == nil, want, err)
		}
	}
	opens(false)
	must(t, clinics.takeSecrets(book(t, "oak:\n  seal_private_key: "+opening+"\n")))
	opens(true)
	if err := clinics.takeSecrets(book(t, "oak:\n  seal_private_key: hush\n")); err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("error %v", err)
	}
	opens(true)
	must(t, clinics.takeSecrets(nil))
	opens(false)
}

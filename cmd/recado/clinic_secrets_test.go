package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"recado/agent/clinic/secrets"
	"recado/agent/vault"
)

func TestAFileOfClinicsSecretsIsCheckedWithoutPrintingThem(t *testing.T) {
	out, _, code := runWith(t, "", "clinic", "secrets", "sample")
	if code != 0 || !strings.Contains(out, "chmod 600") {
		t.Errorf("sample: %d %s", code, out)
	}
	private, err := vault.NewPrivateKey()
	must(t, err)
	opening, err := private.Text()
	must(t, err)
	path := filepath.Join(t.TempDir(), "secrets.yaml")
	must(t, os.WriteFile(path, []byte("oak:\n  whatsapp: {token: hush, app_secret: hush}\n  seal_private_key: "+opening+"\n"), 0o600))
	out, errOut, code := runWith(t, "", "clinic", "secrets", "check", path)
	if code != 0 {
		t.Errorf("code %d: %s", code, errOut)
	}
	says(t, out, "oak has its own WhatsApp token and app secret, private keys", "consoles alone")

	for name, test := range map[string]struct {
		content string
		mode    os.FileMode
		want    string
	}{
		"a key that is none":     {"oak:\n  seal_public_key: hush\n", 0o600, "oak: seal_public_key"},
		"a mistake":              {"oak:\n  tokne: hush\n", 0o600, "secrets.yaml:2"},
		"readable for all":       {"oak: {}\n", 0o644, "chmod 600"},
		"not there as it should": {"", 0, "no such file"},
	} {
		_ = os.Remove(path)
		if test.mode != 0 {
			must(t, os.WriteFile(path, []byte(test.content), test.mode))
			must(t, os.Chmod(path, test.mode))
		}
		out, errOut, code := runWith(t, "", "clinic", "secrets", "check", path)
		if all := out + errOut; code != 1 || !strings.Contains(all, test.want) || strings.Contains(all, "hush") {
			t.Errorf("%s: code %d: %s", name, code, all)
		}
	}
}

// A worker that could open what it sealed would be one that reads patients'
// words back.
func TestNoWorkerTakesAFileWithAPrivateKey(t *testing.T) {
	keys, err := newDevKeys()
	must(t, err)
	path := filepath.Join(t.TempDir(), "secrets.yaml")
	must(t, os.WriteFile(path, []byte("oak:\n  seal_private_key: "+keys.Private+"\n"), 0o600))
	for _, command := range [][]string{
		{"worker", "--session-key", keys.Session}, {"gateway", "--address-key", keys.Address},
	} {
		_, errOut, code := runWith(t, "", append(command, "--clinic", sampleProfile(t), "--clinic-secrets", path, "--seal-public-key", keys.Public, "--seal-signing-key", keys.Signing)...)
		if code != 2 || !strings.Contains(errOut, "private key") || strings.Contains(errOut, keys.Private) {
			t.Errorf("%s: code %d: %s", command[0], code, errOut)
		}
	}
}

func TestAConsoleOpensEachClinicsRecordsWithItsOwnKey(t *testing.T) {
	common, err := newDevKeys()
	must(t, err)
	private, err := vault.NewPrivateKey()
	must(t, err)
	opening, err := private.Text()
	must(t, err)
	keys, err := openClinicsKeys([]string{common.Private}, []string{onePublic(t, common)}, secrets.Book{"oak": {SealPrivateKeys: []string{opening}}})
	must(t, err)
	sealed := map[string]*vault.Envelope{}
	for clinic, public := range map[string]string{"harbor": common.Public, "oak": private.Public().String()} {
		sealer, err := sealerOf(public, common.Signing)
		must(t, err)
		e, err := sealer.Seal(clinic, "t1", []byte("for "+clinic))
		must(t, err)
		sealed[clinic] = &e
	}
	for clinic, e := range sealed {
		plain, err := keys.Opener(clinic).Open(clinic, "t1", *e)
		if err != nil || string(plain) != "for "+clinic {
			t.Errorf("%s: %q, %v", clinic, plain, err)
		}
		for other := range sealed {
			if other != clinic {
				if _, err := keys.Opener(other).Open(clinic, "t1", *e); err == nil {
					t.Errorf("%s's key opens what is for %s", other, clinic)
				}
			}
		}
		// What staff write is sealed so that they can read it.
		note, err := keys.Sealer(clinic).Seal(clinic, "n1", []byte("note"))
		must(t, err)
		if plain, err := keys.Opener(clinic).Open(clinic, "n1", note); err != nil || string(plain) != "note" {
			t.Errorf("%s: a note: %q, %v", clinic, plain, err)
		}
	}
}

func TestTheDoctorLooksAtEveryClinicOfAFolder(t *testing.T) {
	clean(t)
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "harbor.yaml"), profileOf("harbor", `whatsapp: {number_id: "`+harborNumber+`"}`), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "oak.yaml"), profileOf("oak", `sms: {number: "`+oakSMS+`"}`), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "pine.yaml"), profileOf("pine", `sms: {number: "`+oakSMS+`"}`), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "elm.yaml"), []byte("id: elm\n"), 0o600))
	out, _, code := runWith(t, "", "doctor", "--clinic", dir, "--whatsapp-token", "t", "--whatsapp-app-secret", "s", "--whatsapp-verify-token", "v")
	if code != 2 {
		t.Errorf("code %d", code)
	}
	says(t, out, "2 clinics", "pine.yaml: the SMS number", "elm.yaml is refused", "oak: channels", "an SMS number")
	if strings.Contains(out, "harbor: channels") {
		t.Errorf("harbor's number is served:\n%s", out)
	}
}

package secrets_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"recado/agent/clinic/secrets"
)

const full = `harbor:
  whatsapp: {token: tok-1, app_secret: [new-1, old-1], verify_token: ver-1}
  sms:
    account_sid: AC00000000000000000000000000000001
    auth_token: auth-1
  seal_public_key: pub-1
oak:
  seal_private_key: priv-2
  seal_verify_key: [ver-2a, ver-2b]
`

func TestAFileOfSecretsIsReadByClinic(t *testing.T) {
	got, err := secrets.Parse("secrets.yaml", []byte(full))
	if err != nil {
		t.Fatal(err)
	}
	want := secrets.Book{
		"harbor": {
			WhatsApp:      secrets.WhatsApp{Token: "tok-1", AppSecrets: []string{"new-1", "old-1"}, VerifyToken: "ver-1"},
			SMS:           secrets.SMS{AccountSID: "AC00000000000000000000000000000001", AuthTokens: []string{"auth-1"}},
			SealPublicKey: "pub-1",
		},
		"oak": {SealPrivateKeys: []string{"priv-2"}, SealVerifyKeys: []string{"ver-2a", "ver-2b"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if !got.Private() || (secrets.Book{"harbor": got["harbor"]}).Private() {
		t.Error("it is not known which file holds a private key")
	}
}

func TestTheSampleIsAFileWithoutSecrets(t *testing.T) {
	if got, err := secrets.Parse("sample.yaml", secrets.Sample()); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestEveryMistakeIsToldWithItsLineAndWithoutItsValue(t *testing.T) {
	const hush = "hush"
	for name, test := range map[string]struct{ text, want string }{
		"no clinic id":        {"Harbor House:\n  seal_public_key: hush\n", "s.yaml:1: Harbor House: is no clinic id"},
		"unknown field":       {"harbor:\n  seal_public_key: x\n  hush: x\n", "s.yaml:3: harbor: unknown field; there are seal_private_key"},
		"empty":               {"harbor:\n  seal_public_key:\n", "s.yaml:2: harbor.seal_public_key: is empty"},
		"empty list":          {"harbor:\n  whatsapp:\n    app_secret: []\n", "harbor.whatsapp.app_secret: is empty"},
		"a space":             {"harbor:\n  seal_public_key: hush hush\n", "holds a space"},
		"half an account":     {"harbor:\n  sms:\n    auth_token: hush\n", "harbor.sms: needs account_sid and auth_token"},
		"no account":          {"harbor:\n  sms: {account_sid: hush, auth_token: hush}\n", "harbor.sms.account_sid: is none"},
		"a list for a single": {"harbor:\n  seal_public_key: [hush]\n", "must be a single value"},
		"twice":               {"harbor:\n  seal_public_key: hush\n  seal_public_key: hush\n", "twice"},
		"no YAML":             {"harbor: [hush\n", "not readable as YAML"},
		"no mapping":          {"- hush\n", "must hold fields"},
	} {
		_, err := secrets.Parse("s.yaml", []byte(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), hush) {
			t.Errorf("%s: the error quotes the file: %v", name, err)
		}
	}
}

func TestAFileThatOthersCanReadIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secrets.yaml")
	for mode, good := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o640: false, 0o604: false, 0o660: false} {
		_ = os.Remove(path)
		if err := os.WriteFile(path, []byte(full), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := secrets.Load(path); (err == nil) != good || !good && !errors.Is(err, secrets.ErrOpen) {
			t.Errorf("mode %04o: %v", mode, err)
		}
	}
}

package whatsapp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"recado/agent"
)

func signWith(secret string, data []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(data)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// about is a notification with one message for each account.
func about(accounts ...string) []byte {
	var changes []string
	for i, account := range accounts {
		changes = append(changes, fmt.Sprintf(`{"field":"messages","value":{"metadata":{"phone_number_id":%q},
			"messages":[{"from":"17135550001","id":"wamid.%d","timestamp":"1700000000","type":"text","text":{"body":"hi"}}]}}`, account, i))
	}
	return []byte(`{"object":"whatsapp_business_account","entry":[{"changes":[` + strings.Join(changes, ",") + `]}]}`)
}

func TestEveryAccountThatANotificationNamesHasToHaveSignedIt(t *testing.T) {
	secrets := map[string][]string{"1": {"one", "old one"}, "2": {"two"}, "3": {"one"}, "5": {""}}
	for _, test := range []struct {
		accounts []string
		secret   string
		good     bool
	}{
		{[]string{"1"}, "one", true}, {[]string{"1"}, "old one", true}, {[]string{"1"}, "two", false}, {[]string{"2"}, "one", false},
		{[]string{"1", "3"}, "one", true}, {[]string{"1", "2"}, "one", false}, {[]string{"1", "2"}, "two", false}, {[]string{"2", "1"}, "two", false},
		{[]string{"4"}, "any", true}, {[]string{"4"}, "forged", false}, {[]string{"1", "4"}, "any", false},
		{nil, "any", true}, {nil, "forged", false}, {[]string{"5"}, "", false},
	} {
		d := newDesk(t)
		d.handler.(*handler).cfg.SecretsOf = func(account string) []string {
			if own, ok := secrets[account]; ok {
				return own
			}
			return []string{"any"}
		}
		data := about(test.accounts...)
		want := http.StatusUnauthorized
		if test.good {
			want = http.StatusOK
		}
		if code := d.post(data, signWith(test.secret, data)); code != want {
			t.Errorf("%v signed with %q: %d, want %d", test.accounts, test.secret, code, want)
		}
		if !test.good && len(d.events)+len(d.statuses) > 0 {
			t.Errorf("%v signed with %q: something was taken in", test.accounts, test.secret)
		}
	}
}

// What is read before the signature is known is not to be trusted: nothing of
// it may do harm.
func TestWhatIsNoNotificationNamesNoAccount(t *testing.T) {
	for _, text := range []string{"", "null", "[]", "{", `{"entry":7}`, `{"entry":[{"changes":[{"value":7}]}]}`, `{"entry":[{"changes":[{"value":{"metadata":{"phone_number_id":{}}}}]}]}`} {
		if got := accountsIn([]byte(text)); len(got) != 0 {
			t.Errorf("%s names %q", text, got)
		}
	}
	if got := fmt.Sprint(accountsIn(about("1", "2", "1"))); got != "[1 2]" {
		t.Errorf("accounts are %s", got)
	}
}

// A clinic may get its number while a long notification is being stored. What
// was signed for an account that nobody had must not reach the clinic then.
func TestAnAccountThatGetsAClinicMeanwhileIsSignedByItsOwn(t *testing.T) {
	d := newDesk(t)
	joined := false
	d.fail = func(agent.Event) error { joined = true; return nil } // after the first message
	h := d.handler.(*handler)
	h.cfg.Accounts = accountsFunc(func(account string) (string, bool) {
		return "clinic-" + account, account == "1" || account == "2" && joined
	})
	h.cfg.SecretsOf = func(account string) []string {
		if account == "2" && joined {
			return []string{"two"}
		}
		return []string{"one"}
	}
	data := about("1", "2")
	if code := d.post(data, signWith("one", data)); code != http.StatusServiceUnavailable {
		t.Errorf("answered %d: it has to come again, to be refused", code)
	}
	for _, e := range d.events {
		if e.Clinic != "clinic-1" {
			t.Errorf("clinic 2 got a message that its app did not sign")
		}
	}
	if code := d.post(data, signWith("one", data)); code != http.StatusUnauthorized {
		t.Errorf("when it comes again it is answered %d", code)
	}
}

type accountsFunc func(string) (string, bool)

func (f accountsFunc) Clinic(account string) (string, bool) { return f(account) }

package sms_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"recado/agent/channel"
	"recado/agent/channel/sms"
	"recado/agent/channel/sms/twiliotest"
)

// The number of the clinic's own side says whose token signs: To of a message,
// From of a status.
func TestARequestIsSignedWithTheTokenOfTheNumberThatItNames(t *testing.T) {
	tokens := map[string][]string{"17135550201": {"new", "old"}, "17135550202": {"two"}, "17135550204": {""}}
	status := func(from string) url.Values {
		return url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"delivered"}, "From": {from}, "To": {patient}}
	}
	message := func(to string) url.Values { return twiliotest.Form("SM1", patient, to, "hello") }
	for _, test := range []struct {
		path, token string
		form        url.Values
		good        bool
	}{
		{"", "new", message("+17135550201"), true}, {"", "old", message("+17135550201"), true}, {"", "two", message("+17135550201"), false},
		{"", "two", message("+17135550202"), true}, {"", "new", message("+17135550202"), false},
		{"", "any", message("+17135550203"), true}, {"", "two", message("+17135550203"), false},
		{"", "any", message("no number"), true}, {"", "", message("+17135550204"), false},
		{"/status", "two", status("+17135550202"), true}, {"/status", "new", status("+17135550202"), false},
		// A patient's number is not the clinic's.
		{"", "two", twiliotest.Form("SM1", "+17135550202", "+17135550201", "hello"), false},
	} {
		d := newDesk(t, func(cfg *sms.WebhookConfig) {
			cfg.AuthTokens, cfg.Accounts = nil, channel.AccountMap{"17135550201": "one", "17135550202": "two"}
			cfg.TokensOf = func(number string) []string {
				if own, ok := tokens[number]; ok {
					return own
				}
				return []string{"any"}
			}
		})
		r := httptest.NewRequest(http.MethodPost, public+test.path, strings.NewReader(test.form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Twilio-Signature", sms.Sign(test.token, public+test.path, test.form))
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, r)
		want := http.StatusForbidden
		if test.good {
			want = http.StatusOK
		}
		if w.Code != want {
			t.Errorf("%s %v signed with %q: %d, want %d", test.path, test.form, test.token, w.Code, want)
		}
		if !test.good && len(d.events)+len(d.statuses)+len(d.strays) > 0 {
			t.Errorf("%v signed with %q: something was taken in", test.form, test.token)
		}
	}
}

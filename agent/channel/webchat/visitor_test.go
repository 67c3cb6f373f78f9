package webchat

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// sayAs posts a message with a cookie and returns the answer's status.
func (r *room) sayAs(t *testing.T, cookie *http.Cookie, n int) int {
	t.Helper()
	req := httptest.NewRequest(http.MethodPost, "/chat/messages", strings.NewReader(fmt.Sprintf(`{"id":%q,"text":"hi"}`, uuid(n))))
	req.Header.Set("Content-Type", "application/json")
	req.AddCookie(cookie)
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, req)
	if set := w.Result().Cookies(); len(set) != 0 {
		t.Errorf("a message's answer sets cookies %v: a lost one would make the retry another visitor's", set)
	}
	return w.Code
}

func TestNewVisitorsCannotEvadeTheLimit(t *testing.T) {
	r := newRoom(t, func(c *Config) { c.NewBurst, c.NewRate = 2, 1e-6 })
	codes := map[int]int{}
	for i := range 5 {
		codes[r.start(t, http.DefaultClient).StatusCode]++
		raw := make([]byte, 32)
		rand.Read(raw)
		invented := &http.Cookie{Name: cookieName, Value: base64.RawURLEncoding.EncodeToString(raw)}
		if code := r.sayAs(t, invented, i); code != http.StatusForbidden {
			t.Errorf("a message with an invented cookie is answered %d", code)
		}
	}
	if codes[204] != 2 || codes[429] != 3 {
		t.Errorf("answers are %v", codes)
	}
}

func TestAMessageNeedsACookieThatIsThereBefore(t *testing.T) {
	r := newRoom(t)
	resp, data := r.post(t, http.DefaultClient, `{"id":"`+uuid(1)+`","text":"hi"}`)
	if resp.StatusCode != http.StatusForbidden || !strings.Contains(string(data), "error_start") || len(resp.Cookies()) != 0 {
		t.Errorf("answered %d %s with cookies %v", resp.StatusCode, data, resp.Cookies())
	}
}

func TestOnlyTokensOfThisClinicAreKnown(t *testing.T) {
	mint := func(clinic, key string) tokens { return newTokens([]byte(key), clinic) }
	ours := mint("harbor", string(testKey))
	token := ours.mint()
	if !ours.valid(token) || !mint("harbor", string(testKey)).valid(token) {
		t.Fatal("another gateway does not know the token")
	}
	if token == ours.mint() {
		t.Error("two visitors have one token")
	}
	flip := func(at int) string {
		other := "A"
		if token[at] == 'A' {
			other = "E"
		}
		return token[:at] + other + token[at+1:]
	}
	for name, bad := range map[string]string{
		"empty": "", "short": token[:42], "long": token + "A", "random part": flip(3), "MAC": flip(30),
		"last character": flip(42), "other clinic": mint("north", string(testKey)).mint(),
		"other key": mint("harbor", "fedcba9876543210fedcba9876543210").mint(), "line break": token[:20] + "\n" + token[20:],
	} {
		if ours.valid(bad) {
			t.Errorf("%s: %q is known", name, bad)
		}
	}
}

func TestARetryOfAnAnsweredMessageStillShowsTheReply(t *testing.T) {
	r := newRoom(t)
	c := r.browser(t)
	r.say(t, c, 1, "hola") // the answer is lost on its way
	e, _ := r.lastEvent(t)
	r.reply(t, e.Of(), "t1", "uno")
	again := r.say(t, c, 1, "hola")
	if got, _ := r.listen(t, c, again.After, "").next(); got.ID != "t1" {
		t.Errorf("the page sees %s first", got.ID)
	}
}

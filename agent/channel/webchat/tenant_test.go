package webchat

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
)

func (r *room) ask(method, path string, cookies ...*http.Cookie) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, path, nil)
	for _, c := range cookies {
		req.AddCookie(c)
	}
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, req)
	return w
}

// A clinic that is gone is gone for addresses that name none as well: nobody
// would answer what is written there.
func TestTheOnlyClinicIsGoneWithItsProfile(t *testing.T) {
	var gone atomic.Bool
	var key atomic.Value
	key.Store("harbor-web")
	r := front(t, func(c *Config) {
		c.Clinic.Key = "harbor-web"
		c.Clinics = func(asked string) (Clinic, bool) {
			found := asked == "harbor" || asked == key.Load()
			return Clinic{ID: "harbor", Name: "Harbor of today", Key: key.Load().(string)}, found && !gone.Load()
		}
	})
	if w := r.get("/chat"); !strings.Contains(w.Body.String(), "Harbor of today") {
		t.Error("the page does not show the profile of now")
	}
	key.Store("another-web")
	if w := r.get("/chat"); !strings.Contains(w.Body.String(), "Harbor of today") {
		t.Errorf("with another key the page is of the profile of before: %d", w.Code)
	}
	gone.Store(true)
	for _, path := range []string{"/chat", "/chat/plain", "/widget", "/chat?clinic=harbor-web"} {
		w := r.get(path)
		for _, words := range []string{"call your clinic", "Call 911", "llame a su clínica", "Llame al 911"} {
			if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), words) {
				t.Errorf("GET %s does not say %q: %d %.200s", path, words, w.Code, w.Body)
			}
		}
	}
	if w := r.ask(http.MethodPost, "/chat/start"); w.Code != http.StatusNotFound || len(w.Result().Cookies()) > 0 {
		t.Errorf("a new visitor is answered %d", w.Code)
	}
}

func TestAFloodOfVisitorsAtOneClinicKeepsNobodyFromAnother(t *testing.T) {
	r := front(t, func(c *Config) { c.NewBurst, c.NewRate = 2, 1e-9 })
	codes := map[int]int{}
	for range 5 {
		codes[r.ask(http.MethodPost, "/chat/start?clinic=north").Code]++
	}
	if codes[http.StatusNoContent] != 2 || codes[http.StatusTooManyRequests] != 3 {
		t.Errorf("the flood is answered %v", codes)
	}
	if w := r.ask(http.MethodPost, "/chat/start?clinic=harbor-web"); w.Code != http.StatusNoContent {
		t.Errorf("a visitor of another clinic is answered %d", w.Code)
	}
}

type downJetStream struct{ noJetStream }

func (downJetStream) Stream(context.Context, string) (jetstream.Stream, error) {
	return nil, errors.New("down")
}

// Each begin of a stream costs the NATS server a consumer.
func TestAPageThatComesBackAllTheTimeHasToWait(t *testing.T) {
	r := front(t, func(c *Config) { c.JetStream, c.Burst, c.Rate = downJetStream{}, 2, 1e-9 })
	cookie := r.ask(http.MethodPost, "/chat/start").Result().Cookies()[0]
	codes := map[int]int{}
	for range maxVisitorStreams + 4 {
		w := r.ask(http.MethodGet, "/chat/events", cookie)
		codes[w.Code]++
		if w.Header().Get("Retry-After") == "" {
			t.Error("nothing says when to come back")
		}
	}
	if codes[http.StatusTooManyRequests] == 0 || codes[http.StatusTooManyRequests] > 4 {
		t.Errorf("answers are %v", codes)
	}
}

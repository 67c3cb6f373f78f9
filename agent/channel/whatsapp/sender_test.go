package whatsapp

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"recado/agent/channel"
	"recado/agent/channel/whatsapp/graphtest"
)

func newSender(t testing.TB, g *graphtest.Server) *Sender {
	t.Helper()
	s, err := NewSender(SenderConfig{Token: "secret-token", BaseURL: g.URL(), Timeout: 3 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var to = channel.Address{Account: testAccount, Phone: "16505551234", User: "US.1349"}

func TestSendNamesThePatientByPhoneAndElseByUserID(t *testing.T) {
	g := graphtest.New()
	defer g.Close()
	s := newSender(t, g)
	id, err := s.Send(t.Context(), channel.Message{ID: "t01", To: to, Text: "Mañana <abrimos> a las 8 👍"})
	if err != nil || id == "" {
		t.Fatal(id, err)
	}
	if _, err := s.Send(t.Context(), channel.Message{ID: "t02", To: channel.Address{Account: testAccount, User: "US.1349"}, Text: "x"}); err != nil {
		t.Fatal(err)
	}
	calls := g.Sent()
	if c := calls[0]; c.To != "16505551234" || c.User != "" || c.Text != "Mañana <abrimos> a las 8 👍" ||
		c.Callback != "t01" || c.Account != testAccount || c.Token != "secret-token" || c.ID != id {
		t.Errorf("first call is %+v", c)
	}
	if c := calls[1]; c.To != "" || c.User != "US.1349" {
		t.Errorf("second call is to %q, %q", c.To, c.User)
	}
}

func TestEveryErrorCodeHasItsAdvice(t *testing.T) {
	g := graphtest.New()
	defer g.Close()
	s := newSender(t, g)
	for advice, codes := range map[channel.Advice][]int{
		channel.Retry:   {1, 2, 4, 80007, 130429, 131000, 131016, 131048, 131056},
		channel.Window:  {131047},
		channel.Stopped: {131050},
		channel.GiveUp:  {100, 131008, 131009, 131021, 131026, 131051, 424242},
		channel.Repair:  {10, 190, 200, 299, 368, 131005, 131031, 131042, 133010},
	} {
		for _, code := range codes {
			g.Script(graphtest.Fail(code))
			_, err := s.Send(t.Context(), channel.Message{ID: "t", To: to, Text: "private words"})
			var e *channel.SendError
			if !errors.As(err, &e) || e.Advice != advice || e.Code != code {
				t.Errorf("code %d: %v, want %s", code, err, advice)
				continue
			}
			if code == 131056 && e.After != 6*time.Second {
				t.Errorf("code 131056 waits %s, want 6s", e.After)
			}
		}
	}
	for status, advice := range map[int]channel.Advice{
		408: channel.Retry, 429: channel.Retry, 500: channel.Retry, 503: channel.Retry,
		400: channel.GiveUp, 401: channel.Repair, 403: channel.Repair, 302: channel.Repair,
	} {
		g.Script(func(int, graphtest.Call) graphtest.Answer {
			return graphtest.Answer{Status: status, Body: "<html>", Header: map[string]string{"Retry-After": "7", "Location": "/x"}}
		})
		_, err := s.Send(t.Context(), channel.Message{ID: "t", To: to, Text: "private words"})
		var e *channel.SendError
		if !errors.As(err, &e) || e.Advice != advice {
			t.Errorf("status %d: %v, want %s", status, err, advice)
			continue
		}
		if want := 7 * time.Second; advice == channel.Retry && e.After != want {
			t.Errorf("status %d waits %s, want %s", status, e.After, want)
		}
	}
	g.Script(func(int, graphtest.Call) graphtest.Answer {
		return graphtest.Answer{Status: 500, Body: `{"error":{"code":0}}`}
	})
	var unnamed *channel.SendError
	if _, err := s.Send(t.Context(), channel.Message{ID: "t", To: to, Text: "x"}); !errors.As(err, &unnamed) || unnamed.Advice != channel.Repair {
		t.Errorf("code 0: %v, want repair", err)
	}
}

func TestARefusedConnectionIsCertainAndALostAnswerIsNot(t *testing.T) {
	g := graphtest.New()
	s := newSender(t, g)
	var certain *channel.SendError
	g.Script(func(int, graphtest.Call) graphtest.Answer { return graphtest.Answer{Drop: true} })
	if _, err := s.Send(t.Context(), channel.Message{ID: "t", To: to, Text: "x"}); err == nil || errors.As(err, &certain) {
		t.Errorf("a lost answer is reported as %v", err)
	}
	never := make(chan struct{})
	defer close(never)
	g.Script(func(int, graphtest.Call) graphtest.Answer { return graphtest.Answer{Wait: never} })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Send(ctx, channel.Message{ID: "t", To: to, Text: "x"}); err == nil || errors.As(err, &certain) {
		t.Errorf("a late answer is reported as %v", err)
	}
	g.Script(func(int, graphtest.Call) graphtest.Answer { return graphtest.Answer{Body: "{}"} })
	if _, err := s.Send(t.Context(), channel.Message{ID: "t", To: to, Text: "x"}); err == nil || errors.As(err, &certain) {
		t.Errorf("success without an id is reported as %v", err)
	}
	g.Close()
	s = newSender(t, g) // without a connection from before, which might have taken it
	if _, err := s.Send(t.Context(), channel.Message{ID: "t", To: to, Text: "x"}); !errors.As(err, &certain) || certain.Advice != channel.Retry {
		t.Errorf("a refused connection is reported as %v", err)
	}
}

func TestNothingThatCannotBeSentIsTried(t *testing.T) {
	g := graphtest.New()
	defer g.Close()
	s := newSender(t, g)
	for name, m := range map[string]channel.Message{
		"too long":   {To: to, Text: strings.Repeat("ñ", MaxText+1)},
		"empty":      {To: to},
		"no patient": {To: channel.Address{Account: testAccount}, Text: "x"},
		"path":       {To: channel.Address{Account: "../v1/me", Phone: "1650"}, Text: "x"},
	} {
		var e *channel.SendError
		if _, err := s.Send(t.Context(), m); !errors.As(err, &e) || e.Advice != channel.GiveUp {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(g.Calls()); n != 0 {
		t.Errorf("%d calls were made", n)
	}
	if _, err := s.Send(t.Context(), channel.Message{To: to, Text: strings.Repeat("ñ", MaxText)}); err != nil {
		t.Errorf("the longest text: %v", err)
	}
}

func TestErrorsOfSendShowNothing(t *testing.T) {
	g := graphtest.New()
	defer g.Close()
	s := newSender(t, g)
	for _, answer := range []graphtest.Answer{{Drop: true}, {Code: 100}, {Body: "{"}, {Status: 500}, {Status: http.StatusFound}} {
		g.Script(func(int, graphtest.Call) graphtest.Answer { return answer })
		_, err := s.Send(t.Context(), channel.Message{ID: "t", To: to, Text: "private words"})
		if err == nil {
			t.Fatalf("%+v: no error", answer)
		}
		for _, secret := range []string{"16505551234", "secret-token", "private words", testAccount} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("error shows %q: %v", secret, err)
			}
		}
	}
}

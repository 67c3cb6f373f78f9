package standin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"recado/agent"
	"recado/agent/guard"
	"recado/agent/llm"
	"recado/agent/llm/standin"
)

// send is one request that left the process, and for which message.
type send struct {
	host, message string
	body          []byte
	standin.Request
}

type messageKey struct{}

// outbox answers requests by a stand-in and keeps each with the message that
// it was sent for.
type outbox struct {
	model *standin.StandIn
	mu    sync.Mutex
	sent  []send
}

// RoundTrip implements http.RoundTripper.
func (o *outbox) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	w := httptest.NewRecorder()
	o.mu.Lock()
	o.model.ServeHTTP(w, r)
	all := o.model.Requests()
	message, _ := r.Context().Value(messageKey{}).(string)
	o.sent = append(o.sent, send{r.URL.Host, message, body, all[len(all)-1]})
	o.mu.Unlock()
	res := w.Result()
	res.Request = r
	return res, nil
}

const (
	maskedHost  = "masked.invalid"
	coveredHost = "covered.invalid"
)

// sends puts the whole development set to an agent that asks wherever nothing
// speaks against an answer, with a masked endpoint before a covered one, and
// returns all that left.
var sends = sync.OnceValues(func() ([]send, error) {
	a, err := shippedAgent()
	if err != nil {
		return nil, err
	}
	m, err := shippedModel()
	if err != nil {
		return nil, err
	}
	all, err := developmentSet()
	if err != nil {
		return nil, err
	}
	out := &outbox{model: standin.New(standin.Config{Kind: standin.NoRisk})}
	client, err := llm.New(llm.Config{Intents: m.Intents, Transport: out, ConversationCalls: -1, Endpoints: []llm.Endpoint{
		{Name: "masked", Model: "m", BaseURL: "http://" + maskedHost + "/v1"},
		{Name: "covered", Model: "m", BaseURL: "http://" + coveredHost + "/v1", Policy: llm.Covered},
	}})
	if err != nil {
		return nil, err
	}
	asking := hesitant(a).With(agent.WithLLM(client))
	for _, w := range all {
		ctx := context.WithValue(context.Background(), messageKey{}, w.ID)
		if _, err := asking.Decide(ctx, turn(standin.Run{Clinic: sample, Now: evening}, w.Message)); err != nil {
			return nil, err
		}
	}
	return out.sent, nil
})

// identifies finds what a masked text must not hold: numbers of seven digits
// or more however they are grouped, and addresses of mail.
var identifies = regexp.MustCompile(`\d(?:[\s().\-]{0,2}\d){6,}|\S@\S`)

func TestAFlaggedMessageNeverLeavesUnderMasked(t *testing.T) {
	sent, err := sends()
	if err != nil {
		t.Fatal(err)
	}
	all, err := developmentSet()
	if err != nil {
		t.Fatal(err)
	}
	r := setup(t)
	local := hesitant(r.Agent).Local()
	byID := map[string]written{}
	for _, w := range all {
		byID[w.ID] = w
	}
	count, masked := map[string]int{}, 0
	for _, s := range sent {
		w, ok := byID[s.message]
		if !ok {
			t.Fatalf("a request to %s was sent for no message", s.host)
		}
		d, err := local.Decide(t.Context(), turn(r, w.Message))
		if err != nil {
			t.Fatal(err)
		}
		suspected := d.Risk > guard.None || len(d.Signals) > 0 || w.Attachment != "" ||
			d.Disposition == agent.Escalate || d.Disposition == agent.Emergency ||
			w.local.Disposition == agent.Escalate || w.local.Disposition == agent.Emergency
		count[s.host]++
		switch s.host {
		case maskedHost:
			if suspected {
				t.Errorf("%s left under masked: a detector suspects it (%s)", w.ID, d.Rule)
			}
			if s.Text() != w.Text {
				masked++
			}
			if found := identifies.FindString(s.Text()); found != "" {
				t.Errorf("%s left under masked with an identifier in it", w.ID)
			}
		case coveredHost:
			if s.Text() != w.Text {
				t.Errorf("%s was changed for a covered endpoint", w.ID)
			}
			if !suspected {
				t.Errorf("%s is not suspected, and the masked endpoint before was passed over", w.ID)
			}
			if d.Disposition == agent.Emergency || len(w.local.Signals) > 0 && flagged(w.local.Signals) {
				t.Errorf("%s left though a rule flagged it", w.ID)
			}
		default:
			t.Errorf("%s left to %s", w.ID, s.host)
		}
	}
	if count[maskedHost] < 500 || count[coveredHost] < 3 {
		t.Errorf("%v requests: too few to show anything", count)
	}
	if masked == 0 {
		t.Error("nothing was masked in any of them")
	}
	t.Logf("%d messages, requests to %v, %d with something masked", len(all), count, masked)
}

// flagged reports whether a rule spoke: what the gate and the classifier
// suspect may go to covered endpoints.
func flagged(signals []guard.Signal) bool {
	for _, s := range signals {
		if s.Category != guard.CategoryGate && s.Category != guard.CategoryClassifier && s.Risk > guard.None {
			return true
		}
	}
	return false
}

func TestTheStablePartIsTheSameForAllMessagesOfAClinic(t *testing.T) {
	sent, err := sends()
	if err != nil {
		t.Fatal(err)
	}
	stable := func(s send) string {
		var body map[string]json.RawMessage
		if err := json.Unmarshal(s.body, &body); err != nil {
			t.Fatal(err)
		}
		delete(body, "messages")
		rest, err := json.Marshal(body) // model, schema, settings
		if err != nil {
			t.Fatal(err)
		}
		clinic, _, ok := strings.Cut(s.User, "A simple program's guess")
		if !ok {
			t.Fatal("the clinic's part does not come before the guess")
		}
		return string(rest) + s.System + clinic
	}
	first := stable(sent[0])
	whole := 0
	for _, s := range sent {
		if got := stable(s); got != first {
			t.Fatalf("the part that caches keep differs for %s", s.message)
		}
		whole += len(s.body)
	}
	if share := float64(len(first)*len(sent)) / float64(whole); share < 0.9 {
		t.Errorf("%.2f of what is sent is stable, want 0.9", share)
	}
}

package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/llm"
	"recado/agent/llm/standin"
	"recado/intents"
)

// shippedModel is large: it is read once.
var shippedModel = sync.OnceValues(intents.ShippedModel)

func list(t *testing.T) []intents.Intent {
	t.Helper()
	m, err := shippedModel()
	if err != nil {
		t.Fatal(err)
	}
	return m.Intents
}

// serve starts a stand-in on loopback and a client of it.
func serve(t *testing.T, s standin.Config, c llm.Config) (*standin.StandIn, *llm.Client) {
	t.Helper()
	s.Intents = list(t)
	in := standin.New(s)
	server := httptest.NewServer(in)
	t.Cleanup(server.Close)
	c.BaseURL = server.URL + "/v1"
	if c.Model == "" {
		c.Model = "gpt-4o-mini"
	}
	c.Intents = s.Intents
	client, err := llm.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return in, client
}

var query = agent.Query{
	Text: "so about that thing on tuesday", Language: "en",
	Local:    []agent.Intent{{Name: "hours", Confidence: 0.31}, {Name: "booking", Confidence: 0.29}},
	Services: []string{"Flu shots"}, Plans: []string{"Plan Q"},
}

func kindOf(err error) llm.Kind {
	var e *llm.Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

func TestEachWayToFailIsToldApartAndRetriedOnlyWhereThatHelps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind     standin.Kind
		want     llm.Kind
		requests int
	}{
		{standin.RateLimited, llm.KindRateLimited, 3},
		{standin.ServerError, llm.KindUnavailable, 3},
		{standin.Malformed, llm.KindMalformed, 3},
		{standin.Disconnect, llm.KindUnavailable, 3},
		{standin.Never, llm.KindTimeout, 3},
		{standin.Truncated, llm.KindTruncated, 1},
		{standin.Refusal, llm.KindRefused, 1},
		{standin.Huge, llm.KindTooLarge, 1},
		{standin.Obeys, llm.KindInvalid, 1},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			t.Parallel()
			in, client := serve(t, standin.Config{Kind: c.kind, RetryAfter: "0"}, llm.Config{Timeout: 150 * time.Millisecond, TurnTimeout: 10 * time.Second})
			u, err := client.Understand(t.Context(), query)
			if got := kindOf(err); got != c.want {
				t.Fatalf("error %v, want kind %s", err, c.want)
			}
			if n := len(in.Requests()); n != c.requests {
				t.Errorf("%d requests, want %d", n, c.requests)
			}
			if len(u.Intents) != 0 || u.Prompt == "" {
				t.Errorf("got %+v: want the hash of the prompt and nothing else", u)
			}
			for _, word := range []string{standin.Canary, "tuesday"} {
				if strings.Contains(err.Error(), word) {
					t.Errorf("the error quotes %q: %v", word, err)
				}
			}
		})
	}
}

func TestAnEndpointThatRecoversIsUsed(t *testing.T) {
	t.Parallel()
	for _, kind := range []standin.Kind{standin.RateLimited, standin.ServerError, standin.Malformed, standin.Disconnect} {
		in, client := serve(t, standin.Config{Kind: kind, Failures: 2, RetryAfter: "0"}, llm.Config{})
		u, err := client.Understand(t.Context(), query)
		if err != nil || len(u.Intents) != 1 || u.Intents[0].Name != "hours" {
			t.Errorf("%s: %+v, %v", kind, u, err)
		}
		if n := len(in.Requests()); n != 3 {
			t.Errorf("%s: %d requests, want 3", kind, n)
		}
	}
}

func TestTheRequestSaysWhatItShould(t *testing.T) {
	t.Parallel()
	in, client := serve(t, standin.Config{Kind: standin.NoRisk}, llm.Config{Key: "sk-test"})
	for range 2 {
		if _, err := client.Understand(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	r := in.Requests()
	if r[0].Path != "/v1/chat/completions" || r[0].Header.Get("Authorization") != "Bearer sk-test" {
		t.Errorf("path %s, authorization %q", r[0].Path, r[0].Header.Get("Authorization"))
	}
	if r[0].System != r[1].System || string(r[0].Body) != string(r[1].Body) {
		t.Error("the same query made two different requests: neither a cache nor a cassette would find it")
	}
	for _, want := range []string{"Flu shots", "Plan Q", "hours 0.3", query.Text} {
		if !strings.Contains(r[0].User, want) || strings.Contains(r[0].System, want) {
			t.Errorf("%q must stand in the variable part and only there", want)
		}
	}
	var body struct {
		Format struct {
			Type   string
			Schema struct {
				Strict bool
				Schema struct{ Required []string }
			} `json:"json_schema"`
		} `json:"response_format"`
		Temperature *float64 `json:"temperature"`
		MaxTokens   int      `json:"max_tokens"`
	}
	if err := json.Unmarshal(r[0].Body, &body); err != nil {
		t.Fatal(err)
	}
	if body.Format.Type != "json_schema" || !body.Format.Schema.Strict || len(body.Format.Schema.Schema.Required) != 4 {
		t.Errorf("response format %+v", body.Format)
	}
	if body.Temperature == nil || *body.Temperature > 0.001 || body.MaxTokens != 500 {
		t.Errorf("temperature %v, max_tokens %d", body.Temperature, body.MaxTokens)
	}
}

func TestAFlaggedMessageReachesCoveredEndpointsOnly(t *testing.T) {
	t.Parallel()
	q := query
	q.Flagged = true
	in, client := serve(t, standin.Config{Kind: standin.NoRisk}, llm.Config{})
	u, err := client.Understand(t.Context(), q)
	if kindOf(err) != llm.KindFlagged || len(in.Requests()) != 0 || u.Prompt != "" {
		t.Errorf("masked: %v after %d requests", err, len(in.Requests()))
	}
	in, client = serve(t, standin.Config{Kind: standin.NoRisk}, llm.Config{Policy: llm.Covered})
	if _, err := client.Understand(t.Context(), q); err != nil || len(in.Requests()) != 1 {
		t.Errorf("covered: %v after %d requests", err, len(in.Requests()))
	}
	// a masked endpoint goes first, a covered one takes what it may not see
	masked, covered := standin.New(standin.Config{Kind: standin.NoRisk}), standin.New(standin.Config{Kind: standin.NoRisk})
	a, b := httptest.NewServer(masked), httptest.NewServer(covered)
	defer a.Close()
	defer b.Close()
	client, err = llm.New(llm.Config{Intents: list(t), Endpoints: []llm.Endpoint{{Model: "a", BaseURL: a.URL}, {Model: "b", BaseURL: b.URL, Policy: llm.Covered}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Understand(t.Context(), q); err != nil {
		t.Error(err)
	}
	if _, err := client.Understand(t.Context(), query); err != nil {
		t.Error(err)
	}
	if len(masked.Requests()) != 1 || len(covered.Requests()) != 1 {
		t.Errorf("%d and %d requests, want one each", len(masked.Requests()), len(covered.Requests()))
	}
}

func TestIdentifiersLeaveOnlyUnderCovered(t *testing.T) {
	t.Parallel()
	q := query
	q.Text = "my name is Ana Ortiz, call me at 713-555-0142 about that thing"
	for policy, left := range map[llm.Policy]bool{llm.Masked: false, llm.Covered: true} {
		in, client := serve(t, standin.Config{Kind: standin.NoRisk}, llm.Config{Policy: policy})
		if _, err := client.Understand(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		body := string(in.Requests()[0].Body)
		for _, secret := range []string{"Ortiz", "0142"} {
			if strings.Contains(body, secret) != left {
				t.Errorf("%s: the request holds %q: %t", policy, secret, !left)
			}
		}
	}
}

func TestAMessageIsNotSentOnWhereAServerRedirectsTo(t *testing.T) {
	t.Parallel()
	other := standin.New(standin.Config{Kind: standin.NoRisk})
	elsewhere := httptest.NewServer(other)
	defer elsewhere.Close()
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	client, err := llm.New(llm.Config{Model: "m", BaseURL: server.URL, Intents: list(t)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Understand(t.Context(), query); kindOf(err) != llm.KindRejected {
		t.Errorf("error %v", err)
	}
	if n := len(other.Requests()); n != 0 {
		t.Errorf("the message went to another host %d times", n)
	}
}

func TestTheNextEndpointIsAskedWhenTheFirstFails(t *testing.T) {
	t.Parallel()
	for _, kind := range []standin.Kind{standin.ServerError, standin.Never, standin.Refusal, standin.Truncated, standin.Obeys} {
		bad, good := standin.New(standin.Config{Kind: kind}), standin.New(standin.Config{Kind: standin.NoRisk})
		a, b := httptest.NewServer(bad), httptest.NewServer(good)
		var calls []llm.Call
		client, err := llm.New(llm.Config{Intents: list(t), Timeout: 200 * time.Millisecond, OnCall: func(_ context.Context, c llm.Call) { calls = append(calls, c) },
			Endpoints: []llm.Endpoint{{Name: "first", Model: "a", BaseURL: a.URL}, {Name: "second", Model: "b", BaseURL: b.URL}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Understand(t.Context(), query); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if len(calls) != 2 || calls[0].Endpoint != "first" || calls[0].Outcome == "ok" || calls[1].Endpoint != "second" || calls[1].Outcome != "ok" {
			t.Errorf("%s: calls %+v", kind, calls)
		}
		a.Close()
		b.Close()
	}
}

func TestACallTellsItsTokensAndTheirCost(t *testing.T) {
	t.Parallel()
	var calls []llm.Call
	price := llm.Price{Input: 1, Cached: 0.1, Output: 10}
	s := standin.New(standin.Config{Kind: standin.NoRisk, Intents: list(t)})
	server := httptest.NewServer(s)
	defer server.Close()
	client, err := llm.New(llm.Config{Intents: list(t), OnCall: func(_ context.Context, c llm.Call) { calls = append(calls, c) },
		Endpoints: []llm.Endpoint{{Name: "e", Model: "m", BaseURL: server.URL, Price: price}}})
	if err != nil {
		t.Fatal(err)
	}
	other := query
	other.Text = "what about the other thing"
	var served agent.Served
	for _, q := range []agent.Query{query, other} {
		u, err := client.Understand(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		served = u.Served
	}
	first, second := calls[0], calls[1]
	if first.CachedTokens != 0 || second.CachedTokens < 4000 || second.CachedTokens >= second.PromptTokens || second.CompletionTokens == 0 {
		t.Fatalf("calls %+v: all but the end of the second prompt is in the cache", calls)
	}
	want := float64(second.PromptTokens-second.CachedTokens)*1e-6 + float64(second.CachedTokens)*1e-7 + float64(second.CompletionTokens)*1e-5
	if diff := second.Cost - want; diff > 1e-12 || diff < -1e-12 || first.Cost <= second.Cost {
		t.Errorf("cost %v after %v, want %v", second.Cost, first.Cost, want)
	}
	if second.Task != "understanding" || served.Endpoint != "e" || served.Model != "m" || served.Attempts != 1 || served.Took <= 0 ||
		served.PromptTokens != second.PromptTokens || served.CachedTokens != second.CachedTokens {
		t.Errorf("call %+v, served %+v", second, served)
	}
}

func TestTheCallerCanGiveUp(t *testing.T) {
	t.Parallel()
	ctx, giveUp := context.WithCancel(t.Context())
	client := wired(t, llm.Config{}, func(r *http.Request) (int, http.Header, string) {
		giveUp()
		return hang(r)
	})
	u, err := client.Understand(ctx, query)
	if kindOf(err) != llm.KindCanceled || !errors.Is(err, context.Canceled) || u.Served.Attempts != 1 {
		t.Errorf("error %v after %d attempts", err, u.Served.Attempts)
	}
}

func TestALongMessageIsNotSent(t *testing.T) {
	t.Parallel()
	in, client := serve(t, standin.Config{Kind: standin.NoRisk}, llm.Config{})
	q := query
	q.Text = strings.Repeat("hola ", 1000)
	if _, err := client.Understand(t.Context(), q); kindOf(err) != llm.KindTooLong || len(in.Requests()) != 0 {
		t.Errorf("error %v after %d requests", err, len(in.Requests()))
	}
}

func TestMistakesOfConfigurationAreNamedAndKeysAreNot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config llm.Config
		want   string
	}{
		"no model":         {llm.Config{}, "set Model"},
		"address":          {llm.Config{Model: "m", BaseURL: "localhost:11434"}, "https://host/v1"},
		"key in address":   {llm.Config{Model: "m", BaseURL: "https://u:sk-secret@host/v1"}, "pass the key as Key"},
		"policy":           {llm.Config{Model: "m", Policy: "open", Key: "sk-secret"}, "masked or covered"},
		"format":           {llm.Config{Endpoints: []llm.Endpoint{{Model: "m", Format: "xml"}}}, "schema, json or text"},
		"negative":         {llm.Config{Model: "m", MaxAttempts: -1}, "MaxAttempts"},
		"negative price":   {llm.Config{Endpoints: []llm.Endpoint{{Model: "m", Price: llm.Price{Output: -1}}}}, "dollars a million"},
		"conversations":    {llm.Config{Model: "m", ConversationCalls: -2}, "-1 for no limit"},
		"impossible quota": {llm.Config{Model: "m", TokensPerMinute: 10}, "TokensPerMinute"},
	} {
		c.config.Intents = list(t)
		_, err := llm.New(c.config)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "sk-secret") {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}
